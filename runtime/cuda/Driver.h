//===- Driver.h - the CUDA driver, opened at run time ---------------------===//
//
// The part of the driver's C interface that the runtime uses, with prototypes
// of its own: neither building nor linking needs anything of CUDA. The library
// is opened at the first call that asks for a device.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_CUDA_DRIVER_H
#define KDSL_RUNTIME_CUDA_DRIVER_H

#include <stddef.h>
#include <stdint.h>

namespace kdsl::cuda {

/// Results of driver functions, as far as the runtime tells them apart.
enum Result : int {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  NotInitialized = 3,
  Deinitialized = 4,
  StubLibrary = 34,
  InsufficientDriver = 35,
  DeviceUnavailable = 46,
  NoDevice = 100,
  InvalidDevice = 101,
  InvalidImage = 200,
  InvalidContext = 201,
  NoBinaryForGpu = 209,
  EccUncorrectable = 214,
  InvalidPtx = 218,
  JitCompilerNotFound = 221,
  UnsupportedPtxVersion = 222,
  JitCompilationDisabled = 223,
  InvalidSource = 300,
  InvalidHandle = 400,
  NotFound = 500,
  NotReady = 600,
  IllegalAddress = 700,
  LaunchTimeout = 702,
  ContextIsDestroyed = 709,
  Assert = 710,
  HardwareStackError = 714,
  IllegalInstruction = 715,
  MisalignedAddress = 716,
  InvalidAddressSpace = 717,
  InvalidPc = 718,
  LaunchFailed = 719,
  SystemNotReady = 802,
  SystemDriverMismatch = 803,
  CompatNotSupported = 804,
};

using DeviceHandle = int;
using DevicePointer = uint64_t;
using Context = struct CUctx_st *;
using Module = struct CUmod_st *;
using Function = struct CUfunc_st *;
using Stream = struct CUstream_st *;
using Event = struct CUevent_st *;

/// CU_DEVICE_ATTRIBUTE_*, CU_FUNC_ATTRIBUTE_*, CU_STREAM_*, CU_EVENT_*, CU_JIT_*,
/// CU_MEMORYTYPE_*.
enum : int {
  AttributeMaxPitch = 11,
  AttributeMajor = 75,
  AttributeMinor = 76,
  AttributeMaxSharedBytes = 97, ///< that a block may ask for
};
enum : int { FunctionMaxSharedBytes = 8 };
enum : unsigned { StreamNonBlocking = 1 };
enum : unsigned { EventDisableTiming = 2 };
enum : int { JitErrorLogBuffer = 5, JitErrorLogBufferBytes = 6 };
enum : int { MemoryHost = 1, MemoryDevice = 2 };

/// CUDA_MEMCPY2D.
struct Copy2D {
  size_t fromX, fromY;
  int fromType;
  const void *fromHost;
  DevicePointer fromDevice;
  void *fromArray;
  size_t fromPitch;
  size_t toX, toY;
  int toType;
  void *toHost;
  DevicePointer toDevice;
  void *toArray;
  size_t toPitch;
  size_t widthBytes, height;
};

// Names carry the suffix of their version where there is one: the name without
// it is an interface of 32 bits.
#define KDSL_CUDA_REQUIRED(FUNCTION)                                           \
  FUNCTION(cuInit, (unsigned flags))                                           \
  FUNCTION(cuGetErrorName, (int result, const char **text))                    \
  FUNCTION(cuGetErrorString, (int result, const char **text))                  \
  FUNCTION(cuDeviceGetCount, (int *count))                                     \
  FUNCTION(cuDeviceGet, (DeviceHandle * device, int ordinal))                  \
  FUNCTION(cuDeviceGetName, (char *name, int bytes, DeviceHandle device))      \
  FUNCTION(cuDeviceGetAttribute,                                               \
           (int *value, int attribute, DeviceHandle device))                   \
  FUNCTION(cuDevicePrimaryCtxRetain, (Context * context, DeviceHandle device)) \
  FUNCTION(cuDevicePrimaryCtxRelease_v2, (DeviceHandle device))                \
  FUNCTION(cuCtxPushCurrent_v2, (Context context))                             \
  FUNCTION(cuCtxPopCurrent_v2, (Context * context))                            \
  FUNCTION(cuModuleLoadDataEx, (Module * module, const void *image,            \
                                unsigned count, int *options, void **values))  \
  FUNCTION(cuModuleUnload, (Module module))                                    \
  FUNCTION(cuModuleGetFunction,                                                \
           (Function * function, Module module, const char *name))             \
  FUNCTION(cuFuncSetAttribute, (Function function, int attribute, int value))  \
  FUNCTION(cuLaunchKernel, (Function function, unsigned gridX, unsigned gridY, \
                            unsigned gridZ, unsigned blockX, unsigned blockY,  \
                            unsigned blockZ, unsigned sharedBytes,             \
                            Stream stream, void **parameters, void **extra))   \
  FUNCTION(cuMemAlloc_v2, (DevicePointer * pointer, size_t bytes))             \
  FUNCTION(cuMemFree_v2, (DevicePointer pointer))                              \
  FUNCTION(cuMemcpyHtoDAsync_v2,                                               \
           (DevicePointer to, const void *from, size_t bytes, Stream stream))  \
  FUNCTION(cuMemcpyDtoHAsync_v2,                                               \
           (void *to, DevicePointer from, size_t bytes, Stream stream))        \
  FUNCTION(cuMemcpy2DAsync_v2, (const Copy2D *copy, Stream stream))            \
  FUNCTION(cuStreamCreate, (Stream * stream, unsigned flags))                  \
  FUNCTION(cuStreamDestroy_v2, (Stream stream))                                \
  FUNCTION(cuStreamSynchronize, (Stream stream))                               \
  FUNCTION(cuStreamWaitEvent, (Stream stream, Event event, unsigned flags))    \
  FUNCTION(cuEventCreate, (Event * event, unsigned flags))                     \
  FUNCTION(cuEventDestroy_v2, (Event event))                                   \
  FUNCTION(cuEventRecord, (Event event, Stream stream))                        \
  FUNCTION(cuEventQuery, (Event event))                                        \
  FUNCTION(cuEventSynchronize, (Event event))

/// Older drivers lack these; their pointers are then null.
#define KDSL_CUDA_OPTIONAL(FUNCTION)                                           \
  FUNCTION(cuStreamGetCtx, (Stream stream, Context * context))                 \
  FUNCTION(cuStreamIsCapturing, (Stream stream, int *status))

/// The functions of the opened library.
struct Driver {
#define KDSL_CUDA_MEMBER(NAME, PARAMETERS) int(*NAME) PARAMETERS;
  KDSL_CUDA_REQUIRED(KDSL_CUDA_MEMBER)
  KDSL_CUDA_OPTIONAL(KDSL_CUDA_MEMBER)
#undef KDSL_CUDA_MEMBER
};

/// Opens and initialises the driver, once for the process; thread safe.
///
/// \param program  the program that asks, for messages.
/// \returns KDSL_OK, KDSL_ENODEVICE, KDSL_ENOMEM, or KDSL_EDEVICE in a child
/// that was forked after its parent began to use CUDA.
int openDriver(const char *program, const Driver *&driver);

/// Whether this process was forked from one that had begun to use CUDA.
bool isForkedFromUser();

/// Whether this process itself has the driver open.
bool isDriverOpen();

/// Forgets what openDriver found, so that the next call opens it anew. The
/// library stays loaded: the driver does not survive being unmapped.
void forgetDriver();

/// The driver's words for a result: "CUDA_ERROR_OUT_OF_MEMORY (out of memory)".
struct ResultText {
  ResultText(const Driver &driver, int result);
  char text[160];
};

} // namespace kdsl::cuda

#endif // KDSL_RUNTIME_CUDA_DRIVER_H
