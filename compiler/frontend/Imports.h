//===- Imports.h - reads the files that a file imports --------------------===//

#ifndef KDSLC_FRONTEND_IMPORTS_H
#define KDSLC_FRONTEND_IMPORTS_H

#include "compiler/Options.h"
#include "compiler/frontend/Ast.h"

namespace kdslc {

/// Puts the constants and kernels of imported files before the items of
/// `file`, each imported file once.
///
/// A path is looked up beside the importing file, then in
/// `options.importDirs`; it may not lead out of the folder in which it was
/// found (K038), neither with `..` nor through a link.
///
/// \param name          the name of the file, for its folder.
/// \param dependencies  receives every file that was read.
/// \returns false after errors.
bool loadImports(ast::File &file, llvm::StringRef name, const Options &options,
                 DiagnosticEngine &diags,
                 std::vector<std::string> &dependencies);

} // namespace kdslc

#endif // KDSLC_FRONTEND_IMPORTS_H
