//===- Workspace.h - the memory of one call -------------------------------===//
//
// One block holds, each 64-byte aligned: the private copy of the args struct,
// the table of temporaries, the temporaries, packed copies of strided inputs,
// states of parts of the rows j, and the scratch memory of each worker. Its size depends on sizes, strides,
// instruction set and worker count only.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_WORKSPACE_H
#define KDSL_RUNTIME_WORKSPACE_H

#include "runtime/Arguments.h"

namespace kdsl {

constexpr size_t workspaceAlign = 64;

/// Offsets in the block. The temporaries follow the table, and the packed
/// inputs follow `packed`, in the order of the descriptor.
struct WorkspaceLayout {
  size_t table = 0;
  size_t firstTemp = 0;
  size_t packed = 0;
  size_t partials = 0; ///< of one phase after the other
  size_t scratch = 0;
  size_t scratchStride = 0; ///< from one worker to the next
  size_t total = 0;
};

/// Whether the runtime makes a packed copy of the rows of `arg`.
bool needsPacking(const Arguments &arguments, const kdsl_arg &arg);

/// \returns KDSL_OK, or KDSL_ENOMEM when the bytes exceed the address space.
int layOut(const Arguments &arguments, const kdsl_variant &variant, int workers,
           WorkspaceLayout &layout);

/// The block of one call: the caller's, a small one on the stack, or one from
/// the allocator, which is given back at the end of the scope.
class Workspace {
public:
  Workspace() = default;
  ~Workspace();
  Workspace(const Workspace &) = delete;
  Workspace &operator=(const Workspace &) = delete;

  /// \returns KDSL_OK, KDSL_ENOMEM, or KDSL_EARG when the caller's block
  /// overlaps an array.
  int acquire(const Arguments &arguments, const kdsl_exec &options,
              const WorkspaceLayout &layout);

  /// The first byte, aligned; null before acquire.
  char *base() const { return block; }

private:
  int useCallers(const Arguments &arguments, const kdsl_exec &options,
                 size_t bytes);

  alignas(workspaceAlign) char small[1024];
  char *block = nullptr;
  size_t allocatedBytes = 0; ///< 0: nothing to give back
  const kdsl_allocator *allocator = nullptr;
};

/// Copies the args struct into the block, makes every stride explicit, packs
/// the inputs that need it and fills the table of temporaries.
///
/// \returns the bytes that were copied to pack inputs.
int64_t fillWorkspace(const Arguments &arguments, const WorkspaceLayout &layout,
                      char *base);

} // namespace kdsl

#endif // KDSL_RUNTIME_WORKSPACE_H
