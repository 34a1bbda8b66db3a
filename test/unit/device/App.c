/*===- App.c - an application that knows nothing of GPUs ------------------===*\
 *
 * Plain C with a compiled object and the runtime: no CUDA header, no library of
 * CUDA. What it expects of the machine is its argument, "device" or "none".
 *
\*===----------------------------------------------------------------------===*/

#include "gauss.h"
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { M = 700, N = 1100 };
static float x[M * 3], y[N * 3], b[N], a[M];

static int failures;

static void expect(int holds, const char *what) {
  if (holds)
    return;
  ++failures;
  fprintf(stderr, "wrong: %s (%s)\n", what, kdsl_last_error());
}

static void fill(float *array, int elements, unsigned seed) {
  for (int k = 0; k < elements; ++k) {
    seed = seed * 1664525u + 1013904223u;
    array[k] = (float)(seed >> 8) / (float)(1 << 24);
  }
}

/* Whether a[] is what the program says; it is spoilt for the next call. */
static int isRight(void) {
  int right = 1;
  for (int i = 0; i < M; ++i) {
    double sum = 0;
    for (int j = 0; j < N; ++j) {
      double square = 0;
      for (int d = 0; d < 3; ++d) {
        const double difference = (double)x[i * 3 + d] - (double)y[j * 3 + d];
        square += difference * difference;
      }
      sum += exp(-square / 0.5) * (double)b[j];
    }
    right &= fabs((double)a[i] - sum) <= 1e-5 * sum;
    a[i] = -1;
  }
  return right;
}

static int call(int device, kdsl_stats *stats) {
  const gauss_conv_args args = {M,   N, 0,   0,    x, {0}, y,
                                {0}, b, {0}, 0.5f, a, {0}};
  kdsl_exec exec = {0};
  exec.device = device;
  exec.stats = stats;
  memset(stats, 0, sizeof(*stats));
  return gauss_conv_ex(&args, &exec);
}

/* Neither the plain call nor the CPU looks for a driver. */
static void checkHost(void) {
  kdsl_stats stats;
  expect(gauss_conv(M, N, x, y, b, 0.5f, a) == KDSL_OK, "the plain call");
  expect(isRight(), "the results of the plain call");
  expect(call(KDSL_CPU, &stats) == KDSL_OK && isRight(), "a call on the CPU");
  expect(strncmp(stats.variant, "x86-64-v", 8) == 0 && !stats.fell_back,
         "the variant on the CPU");
  expect(!dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD),
         "a driver was loaded for the CPU");
}

static void checkDevice(void) {
  kdsl_stats stats;
  expect(call(KDSL_CUDA(0), &stats) == KDSL_OK && isRight(),
         "a call on device 0");
  expect(strcmp(stats.variant, "sm_80") == 0 && !stats.fell_back,
         "the variant on device 0");
  expect(stats.pairs == (int64_t)M * N, "the pairs on device 0");
  expect(stats.bytes_copied >=
             (int64_t)(sizeof(x) + sizeof(y) + sizeof(b) + sizeof(a)),
         "the bytes copied for device 0");
  expect(call(KDSL_AUTO, &stats) == KDSL_OK && isRight(), "AUTO");
  expect(strcmp(stats.variant, "sm_80") == 0 && !stats.fell_back,
         "the variant that AUTO takes");
  expect(call(KDSL_CUDA(7), &stats) == KDSL_ENODEVICE, "a call on device 7");
}

static void checkNoDevice(void) {
  kdsl_stats stats;
  expect(call(KDSL_CUDA(0), &stats) == KDSL_ENODEVICE, "device 0 without any");
  expect(call(KDSL_AUTO, &stats) == KDSL_OK && isRight(), "AUTO on the CPU");
  expect(strncmp(stats.variant, "x86-64-v", 8) == 0 && stats.fell_back == 1,
         "that AUTO fell back");
  expect(kdsl_last_error()[0] != 0, "the reason of falling back");
}

int main(int argc, char **argv) {
  fill(x, M * 3, 1);
  fill(y, N * 3, 2);
  fill(b, N, 3);
  checkHost();
  if (argc == 2 && strcmp(argv[1], "device") == 0)
    checkDevice();
  else
    checkNoDevice();
  return failures != 0;
}
