//===- Call.h - one call of a program, built from name=value pairs --------===//

#ifndef KDSL_RUN_CALL_H
#define KDSL_RUN_CALL_H

#include "Array.h"
#include "Values.h"
#include "kdsl/kdsl.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>

namespace kdslrun {

/// One `name=value` of the command line.
struct Setting {
  std::string name, value;
};

/// The arguments of one call, in memory that this object owns.
class Call {
public:
  /// Reads and makes all inputs, finds the sizes and allocates the outputs.
  ///
  /// \param settings  inputs and sizes; outputs (`a=@file.npy`) are ignored.
  /// \param notes     takes one line for each input that was rounded.
  static llvm::Expected<std::unique_ptr<Call>>
  prepare(const kdsl_kernel &kernel, llvm::ArrayRef<Setting> settings,
          std::vector<std::string> &notes);

  /// A call with these inputs, in the order of kernel.args. Its outputs hold
  /// bytes that no program writes by accident.
  static std::unique_ptr<Call> of(const kdsl_kernel &kernel,
                                  std::vector<int64_t> sizes,
                                  std::vector<Array> inputs);

  /// Runs the program; fails with its message.
  llvm::Error run(kdsl_exec exec);

  const kdsl_kernel &program() const { return kernel; }
  /// The array of kernel.args[k].
  const Array &array(uint32_t k) const { return arrays[k]; }
  int64_t size(uint32_t axis) const { return sizes[axis]; }
  /// The position of argument `name` in kernel.args, if there is one.
  std::optional<uint32_t> find(llvm::StringRef name) const;

private:
  static llvm::Expected<std::unique_ptr<Call>>
  prepareBody(const kdsl_kernel &kernel, llvm::ArrayRef<Setting> settings,
              std::vector<std::string> &notes);
  explicit Call(const kdsl_kernel &kernel)
      : kernel(kernel), arrays(kernel.n_args), sizes(kernel.n_sizes, -1),
        origins(kernel.n_sizes), frame(size_t(kernel.args_bytes)) {}

  llvm::Error readSettings(llvm::ArrayRef<Setting> settings);
  llvm::Error inferSizes();
  llvm::Error inferSizesFrom(uint32_t arg, llvm::ArrayRef<int64_t> shape);
  llvm::Error setSize(uint32_t axis, int64_t size, const std::string &origin);
  llvm::Error checkSizes() const;
  llvm::Error makeArrays(std::vector<std::string> &notes);
  void fillFrame();
  void store(int64_t offset, const void *value, size_t bytes);

  std::string neededShape(const kdsl_arg &arg) const;
  std::vector<int64_t> shapeOf(const kdsl_arg &arg) const;
  std::string argumentNames() const;

  const kdsl_kernel &kernel;
  std::map<uint32_t, Value> values; ///< by position in kernel.args
  std::vector<Array> arrays;
  std::vector<int64_t> sizes;       ///< -1: not known yet
  std::vector<std::string> origins; ///< who said each size
  std::vector<char> frame;          ///< the args struct
};

/// A feature size of an argument, "3"; "1|2|3" where `specialize` lists several.
std::string dimText(const kdsl_kernel &kernel, const kdsl_arg &arg,
                    int32_t dim);

/// The body of a program with `specialize` that is for these sizes; other
/// programs have one.
const kdsl_kernel &bodyFor(const kdsl_kernel &kernel,
                           llvm::ArrayRef<int64_t> sizes);

/// "cpu", "cuda", "cuda:1" or "auto" as in kdsl_exec.
std::optional<int> parseDevice(llvm::StringRef text);

} // namespace kdslrun

#endif // KDSL_RUN_CALL_H
