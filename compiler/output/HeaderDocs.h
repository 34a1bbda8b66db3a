//===- HeaderDocs.h - the comments of a generated header ------------------===//

#ifndef KDSLC_OUTPUT_HEADERDOCS_H
#define KDSLC_OUTPUT_HEADERDOCS_H

#include "compiler/output/ArgLayout.h"
#include "compiler/output/CNames.h"
#include "llvm/Support/raw_ostream.h"

namespace kdslc {

/// Writes the lines of one block comment, each behind " * ". Text of the user
/// cannot end the comment, splice lines or form trigraphs.
class CommentWriter {
public:
  explicit CommentWriter(llvm::raw_ostream &os) : os(os) { os << "/**\n"; }
  ~CommentWriter() { os << " */\n"; }

  /// One paragraph, filled to 78 columns; later lines are indented.
  void paragraph(llvm::StringRef text, unsigned indent = 0);
  /// Lines as they are.
  void verbatim(llvm::StringRef text, unsigned indent = 0);
  void blank() { os << " *\n"; }

private:
  void line(llvm::StringRef text, unsigned indent);
  llvm::raw_ostream &os;
};

/// Text of the user made harmless inside a block comment.
std::string escapeComment(llvm::StringRef text);

/// "float", "kdsl_f16": elements of arrays.
llvm::StringRef cTypeName(Elem elem);
/// "float" also for f16 and bf16: numbers passed by value.
llvm::StringRef cValueTypeName(Elem elem);

/// The rules that hold for every program, once for a header.
void writeSharedRules(llvm::raw_ostream &os);

/// The comment before the plain call: doc, formula, arguments, accuracy,
/// example.
/// \param bodies  of one function.
void writeProgramDoc(llvm::raw_ostream &os,
                     llvm::ArrayRef<CheckedProgram> bodies,
                     const ArgLayout &layout, const CNames &names,
                     llvm::StringRef fileStem);

/// The promised accuracy of each output, in words and formulas.
void writeAccuracy(CommentWriter &doc, const CheckedProgram &program,
                   const CNames &names);

} // namespace kdslc

#endif // KDSLC_OUTPUT_HEADERDOCS_H
