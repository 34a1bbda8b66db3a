/*===- Header.c - the public header in each language version --------------===*\
 * Compiled as C99, C17, C++11 and C++17 with all warnings as errors.
\*===----------------------------------------------------------------------===*/
#include <kdsl/kdsl.h>
#include <kdsl/kdsl.h>

int kdsl_header_test(void);
int kdsl_header_test(void) {
  kdsl_exec exec = {sizeof(kdsl_exec), 0, KDSL_CUDA(0), KDSL_MEM_HOST,
                    0, KDSL_ISA_BEST, NULL, NULL, 0, NULL, NULL, NULL, NULL,
                    NULL, NULL, 0};
  return kdsl_call_v1(NULL, NULL, &exec) == KDSL_EARG && kdsl_strerror(0) &&
         kdsl_last_error();
}
