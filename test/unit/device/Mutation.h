//===- Mutation.h - a planted bug in PTX ----------------------------------===//
//
// A mutation is a list of places, found one behind the other, and what stands
// there instead. Places are written as PTX with $names for operands:
//
//   min.s64 $end, $next, $last
//
// matches a line of any registers. A name stands for the same operand wherever
// it appears in the mutation, so that later places can refer to earlier ones.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_DEVICE_MUTATION_H
#define KDSLC_TEST_UNIT_DEVICE_MUTATION_H

#include <optional>
#include <string>
#include <vector>

namespace kdslc::test {

/// Adjacent lines, with \n between them, and what replaces them: "" deletes
/// them, nothing leaves them as they are.
struct Place {
  std::string find;
  std::optional<std::string> put = std::nullopt;
};

struct Mutation {
  std::string name; ///< also that of the file
  bool merge;       ///< in the kernel that merges parts
  std::vector<Place> places;
};

/// The module with the mutation in the kernel called `kernel`; throws
/// std::runtime_error if a place is not found.
std::string mutate(const std::string &ptx, const std::string &kernel,
                   const Mutation &mutation);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_DEVICE_MUTATION_H
