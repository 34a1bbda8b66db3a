//===- SpecialRows.h - one row that is not like the others ----------------===//

#ifndef KDSLC_TEST_UNIT_NUMERIC_SPECIALROWS_H
#define KDSLC_TEST_UNIT_NUMERIC_SPECIALROWS_H

#include "Trial.h"
#include <functional>

namespace kdslc::test {

constexpr int64_t rows = 37;
/// First, inside, at the edges of blocks of 32, and last.
constexpr int64_t places[] = {0, 5, 31, 32, 36};

/// `special` at rows `at`, otherwise `rest`.
Maker except(std::vector<int64_t> at, double special, Maker rest);
Maker mixed();

using Look = std::function<void(double)>;

/// Runs a program over `n` rows j for `m` rows i, x = 1, in every build
/// and on every instruction set; compares with the reference; gives `look` the
/// number of `output` of the first row.
void onEach(const char *file, const char *name, const Maker &y,
            const std::string &output, const Look &look, int64_t n = rows,
            int64_t m = 3);

void isNaN(double got);
void isFinite(double got);
Look equals(double expected);
/// Within a few roundings: logits go to units of log 2 and back.
Look nearly(double expected);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_NUMERIC_SPECIALROWS_H
