/*===- FakeCuda.h - the controls of the fake CUDA driver -------------------===*\
 *
 * A libcuda.so.1 without a GPU. Device memory is host memory that the host may
 * not touch; what is queued on streams runs as late as it may, in an order that
 * a seed decides; kernels are functions of the test or PTX, which an interpreter
 * runs. Everything is checked and recorded, and any call can be made to fail.
 *
 * Programs find it because they link it, or through LD_LIBRARY_PATH; then the
 * environment can set FAKECUDA_SEED, FAKECUDA_COMPUTE and FAKECUDA_DEVICES.
 *
\*===----------------------------------------------------------------------===*/
#ifndef KDSL_TEST_CUDA_FAKECUDA_H
#define KDSL_TEST_CUDA_FAKECUDA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Back to a machine that nobody has used. Every handle becomes invalid. */
void fakecuda_reset(void);

/* The machine. Defaults: one device of sm_80 with 16 GiB, seed 1. */
void fakecuda_set_devices(int count);
void fakecuda_set_compute(int compute);
void fakecuda_set_memory(size_t bytes);
void fakecuda_set_max_pitch(int bytes);
void fakecuda_set_seed(uint64_t seed);
/* Whether `stream` (a CUstream) claims to be captured into a graph. */
void fakecuda_set_capturing(void *stream, int on);

/* Makes the n-th call from now on, n >= 1, of `function` (NULL: of any one)
   return `result` instead of doing its work. One at a time; 0 for n: none. A
   result that no context survives is what all later calls return too. */
void fakecuda_inject(const char *function, int n, int result);
/* The function whose call was made to fail, or NULL if none was yet. */
const char *fakecuda_injected(void);

/* Every call with its main arguments, "cuMemAlloc_v2 4096". */
size_t fakecuda_log_size(void);
const char *fakecuda_log_line(size_t index);
void fakecuda_log_clear(void);
/* Lines of the log that are calls of `function`. */
size_t fakecuda_calls(const char *function);

/* What has been made and not been given back. */
typedef struct fakecuda_live {
  size_t blocks, bytes, modules, streams, events;
  size_t retained; /* primary contexts, as often as they are retained */
} fakecuda_live;
fakecuda_live fakecuda_count_live(void);

/* The first thing that a correct program does not do, in words: a kernel's
   fault, a copy outside of device memory or of bytes that were never written, a
   handle that is none. "" when there was nothing. */
const char *fakecuda_last_fault(void);
void fakecuda_clear_fault(void);

/* Executed PTX instructions by class, as test/ptx/Ptx.h counts them. */
uint64_t fakecuda_count(int instruction_class);

/* Kernels that are functions: an image that begins with "host" holds all of
   those that are registered. A function runs once for each block, with the
   parameters of the launch. */
typedef struct fakecuda_block {
  unsigned grid_x, grid_y, x, y, threads;
} fakecuda_block;
typedef void (*fakecuda_kernel)(void *const *params,
                                const fakecuda_block *block);
void fakecuda_register(const char *name, fakecuda_kernel kernel,
                       const size_t *param_bytes, int params);
/* What such a function says before it reads and after it wrote device memory;
   0 and a fault when that is wrong, and then the launch fails. */
int fakecuda_reads(const void *address, size_t bytes);
int fakecuda_writes(const void *address, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif /* KDSL_TEST_CUDA_FAKECUDA_H */
