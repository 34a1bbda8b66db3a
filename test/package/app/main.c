#include "gauss.h"
#include <stdio.h>

int main(void) {
  static float x[1000 * 3], y[2000 * 3], b[2000], a[1000];
  for (int j = 0; j < 2000; ++j)
    b[j] = 1;
  if (gauss(1000, 2000, x, y, b, 0.5f, a) != KDSL_OK)
    return fprintf(stderr, "%s\n", kdsl_last_error()), 1;
  printf("a[0] = %g\n", a[0]); /* all distances are 0: a[0] = 2000 */
  return a[0] != 2000;
}
