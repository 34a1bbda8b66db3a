/*===- kdsl.h - the public interface of compiled .kdsl programs ------------===*\
 *
 * C99. The one header that generated headers, applications and tools include.
 * Nothing here aborts, exits, prints or throws: every failure is a status, and
 * kdsl_last_error() says in words what was wrong, what was expected and what
 * came.
 *
\*===----------------------------------------------------------------------===*/
#ifndef KDSL_KDSL_H
#define KDSL_KDSL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Storage of 16-bit floats; scalars of these types are passed as float.
   Arrays of bool are uint8_t. */
typedef uint16_t kdsl_f16;
typedef uint16_t kdsl_bf16;

/* Statuses. Zero is success; outputs are unspecified after any other. */
enum {
  KDSL_OK = 0,
  KDSL_EARG,        /* a wrong argument; nothing was written */
  KDSL_ENOMEM,      /* memory was not to be had, or the workspace is too small */
  KDSL_EDEVICE,     /* the device refused; the message has the driver's words */
  KDSL_ENODEVICE,   /* no such device, or no driver */
  KDSL_ECANCELLED,  /* `tick` asked to stop */
  KDSL_ETARGET,     /* the object holds no code that this machine can run */
  KDSL_EABI,        /* object and runtime are of different versions */
  KDSL_EDEVICELOST, /* the device context is lost for this process */
  KDSL_EINTERNAL    /* a bug of ours */
};

/* Device codes: an all-zero kdsl_exec means the CPU and host memory. */
enum { KDSL_AUTO = -1, KDSL_CPU = 0 };
#define KDSL_CUDA(n) (1 + (n))
/* Where all arrays and scalar outputs of a call live. */
enum { KDSL_MEM_HOST = 0, KDSL_MEM_DEVICE = 1 };
/* Instruction sets of the x86 variants. */
enum { KDSL_ISA_BEST = 0, KDSL_ISA_V2 = 2, KDSL_ISA_V3 = 3, KDSL_ISA_V4 = 4 };

/* The caller's own threads. parallel_for calls body(arg, chunk, worker) once
   for each chunk in [0, n), on any threads, with worker in [0, workers) and no
   two concurrent calls of the same worker; it returns after the last call.
   A nonzero result of a body asks to skip the chunks not yet begun, and is the
   result of parallel_for. */
typedef struct kdsl_pool {
  void *self;
  int (*parallel_for)(void *self, int64_t n,
                      int (*body)(void *arg, int64_t chunk, int worker),
                      void *arg);
  int workers;
} kdsl_pool;

/* The caller's own memory; `mem` is KDSL_MEM_HOST or KDSL_MEM_DEVICE. */
typedef struct kdsl_allocator {
  void *self;
  void *(*alloc)(void *self, size_t bytes, size_t align, int mem);
  void (*release)(void *self, void *p, size_t bytes, int mem);
} kdsl_allocator;

/* Block-sparse sets of j; always in host memory. Reserved for programs with a
   `ranges` input. */
typedef struct kdsl_ranges {
  int64_t blocks;
  const int64_t *row_end;         /* [blocks] end of each block of rows i */
  const int64_t *slice_end;       /* [blocks] end of its slices below */
  const int64_t *j_begin, *j_end; /* half-open, ascending, disjoint */
} kdsl_ranges;

/* What a call did. */
typedef struct kdsl_stats {
  double seconds;
  int64_t pairs, bytes_copied;
  const char *variant; /* the target that ran, "x86-64-v4" */
  int fell_back;       /* AUTO found no device and used the CPU */
} kdsl_stats;

/* How to run. NULL means all defaults; a zero field means its default. */
typedef struct kdsl_exec {
  uint32_t size, flags; /* sizeof(kdsl_exec), so that it may grow; 0: version 1 */
  int32_t device, mem;
  int32_t threads;      /* 0: as many as the process may use */
  int32_t isa;          /* KDSL_ISA_BEST, or a level for tests */
  void *stream;
  void *workspace;      /* NULL: allocated for the call */
  size_t workspace_bytes;
  const kdsl_pool *pool;
  const kdsl_allocator *alloc;
  int (*tick)(void *user, double done); /* progress in [0, 1]; nonzero cancels */
  void *user;
  kdsl_stats *stats;
  char *err;            /* a copy of the message, at most err_len bytes */
  size_t err_len;
} kdsl_exec;

