//===- Typing.h - the type of an expression, or why it has none -----------===//

#ifndef KDSLC_TEST_UNIT_FRONTEND_TYPING_H
#define KDSLC_TEST_UNIT_FRONTEND_TYPING_H

#include "compiler/frontend/Checked.h"
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kdslc::test {

/// What the checker makes of a program; nothing is compiled.
struct Typing {
  std::string type;   ///< "f32[2, 3]" of the first output's right side
  std::string label;  ///< "K009" of the first error; empty if there is none
  std::string message;
  unsigned errors = 0;

  bool accepted() const { return errors == 0; }
};

Typing typingOf(const std::string &program, const std::string &real = "f32");

/// "f32[2, 3]", "f32".
std::string typeText(const std::string &elem, const std::string &shape);

/// A table as text: a line with names, a line with columns, lines with a name
/// and cells. Empty lines separate tables.
struct Table {
  std::vector<std::string> names;
  std::map<std::pair<std::string, std::string>, std::string> cells;
};
std::vector<Table> readTables(const std::string &text);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_FRONTEND_TYPING_H
