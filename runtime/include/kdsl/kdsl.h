/*===- kdsl.h - the public interface of compiled .kdsl programs ------------===*\
 *
 * C99. The one header that generated headers, applications and tools include.
 * Nothing here aborts, exits, prints or throws: every failure is a status, and
 * kdsl_last_error() says in words what was wrong, what was expected and what
 * came.
 *
 * A call of a program
 *   layout     arrays are dense and row-major. Rows may lie apart, by a stride
 *              in elements for each row axis (0: packed; otherwise at least
 *              what a row, or all rows of the next axis, takes). The features
 *              of a row are packed.
 *   alignment  every array is aligned to its element, no more.
 *   aliasing   inputs may overlap each other. An output overlaps nothing: byte
 *              ranges are compared, gaps between strided rows included.
 *   null       allowed for arrays without elements.
 *   empty      M == 0 writes nothing; N == 0 writes the reduction's identity.
 *   checks     all of this is checked before anything is written.
 *   threads    any number of threads may call at once, on apart outputs. When
 *              the runtime's threads are busy with one call, the others run on
 *              their callers.
 *   blocking   a call on host memory returns when its outputs are complete; one
 *              on device memory when all is queued on its stream. No call waits
 *              for the whole device, and the current context stays.
 *   results    the same bits for any number of threads, and on all devices that
 *              run the same image. The caller's rounding mode, FTZ and DAZ are
 *              put aside during the call and kept.
 *   fork       a child may call; it starts threads of its own. Devices that the
 *              parent used are no more: KDSL_EDEVICE, and AUTO takes the CPU.
 *              longjmp out of a signal handler during a call is not supported.
 *   unloading  before the library of a program or of the runtime is closed, its
 *              work on devices must be done.
 *   returns    KDSL_OK, KDSL_EARG, KDSL_ENOMEM, KDSL_ECANCELLED, KDSL_ETARGET
 *              or KDSL_EABI on the CPU, and the device codes below on devices.
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
  KDSL_EARG,        /* a wrong size, stride, pointer or option; nothing was
                       written (but see kdsl_pool) */
  KDSL_ENOMEM,      /* memory was not to be had, or the workspace is too small */
  KDSL_EDEVICE,     /* the device refused; the message has the driver's words */
  KDSL_ENODEVICE,   /* no such device, or no driver */
  KDSL_ECANCELLED,  /* `tick` asked to stop */
  KDSL_ETARGET,     /* the object holds no code that this machine can run */
  KDSL_EABI,        /* object and runtime are of different versions */
  KDSL_EDEVICELOST, /* the device context is lost for this process; the first
                       such error is KDSL_EDEVICE. The CPU goes on */
  KDSL_EINTERNAL    /* a bug of ours */
};

/* Device codes: an all-zero kdsl_exec means the CPU and host memory. */
enum { KDSL_AUTO = -1, KDSL_CPU = 0 };
#define KDSL_CUDA(n) (1 + (n))
/* Where all arrays and scalar outputs of a call live. */
enum { KDSL_MEM_HOST = 0, KDSL_MEM_DEVICE = 1 };
/* Instruction sets of the x86 variants. */
enum {
  KDSL_ISA_BEST = 0,
  KDSL_ISA_V2 = 2,
  KDSL_ISA_V3 = 3,
  KDSL_ISA_V4 = 4,
  KDSL_ISA_V4_AMX = 5 /* V4 with AMX-BF16: of programs that gain by it */
};

/* The caller's own threads. parallel_for calls body(arg, chunk, worker) once
   for each chunk in [0, n), on any threads, with worker in [0, workers) and no
   two concurrent calls of the same worker; it returns after the last call.
   A nonzero result of a body asks to skip the chunks not yet begun, and is the
   result of parallel_for; a pool may return a nonzero code of its own when it
   fails. A pool that breaks these rules makes the call fail with KDSL_EARG;
   memory outside the arrays is never touched. */
