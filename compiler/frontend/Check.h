//===- Check.h - the syntax tree to checked programs ----------------------===//

#ifndef KDSLC_FRONTEND_CHECK_H
#define KDSLC_FRONTEND_CHECK_H

#include "compiler/Options.h"
#include "compiler/frontend/Ast.h"
#include "compiler/frontend/Checked.h"
#include <optional>

namespace kdslc {

/// Checks every rule of Language.md and says what the programs mean.
///
/// Kernels, lets and constants are expanded, names resolved, `options.defines`
/// applied, equal expressions made once.
///
/// \param file  its names point into buffers of the engine's SourceMgr.
/// \returns the programs, or nothing after errors.
std::optional<CheckedFile> check(const ast::File &file, const Options &options,
                                 DiagnosticEngine &diags);

} // namespace kdslc

#endif // KDSLC_FRONTEND_CHECK_H
