//===- Files.cpp - reading sources and writing outputs --------------------===//

#include "Files.h"
#include "Output.h"
#include "Process.h"
#include "compiler/frontend/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

using namespace kdslc;
namespace fs = llvm::sys::fs;

static llvm::Error failure(llvm::StringRef path, const llvm::Twine &what) {
  return llvm::createStringError(path + ": " + what);
}

static const char *kindOf(fs::file_type type) {
  switch (type) {
  case fs::file_type::directory_file:
    return "is a directory, not a file";
  case fs::file_type::fifo_file:
    return "is a pipe, not a file";
  default:
    return "is not a regular file";
  }
}

/// Up to one byte more than a source may have: what comes may never end.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readStdin() {
  if (kdslrun::wasClosed(0))
    return failure("stdin", "is closed");
  llvm::SmallString<0> text;
  while (text.size() <= maxFileBytes) {
    constexpr size_t piece = size_t(1) << 16;
    size_t before = text.size();
    text.resize_for_overwrite(before + piece);
    auto count = fs::readNativeFile(
        fs::getStdinHandle(), llvm::MutableArrayRef(text.data() + before, piece));
    if (!count)
      return failure("stdin", llvm::toString(count.takeError()));
    text.resize(before + *count);
    if (*count == 0)
      break;
  }
  return llvm::MemoryBuffer::getMemBufferCopy(text, "<stdin>");
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
kdslc::readSource(llvm::StringRef path) {
  fs::file_status status;
  if (path != "-") {
    if (std::error_code error = fs::status(path, status))
      return failure(path, error.message());
    if (status.type() != fs::file_type::regular_file)
      return failure(path, kindOf(status.type()));
  }
  if (path == "-")
    return readStdin();
  // One byte more than a source may have is enough to refuse it.
  bool isWhole = path.ends_with(".mlir") || status.getSize() <= maxFileBytes;
  auto buffer = isWhole ? llvm::MemoryBuffer::getFile(path)
                        : llvm::MemoryBuffer::getFileSlice(
                              path, maxFileBytes + 1, /*Offset=*/0);
  if (!buffer)
    return failure(path, buffer.getError().message());
  return std::move(*buffer);
}

llvm::Error kdslc::checkOutputs(llvm::ArrayRef<std::string> paths,
                                llvm::ArrayRef<std::string> sources) {
  for (auto [i, path] : llvm::enumerate(paths)) {
    // A stream or a device takes what comes one after another.
    fs::file_status status;
    if (path == "-" || (!fs::status(path, status) &&
                        status.type() != fs::file_type::regular_file))
      continue;
    for (const std::string &source : sources)
      if (fs::equivalent(path, source))
        return failure(path, "is a source, " + source + "; name another output");
    for (const std::string &other : paths.take_front(i))
      if (kdslrun::areSamePlace(path, other))
        return failure(path, "is another output already, " + other +
                                 "; name each one");
  }
  return llvm::Error::success();
}