typedef struct kdsl_pool {
  void *self;
  int (*parallel_for)(void *self, int64_t n,
                      int (*body)(void *arg, int64_t chunk, int worker),
                      void *arg);
  int workers;
} kdsl_pool;

/* The caller's own memory; `mem` is KDSL_MEM_HOST or KDSL_MEM_DEVICE. alloc
   gives `bytes` at a multiple of `align`, or NULL, which makes the call fail
   with KDSL_ENOMEM; release takes back what alloc gave, with the same bytes.
   Both are called from the calling thread, at most once a call; calls with
   small needs do without.
   A call on a device asks for KDSL_MEM_DEVICE, whatever its exec.mem, with the
   device's primary context current. For arrays in device memory release comes
   right after the launches: it must be ordered by the stream, as cuMemFreeAsync
   is, or wait for it. */
typedef struct kdsl_allocator {
  void *self;
  void *(*alloc)(void *self, size_t bytes, size_t align, int mem);
  void (*release)(void *self, void *p, size_t bytes, int mem);
} kdsl_allocator;

/* Which rows j belong to each row i, block by block, for a `ranges[M, N]` input.
   The struct and its arrays are always in host memory; all of it is checked
   before anything is written, and copied for a call on a device (which then waits
   for its stream once, and cannot be captured into a graph). Blocks share out the
   rows 0 .. M - 1; a block without slices has no pairs. */
typedef struct kdsl_ranges {
  int64_t blocks;
  const int64_t *row_end;         /* [blocks] end of each block of rows i; the
                                     last is M */
  const int64_t *slice_end;       /* [blocks] end of its slices below */
  const int64_t *j_begin, *j_end; /* half-open, ascending, disjoint in a block */
} kdsl_ranges;

/* What a call did. Written by calls that came to their first phase. */
typedef struct kdsl_stats {
  double seconds;       /* wall clock, checks of the arguments not included; for
                           arrays in device memory until all was queued */
  int64_t pairs;        /* pairs (i, j) that were visited, all passes */
  int64_t bytes_copied; /* to pack strided rows, and to and from devices */
  const char *variant;  /* the target that ran, "x86-64-v4" or "sm_80" */
  int fell_back;        /* AUTO used the CPU; kdsl_last_error says why */
} kdsl_stats;

/* How to run. NULL means all defaults; a zero field means its default. It is
   read at the begin of a call; what it points to must last for the call. */
typedef struct kdsl_exec {
  uint32_t size;  /* sizeof(kdsl_exec), so that it may grow; 0: version 1 */
  uint32_t flags; /* 0 */
  int32_t device; /* KDSL_CPU, KDSL_CUDA(n), or KDSL_AUTO: device 0 if there is
                     a driver, a device and code for it, else the CPU, which the
                     stats say. A failure on the device is never hidden so */
  int32_t mem;    /* where arrays live. KDSL_MEM_DEVICE never falls back */
  int32_t threads; /* 0: as many as the process may use, which is also the most;
                      problems too small for threads stay on the caller. Ignored
                      on devices, as is pool */
  int32_t isa;     /* KDSL_ISA_BEST, or a level for tests: KDSL_ETARGET when the
                      object or the machine lacks it. AUTO then takes the CPU */
  void *stream;    /* a CUstream of the device's primary context; ignored on the
                      CPU. NULL: for device memory the default stream, for host
                      memory one of the runtime's own */
  void *workspace; /* in `mem`. NULL: allocated for the call. Any alignment;
                      overlaps no array; not shared by calls at the same time,
                      on a device until the work on the stream is done. Not used
                      by calls on a device with arrays in host memory. A stream
                      that is captured into a graph needs it, or alloc */
  size_t workspace_bytes; /* what kdsl_workspace_v1 says, or more */
  const kdsl_pool *pool;  /* NULL: the runtime's own threads */
  const kdsl_allocator *alloc; /* NULL: malloc's; on a device, blocks that the
                                  runtime keeps */
  /* Progress in [0, 1]; nonzero cancels. Called by one thread at a time, about
     every 10 ms and once between passes: by the calling thread, or with a
     kdsl_pool by the thread that is its worker 0. On a device with 0 before
     anything is queued, which may cancel, and with 1 at the end. */
  int (*tick)(void *user, double done);
  void *user;
  kdsl_stats *stats; /* NULL: not wanted */
  char *err;         /* a copy of the message, cut to err_len bytes with the
                        final 0; empty after success */
  size_t err_len;
} kdsl_exec;

