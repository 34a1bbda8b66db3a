//===- Annotated.h - programs with the messages that they give ------------===//
//
// A file of cases. Each begins with a line `//--- title [flags]` and is a
// program in which comments show, below the line that is meant, what the
// compiler says about it:
//
//     a[i] = x[i]**2
// //         ^~ error: power is written '^' [K018]
// //         ^~ fix: '^'
//
// The comments are taken out before the program is compiled. What concerns no
// place stands first; `//@2` is column 2, which has no room for a caret.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TEST_UNIT_FRONTEND_ANNOTATED_H
#define KDSLC_TEST_UNIT_FRONTEND_ANNOTATED_H

#include "Compilation.h"

namespace kdslc::test {

struct AnnotatedCase {
  std::string title, flags;
  std::string text;    ///< with the comments
  std::string program; ///< without
};

struct AnnotatedFile {
  std::string head; ///< before the first case
  std::vector<AnnotatedCase> cases;
};

/// The files *.kdsl of a folder, by name.
std::vector<std::string> annotatedFiles(const std::string &folder);
AnnotatedFile readAnnotated(const std::string &path);
/// Writes the file with other comments.
void writeAnnotated(const std::string &path, const AnnotatedFile &file);

/// The program with what the compiler says as comments.
std::string annotate(const Compilation &compilation);

} // namespace kdslc::test

#endif // KDSLC_TEST_UNIT_FRONTEND_ANNOTATED_H
