//===- TestData.h - inputs and expectations of tests ----------------------===//

#ifndef KDSLC_TOOLS_KDSLC_TESTDATA_H
#define KDSLC_TOOLS_KDSLC_TESTDATA_H

#include "Array.h"
#include "compiler/reference/Interpreter.h"
#include "llvm/Support/Error.h"

namespace kdslc {

/// The inputs that a test gives, or draws: then `seed` makes tests differ. Fails
/// if the slices of `ranges` are in no order.
llvm::Expected<std::vector<kdslrun::Array>>
makeInputs(const CheckedTest &test, const kdsl_kernel &kernel, uint64_t seed);

/// What is wrong with the first element that is not as expected, "" if all are
/// right. What is written without `within` is the exact result: compiled code
/// may differ from it by the bound of the reference, and the text by half a
/// unit in the last place of the output's type.
std::string checkExpectation(const CheckedTest::Expectation &expectation,
                             const reference::OutputData &reference,
                             const kdslrun::Array &array);

} // namespace kdslc

#endif // KDSLC_TOOLS_KDSLC_TESTDATA_H