/* The sentence of a status; never NULL. */
const char *kdsl_strerror(int status);
/* The message of the last failure on this thread; never NULL. It stays until
   the next failure on this thread. */
const char *kdsl_last_error(void);

/*===--- The descriptor -----------------------------------------------------===*\
 * Names, types, shapes and functions of one program: what kdsl-run, language
 * bindings, benchmarks and the runtime itself read. All pointers are to
 * constant data inside the object.
\*===----------------------------------------------------------------------===*/

typedef enum kdsl_type {
  KDSL_BOOL, KDSL_I32, KDSL_I64, KDSL_F16, KDSL_BF16, KDSL_F32, KDSL_F64
} kdsl_type;
/* Instead of a type: an input that points to a kdsl_ranges over its two axes. */
enum { KDSL_RANGES = 7 };

/* One input or output, in the order of declaration: inputs, then outputs. */
typedef struct kdsl_arg {
  const char *name;
  const char *doc;      /* "" when there is none */
  int32_t is_output;
  int32_t type;         /* kdsl_type of an element, or KDSL_RANGES */
  int32_t n_axes;       /* row axes; 0: a parameter or a single value */
  int32_t n_dims;       /* feature dimensions, row-major */
  const int32_t *axes;  /* [n_axes] positions in sizes */
  const int64_t *dims;  /* [n_dims] */
  int64_t row_elems;    /* product of dims, 1 for a number */
  int64_t offset;       /* in the args struct: the pointer, or the value of a
                           scalar parameter (an input with n_axes = n_dims = 0) */
  int64_t stride_offset;/* in the args struct: int64_t[n_axes], or -1 if none */
  int32_t reduced;      /* some phase reads its rows as dense rows j: the runtime
                           packs it when they are strided. Of ranges: some phase
                           reads them from their rows j, behind the set itself */
  int32_t label_bound;  /* > 0: an input of integers, one a row, which are labels
                           from 0 to label_bound - 1. Labels in host memory are
                           checked; one that is not there picks NaN, -1 or false */
} kdsl_arg;

/* A buffer of rows that lives for one call, in the workspace. */
typedef struct kdsl_temp {
  int32_t n_axes;       /* 0: one row */
  int32_t reserved;
  const int32_t *axes;  /* [n_axes] positions in sizes */
  int64_t row_bytes;
} kdsl_temp;

/* One parallel loop over tiles; phases run in order. A tile has tile_rows rows
   of the last of its axes (fewer at the end) at one point of the others, the
   batch: tile t is number t mod T at point t / T, where T tiles cover the last
   axis and the points are numbered with the last of the others fastest. */
typedef struct kdsl_phase {
  int32_t n_axes;       /* 0: one row */
  int32_t pair_axis;    /* the reduced axis, -1: none (statistics only) */
  const int32_t *axes;  /* [n_axes] positions in sizes */
} kdsl_phase;

/* Items begin..end (end exclusive) of a phase. `args` is a copy of the args
   struct with every stride explicit (in elements) and strided `reduced` inputs
   packed, `temps` the temporaries (64-byte aligned), `scratch` scratch_bytes of
   this worker's memory, 64-byte aligned. Runs in the default floating-point mode.
   With parts = 1, an item of `run` is a tile, whose results it writes; partials
   is not read. With more, item t is part t mod parts of tile t / parts: it takes
   the rows j from part * part_rows on, part_rows of them, and leaves states in
   `partials`, 64-byte aligned, state_bytes for each item. `merge` then takes those
   of the tiles begin..end in the order of the parts, and writes results.
   With part_rows = 0 each two rows of the axis meet once: item t of `run` is part
   t, which takes the tiles t, t + parts, .. and leaves a state of every row in
   `partials`, state_bytes for each tile; `merge` is called for one part too. */