/* The sentence of a status; never NULL. */
const char *kdsl_strerror(int status);
/* The message of the last failure on this thread; never NULL. */
const char *kdsl_last_error(void);

/*===--- The descriptor -----------------------------------------------------===*\
 * Names, types, shapes and functions of one program: what kdsl-run, language
 * bindings, benchmarks and the runtime itself read. All pointers are to
 * constant data inside the object.
\*===----------------------------------------------------------------------===*/

typedef enum kdsl_type {
  KDSL_BOOL, KDSL_I32, KDSL_I64, KDSL_F16, KDSL_BF16, KDSL_F32, KDSL_F64
} kdsl_type;

/* One input or output, in the order of declaration: inputs, then outputs. */
typedef struct kdsl_arg {
  const char *name;
  const char *doc;      /* "" when there is none */
  int32_t is_output;
  int32_t type;         /* kdsl_type of an element */
  int32_t n_axes;       /* row axes; 0: a parameter or a single value */
  int32_t n_dims;       /* feature dimensions, row-major */
  const int32_t *axes;  /* [n_axes] positions in sizes */
  const int64_t *dims;  /* [n_dims] */
  int64_t row_elems;    /* product of dims, 1 for a number */
  int64_t offset;       /* in the args struct: the pointer, or the value of a
                           scalar parameter (an input with n_axes = n_dims = 0) */
  int64_t stride_offset;/* in the args struct: int64_t[n_axes], or -1 if none */
  int32_t reduced;      /* some phase reads it as a j input: the runtime packs it
                           when its rows are strided */
  int32_t reserved;
} kdsl_arg;

/* A buffer of rows that lives for one call, in the workspace. */
typedef struct kdsl_temp {
  int32_t axis;         /* position in sizes; -1: one row */
  int32_t reserved;
  int64_t row_bytes;
} kdsl_temp;

/* One parallel loop over the tiles of a row axis; phases run in order. */
typedef struct kdsl_phase {
  int32_t axis;         /* position in sizes; -1: one row */
  int32_t pair_axis;    /* the reduced axis, -1: none (statistics only) */
} kdsl_phase;

/* Rows begin..end (end exclusive) of a phase. `args` is the args struct with
   every stride made explicit (in elements), `temps` the temporaries,
   `scratch` scratch_bytes of this worker's memory, 64-byte aligned. */
typedef void (*kdsl_phase_fn)(const void *args, void *const *temps,
                              int64_t begin, int64_t end, void *scratch);

/* The code for one instruction set. */
typedef struct kdsl_variant {
  const char *target;          /* "x86-64-v4" */
  int32_t isa;                 /* KDSL_ISA_V4 */
  int32_t reserved;
  const kdsl_phase_fn *phases; /* [n_phases] */
  const int64_t *tile_rows;    /* [n_phases] rows that one tile takes */
  const double *pair_cost;     /* [n_phases] estimated nanoseconds a pair */
  int64_t scratch_bytes;       /* for each worker */
} kdsl_variant;

#define KDSL_ABI 1u

typedef struct kdsl_kernel {
  uint32_t abi;                /* KDSL_ABI of the compiler */
  uint32_t n_sizes;
  const char *name;
  const char *doc;
  const char *source;          /* the statements of the program */
  const char *const *sizes;    /* [n_sizes] names of the row axes */
  uint32_t n_args, n_temps, n_phases, n_variants;
  const kdsl_arg *args;        /* [n_args] */
  const kdsl_temp *temps;
  const kdsl_phase *phases;
  const kdsl_variant *variants; /* best first */
  /* The args struct: n_sizes sizes (int64_t), i_base, j_base, then each
     argument at its offset. */
  int64_t args_bytes;
  int (*call)(const void *args, const kdsl_exec *exec); /* NAME_ex */
  const void *device_table;    /* NULL: no device code */
} kdsl_kernel;

/* What generated code calls; applications use the generated functions. */
int kdsl_call_v1(const kdsl_kernel *kernel, const void *args,
                 const kdsl_exec *exec);
int kdsl_call_isa_v1(const kdsl_kernel *kernel, const void *args,
                     const kdsl_exec *exec, int isa);
size_t kdsl_workspace_v1(const kdsl_kernel *kernel, const void *args,
                         const kdsl_exec *exec);

#ifdef __cplusplus
}
#endif
#endif /* KDSL_KDSL_H */
