//===- Parser.h - .kdsl text to the syntax tree ---------------------------===//

#ifndef KDSLC_FRONTEND_PARSER_H
#define KDSLC_FRONTEND_PARSER_H

#include "compiler/frontend/Ast.h"

namespace kdslc {

/// Parses one buffer.
///
/// \param text  a buffer of the engine's SourceMgr; the tree refers to it.
/// \returns the tree of everything that could be understood, never null; what
/// could not is reported, one error a statement, at most
/// DiagnosticEngine::maxErrors.
std::unique_ptr<ast::File> parse(llvm::StringRef text, DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_FRONTEND_PARSER_H