typedef void (*kdsl_phase_fn)(const void *args, void *const *temps,
                              int64_t begin, int64_t end, void *scratch,
                              void *partials, int64_t part_rows, int64_t parts);

/* One phase on a CPU. */
typedef struct kdsl_cpu_phase {
  kdsl_phase_fn run;
  kdsl_phase_fn merge;         /* NULL: rows j are never split */
  int64_t tile_rows;           /* rows i of a tile */
  int64_t part_rows;           /* those of a part are a multiple; 0: see above */
  int64_t state_bytes;         /* of one tile in a part */
  double pair_cost;            /* estimated nanoseconds a pair */
} kdsl_cpu_phase;

/* The code for one instruction set. */
typedef struct kdsl_variant {
  const char *target;          /* "x86-64-v4" */
  int32_t isa;                 /* KDSL_ISA_V4 */
  int32_t reserved;
  const kdsl_cpu_phase *phases; /* [n_phases] */
  int64_t scratch_bytes;       /* for each worker */
} kdsl_variant;

/* One phase on a device: two kernels, of which `merge` runs only if the rows j
   are split. Both take the same six parameters:
     0  the args struct by value, every stride explicit, pointers to device
        memory
     1  the table of temporaries by value, at least one pointer
     2  scratch: scratch_bytes for each block, 256-byte aligned, or NULL
     3  partials: states of parts, 256-byte aligned, or NULL
     4  int64_t: rows j in a part, a multiple of part_rows
     5  int64_t: the number of parts; 1: all rows j, partials is not read
   Blocks have `threads` threads in x. Block x of a grid takes the tiles x,
   x + gridDim.x, .. of block_rows rows i each, in the merge kernel of `threads`;
   in a sweep kernel block y takes part y. With one part the sweep writes results; with more it writes states to
   the partials, and the merge kernel (gridDim.y = 1) reads them in the order of
   the parts and writes results.
   With part_rows = 0 each two rows of the axis meet once. A part is a window of
   rows j: parameter 4 is their number W, of which block_rows is a multiple, so that
   T = block_rows / W windows are a tile. For a whole tile the first T parts are the
   tile that follows it, round the whole tiles, the next T the one behind that, up
   to half of the whole tiles away; then come its own rows, and last those that are
   no whole tile. The sweep is launched with one gridDim.y = P, a multiple of T,
   until all parts are covered; parameter 5 is the number of the first part of a
   launch, and all but the first continue states. The partials have P + P / T states
   of each row, and merge, whose parameter 5 is P, always runs. */
typedef struct kdsl_device_phase {
  const char *sweep;           /* name of the kernel */
  const char *merge;           /* NULL: rows j are never split */
  int32_t threads;
  int32_t shared_bytes;        /* of shared memory that a launch gives each block of
                                  the sweep; of a version before 6: 0 */
  int64_t block_rows;          /* rows i of a tile */
  int64_t part_rows;           /* see parameter 4; 0: see above */
  int64_t state_bytes;         /* of one row i in a part, a multiple of 8 */
  int64_t scratch_bytes;       /* for each block */
} kdsl_device_phase;

/* Rows i and j in an order in which neighbours are near each other, for a phase
   that looks for the smallest squared distances. A record has the features of a
   row, f32, and ends with its number as uint32_t. Rows j are in cells of cell_rows
   of them, the last one of what is left; 16 cells are a group. */
typedef struct kdsl_row_order {
  const float *kept;           /* [tiles * tile_rows] records, the last row again
                                  behind it */
  const float *reduced;        /* [rows j] records */
  const float *cells;          /* [dims][2][stride] the least and the largest number
                                  of each cell; infinity and -infinity: no cell */
  const float *groups;         /* [dims][2][stride / 16] those of each group */
  int64_t stride;              /* a multiple of 256, 64-byte aligned */
} kdsl_row_order;

