//===- Layout.h - grids and device memory of one call ---------------------===//
//
// How the phases of a call are cut into blocks, and what lies where in the one
// block of device memory that a call uses. All of it follows from sizes and
// code only: results have the same bits on every run.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CUDA_LAYOUT_H
#define KDSL_RUNTIME_CUDA_LAYOUT_H

#include "runtime/TurnedRanges.h"

namespace kdsl::cuda {

/// Alignment of the block and of everything in it.
constexpr size_t deviceAlign = 256;

/// How one phase is cut.
struct PhaseGrid {
  int64_t rows = 0;       ///< rows i; 0: nothing to launch
  unsigned x = 1;         ///< blocks over rows i
  unsigned mergeX = 1;    ///< of the merge kernel
  unsigned parts = 1;     ///< blocks over rows j
  int64_t rowsInPart = 0; ///< rows j of a part
  bool isHalved = false;  ///< part_rows = 0: see kdsl_device_phase
  int64_t launches = 1;   ///< of the sweep kernel
  int64_t states = 0;     ///< of each row, to be merged; 0: none
};

PhaseGrid gridOf(const Arguments &arguments, uint32_t phaseIndex,
                 const kdsl_device_phase &phase);

/// Offsets in the block. The temporaries come first, then sets of pairs, then,
/// for arrays in host memory, their copies, all in the order of the descriptor.
/// Phases run one after another and share the memory of partials and scratch.
struct DeviceLayout {
  size_t ranges = 0;
  size_t arrays = 0;
  size_t partials = 0;
  size_t scratch = 0;
  size_t total = 0; ///< 0: the call needs no memory of its own
};

/// \param turned        of the sets of pairs of the call.
/// \param copiesArrays  whether the arrays live in host memory.
/// \returns KDSL_OK, or KDSL_ENOMEM when the bytes exceed the address space.
int layOut(const Arguments &arguments, const TurnedRanges &turned,
           const kdsl_image &image, bool copiesArrays, DeviceLayout &layout);

/// The bytes that a part of the block takes.
inline size_t alignedBytes(size_t bytes) {
  return (bytes + deviceAlign - 1) & ~(deviceAlign - 1);
}

/// The bytes of the rows of `arg` without gaps.
inline int64_t denseBytes(const Arguments &arguments, const kdsl_arg &arg) {
  return extentOf(arguments, arg).rows * arg.row_elems * typeBytes(arg.type);
}

} // namespace kdsl::cuda

#endif // KDSL_RUNTIME_CUDA_LAYOUT_H
