//===- Inputs.h - numbers for the inputs of programs ----------------------===//

#ifndef KDSLC_TEST_UNIT_NUMERIC_INPUTS_H
#define KDSLC_TEST_UNIT_NUMERIC_INPUTS_H

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace kdslc::test {

/// The number of feature `feature` of row `row` of an input.
using Maker = std::function<double(int64_t row, int64_t feature)>;

/// Makers of inputs, by name.
using Makers = std::map<std::string, Maker>;

/// Numbers that look random, the same in every run, in [low, high). `name`
/// makes them differ between inputs.
Maker spread(const std::string &name, double low, double high);

/// The same number everywhere.
Maker always(double number);

/// The numbers listed, one a row.
Maker listed(std::vector<double> numbers);

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_NUMERIC_INPUTS_H
