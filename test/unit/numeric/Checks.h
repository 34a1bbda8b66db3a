//===- Checks.h - trials against the reference ----------------------------===//

#ifndef KDSLC_TEST_UNIT_NUMERIC_CHECKS_H
#define KDSLC_TEST_UNIT_NUMERIC_CHECKS_H

#include "Trial.h"

namespace kdslc::test {

/// Compares what a program gives in each of `manners` with the reference.
void checkIn(const std::vector<Manner> &manners, const Trial &trial,
             const Program &program, bool allowUnpredictable = false);
/// The same once on every machine.
void checkOnEach(const Trial &trial, const Program &program,
                 bool allowUnpredictable = false);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_NUMERIC_CHECKS_H
