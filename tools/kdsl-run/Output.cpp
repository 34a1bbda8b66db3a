//===- Output.cpp - files that are written whole or not at all ------------===//

#include "Output.h"
#include "Process.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace kdslrun;
namespace fs = llvm::sys::fs;

static llvm::Error failure(llvm::StringRef path, const llvm::Twine &what) {
  return llvm::createStringError(path + ": " + what);
}

/// Writes to an open descriptor, which is closed.
static llvm::Error writeAll(llvm::StringRef path, int descriptor, bool close,
                            llvm::StringRef bytes) {
  llvm::raw_fd_ostream os(descriptor, close);
  os << bytes;
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return error ? failure(path, error.message()) : llvm::Error::success();
}

static llvm::Error writeDirectly(llvm::StringRef path, llvm::StringRef bytes) {
  int descriptor = 0;
  if (std::error_code error = fs::openFileForWrite(path, descriptor))
    return failure(path, error.message());
  return writeAll(path, descriptor, /*close=*/true, bytes);
}

bool kdslrun::areSamePlace(llvm::StringRef a, llvm::StringRef b) {
  auto folderOf = [](llvm::StringRef path) {
    llvm::StringRef folder = llvm::sys::path::parent_path(path);
    return folder.empty() ? "." : folder;
  };
  return llvm::sys::path::filename(a) == llvm::sys::path::filename(b) &&
         fs::equivalent(folderOf(a), folderOf(b));
}

llvm::Error kdslrun::writeOutput(llvm::StringRef path, llvm::StringRef bytes) {
  if (path == "-" && wasClosed(1))
    return failure("stdout", "is closed");
  if (path == "-")
    return writeAll("stdout", 1, /*close=*/false, bytes);
  fs::file_status status;
  if (!fs::status(path, status)) {
    if (status.type() == fs::file_type::directory_file)
      return failure(path, "is a directory");
    if (status.type() != fs::file_type::regular_file)
      return writeDirectly(path, bytes);
  }
  auto temporary = fs::TempFile::create(path + ".tmp%%%%%%%%");
  if (!temporary)
    return failure(path, llvm::toString(temporary.takeError()));
  if (llvm::Error error =
          writeAll(path, temporary->FD, /*close=*/false, bytes)) {
    llvm::consumeError(temporary->discard());
    return error;
  }
  if (llvm::Error error = temporary->keep(path)) {
    std::string message = llvm::toString(std::move(error));
    llvm::consumeError(temporary->discard());
    return failure(path, message);
  }
  return llvm::Error::success();
}
