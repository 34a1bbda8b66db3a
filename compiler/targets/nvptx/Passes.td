//===- Passes.td - passes of the NVIDIA target ----------------------------===//

#ifndef KDSLC_TARGETS_NVPTX_PASSES
#define KDSLC_TARGETS_NVPTX_PASSES

include "mlir/Pass/PassBase.td"

def LowerToThreads : Pass<"nvptx-lower-to-threads", "::mlir::ModuleOp"> {
  let summary = "Turns grids into kernels";
  let description = [{
    Each grid becomes a kernel `PROGRAM_TARGET_PHASE` whose threads have
    `schedule.rows` rows i each, in registers. Rows j are copied to shared
    memory, `schedule.stage` at once, between two barriers, with all that a pair
    reads of row j side by side in a record of 16 bytes or a multiple; every
    thread reads the same record; the few that are left of a group are read where
    they are. Sums gather the blocks of a stage before they close them. Rows past
    the end repeat the last one and are not stored.

    Where `schedule.chain` asks for it, tensor cores compute the inner products
    of a sweep, those of the longest features if it has several: rows j of these
    are split into two numbers of f16 on their way to shared memory, and a warp
    leaves there its products with them, before the pairs are folded. Numbers of
    16 bits are multiplied as they are.

    With a `halved` schedule tiles form a ring, and each meets those ahead of it,
    half way round, for both: a lane is at a row j of its own in each of 32 steps,
    and the sum for that row goes from lane to lane, then through shared memory to
    the state of the row. States are all that the kernel leaves; a second one
    merges them.

    In a filtered sweep a record has what a lower bound of the squared distance
    needs of row j, one multiply-add a feature; a thread that meets a pair whose
    bound is below what its state takes computes the distance itself, from rows j
    where they are, and folds it. No rows j are left for a sweep of their own.

    Where the sweeps of a grid are one chain over one axis, block y takes part y
    of the rows j. With more than one part the kernel leaves its states in
    memory, and a second kernel `.._merge`, with one row i for each thread, takes
    them in the order of the parts: which bits come out depends on the sizes alone. The kernels' parameters are
    stated at `kdsl_device_phase` in kdsl.h.

    The kernels are functions of the func, scf, arith and LLVM dialects with
    operations of nvvm for thread numbers and barriers, not of the gpu dialect:
    so both targets share one conversion to LLVM, and no mathematical function
    can turn into a call of libdevice on the way.

    Example: test/targets/nvptx/nvptx-lower-to-threads.mlir.
    Requires: `ktile-tile-reductions`, `ktile-peel-tails`, and a target on every
    program. Programs for other targets are left alone.
    Ensures: no program for a GPU; `kdsl.phase` on every kernel and
    `kdsl.programs` on the module tell the entry point what to launch.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

#endif // KDSLC_TARGETS_NVPTX_PASSES