/* More code for a phase on a CPU: the results are those of kdsl_cpu_phase, bit by
   bit. `partials` of `run` is a kdsl_row_order, an item is a tile. All numbers of
   both inputs are in [-2^60, 2^60]. */
typedef struct kdsl_ordered_phase {
  int32_t variant, phase;      /* positions in variants and phases */
  int32_t kept, reduced;       /* positions in args: x[i] and y[j], f32, one axis */
  int64_t cell_rows;
  int64_t record;              /* numbers of a record: 4 or 8 */
  int64_t fewest_rows;         /* rows j for which it is worth it */
  kdsl_phase_fn run;
} kdsl_ordered_phase;

enum { KDSL_PTX = 1, KDSL_CUBIN = 2 };

/* Code for one GPU architecture. */
typedef struct kdsl_image {
  const char *target;          /* "sm_80" */
  int32_t kind;                /* KDSL_PTX or KDSL_CUBIN */
  int32_t compute;             /* 80: major * 10 + minor */
  const void *bytes;           /* of PTX, `size` counts the final 0 */
  int64_t size;
  const kdsl_device_phase *phases; /* [n_phases] */
} kdsl_image;

/* All device code of a program. Cubins run on devices of the same major and
   the same or a higher minor version, PTX on every device from its own on; both
   where a block may have the shared_bytes of all their kernels. */
typedef struct kdsl_device_code {
  uint32_t n_images;
  uint32_t reserved;
  const kdsl_image *images;    /* best first */
} kdsl_device_code;

/* What a descriptor has is the version of what it uses: 5, unless a kernel has
   shared_bytes. */
#define KDSL_ABI 6u
#define KDSL_ABI_OLDEST 5u

typedef struct kdsl_kernel {
  uint32_t abi;                /* from KDSL_ABI_OLDEST to KDSL_ABI */
  uint32_t n_sizes;
  const char *name;
  const char *doc;
  const char *source;          /* the statements of the program */
  const char *const *sizes;    /* [n_sizes] names of the row axes, and of the
                                  feature sizes that `specialize` lists */
  uint32_t n_args, n_temps, n_phases, n_variants;
  const kdsl_arg *args;        /* [n_args] */
  const kdsl_temp *temps;
  const kdsl_phase *phases;
  const kdsl_variant *variants; /* best first */
  /* The args struct: n_sizes sizes (int64_t), i_base, j_base, then each
     argument at its offset. */
  int64_t args_bytes;
  int (*call)(const void *args, const kdsl_exec *exec); /* NAME_ex */
  const kdsl_device_code *device; /* NULL: no device code */
  /* A program with `specialize` has a body for each combination of the listed
     feature sizes: a descriptor of its own with the same arguments. A call
     takes the one whose sizes are those of the args struct, whichever it is
     given; NAME_kernel gives the first. */
  const int64_t *fixed;        /* [n_sizes] what a size must be, -1: any;
                                  NULL: all are any */
  const struct kdsl_kernel *const *bodies; /* [n_bodies], this one among them */
  uint32_t n_bodies;           /* 0: there is this one only */
  uint32_t n_ordered;          /* 0 in objects of compilers that know none, which
                                  end here */
  const kdsl_ordered_phase *ordered; /* [n_ordered] */
} kdsl_kernel;

/* What generated code calls; applications use the generated functions NAME,
   NAME_ex, NAME_x86_64_v4 and NAME_workspace.

   kdsl_call_v1 runs one call as described at the top of this file.
   kdsl_call_isa_v1 does so with the code of one level, which goes before
   exec->isa. kdsl_workspace_v1 gives the bytes of exec->workspace that a call
   with these sizes, strides and options needs, whatever the alignment: never 0,
   except when they are wrong, and then the message says why. It does not look
   at the arrays. */
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
