//===- Imports.cpp - reads the files that a file imports ------------------===//

#include "compiler/frontend/Imports.h"
#include "compiler/Limits.h"
#include "compiler/frontend/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace {

class Loader {
public:
  Loader(ast::File &into, const Options &options, DiagnosticEngine &diags,
         std::vector<std::string> &dependencies)
      : into(into), options(options), diags(diags), dependencies(dependencies) {
  }
  bool loadAll(const ast::File &from, StringRef fileName);
  void finish();

private:
  bool load(const ast::Import &import, StringRef folder);
  bool find(const ast::Import &import, StringRef folder,
            llvm::SmallVectorImpl<char> &found);
  bool isInside(StringRef file, StringRef folder);
  bool fail(const ast::Import &import, Label label, std::string message);
  bool fail(const ast::Import &import, std::string message) {
    return fail(import, Label::K038, std::move(message));
  }

  ast::File &into;
  const Options &options;
  DiagnosticEngine &diags;
  std::vector<std::string> &dependencies;
  std::vector<std::string> open; ///< real paths of the files being imported
  int64_t depth = 0;             ///< of those, without the file compiled
  llvm::StringSet<> loaded;
  std::vector<std::unique_ptr<ast::Item>> items;
};

} // namespace

bool Loader::fail(const ast::Import &import, Label label,
                  std::string message) {
  diags.error(label, import.name.range, std::move(message));
  return false;
}

/// Whether the real place of `file` is below the real place of `folder`.
bool Loader::isInside(StringRef file, StringRef folder) {
  llvm::SmallString<256> realFile, realFolder;
  if (fs::real_path(file, realFile) ||
      fs::real_path(folder.empty() ? "." : folder, realFolder))
    return false;
  if (realFolder != "/")
    realFolder += "/";
  return realFile.starts_with(realFolder);
}

bool Loader::find(const ast::Import &import, StringRef folder,
                  llvm::SmallVectorImpl<char> &found) {
  std::string name = import.path.str();
  bool up = llvm::any_of(
      llvm::make_range(path::begin(import.path), path::end(import.path)),
      [](StringRef part) { return part == ".."; });
  if (import.path.empty() || path::is_absolute(import.path) || up)
    return fail(import,
                fmt::format("imports may not leave the import path: \"{}\" is "
                            "{}",
                            name,
                            import.path.empty() ? "empty"
                            : up                ? "above it"
                                                : "absolute"));
  std::vector<std::string> folders = {folder.str()};
  llvm::append_range(folders, options.importDirs);
  for (const std::string &dir : folders) {
    llvm::SmallString<256> candidate(dir);
    path::append(candidate, import.path);
    fs::file_status status;
    if (fs::status(candidate, status))
      continue;
    if (status.type() != fs::file_type::regular_file)
      return fail(import, fmt::format("\"{}\" is not a regular file", name));
    if (status.getSize() > uint64_t(maxFileBytes))
      return fail(import, Label::K046,
                  fmt::format("\"{}\" has {} bytes; at most {} are read", name,
                              status.getSize(), maxFileBytes));
    if (!isInside(candidate, dir))
      return fail(import, fmt::format("imports may not leave the import path: "
                                      "\"{}\" is a link out of it",
                                      name));
    found.assign(candidate.begin(), candidate.end());
    return true;
  }
  return fail(import, fmt::format("\"{}\" is neither beside this file nor in "
                                  "the import path (-I)",
                                  name));
}

bool Loader::load(const ast::Import &import, StringRef folder) {
  llvm::SmallString<256> name, real;
  if (!find(import, folder, name) || fs::real_path(name, real))
    return false;
  std::string id = real.str().str();
  if (llvm::is_contained(open, id)) {
    std::string cycle;
    auto first = llvm::find(open, id);
    for (auto step = first; step != open.end(); ++step)
      cycle += path::filename(*step).str() + " -> ";
    return fail(import, fmt::format("import cycle {}{}", cycle,
                                    path::filename(id).str()));
  }
  if (!loaded.insert(id).second)
    return true;
  if (loaded.size() > maxImportedFiles)
    return fail(import, Label::K046,
                fmt::format("more than {} files are imported",
                            maxImportedFiles));
  if (depth == maxImportDepth)
    return fail(import, Label::K046,
                fmt::format("imports lead deeper than {} files",
                            maxImportDepth));
  auto buffer = llvm::MemoryBuffer::getFile(name);
  if (!buffer)
    return fail(import, fmt::format("\"{}\": {}", import.path.str(),
                                    buffer.getError().message()));
  dependencies.push_back(name.str().str());
  unsigned errorsBefore = diags.errorCount();
  unsigned number =
      diags.sourceMgr().AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  auto file =
      parse(diags.sourceMgr().getMemoryBuffer(number)->getBuffer(), diags);
  if (diags.errorCount() != errorsBefore)
    return false;
  open.push_back(id);
  ++depth;
  bool ok = loadAll(*file, name);
  --depth;
  open.pop_back();
  for (auto &item : file->items)
    if (llvm::isa<ast::Const, ast::Kernel>(item.get()))
      items.push_back(std::move(item));
  for (auto &expr : file->exprs)
    into.exprs.push_back(std::move(expr));
  return ok;
}

bool Loader::loadAll(const ast::File &from, StringRef fileName) {
  llvm::SmallString<256> real;
  bool isRoot = open.empty();
  if (isRoot && !fs::real_path(fileName, real))
    open.push_back(real.str().str());
  for (const auto &item : from.items)
    if (const auto *import = llvm::dyn_cast<ast::Import>(item.get()))
      if (!load(*import, path::parent_path(fileName)))
        return false;
  return true;
}

/// What was imported stands before what imports it.
void Loader::finish() {
  for (auto &item : into.items)
    items.push_back(std::move(item));
  into.items = std::move(items);
}

bool kdslc::loadImports(ast::File &file, StringRef name, const Options &options,
                        DiagnosticEngine &diags,
                        std::vector<std::string> &dependencies) {
  Loader loader(file, options, diags, dependencies);
  if (!loader.loadAll(file, name))
    return false;
  loader.finish();
  return true;
}
