//===- main.cpp - which digit is it? Ask the nearest one ------------------===//
//
// usage: digits digits_x.npy digits_label.npy mistakes.png
//
//===----------------------------------------------------------------------===//

#include "MistakeSheet.h"
#include "Npy.h"
#include "digits.h"
#include <chrono>
#include <cstdio>

static constexpr int features = 64;

/// The nearest other row by a float64 loop; of equally near rows the first.
static int32_t nearestByLoop(const std::vector<float> &x, int64_t i) {
  double least = -1;
  int32_t nearest = -1;
  for (int64_t j = 0; j * features < int64_t(x.size()); ++j) {
    double distance = 0;
    for (int k = 0; k < features; ++k) {
      double d = double(x[i * features + k]) - x[j * features + k];
      distance += d * d;
    }
    if (j != i && (nearest < 0 || distance < least)) {
      least = distance;
      nearest = int32_t(j);
    }
  }
  return nearest;
}

int main(int argc, char **argv) {
  if (argc != 4)
    return std::fprintf(stderr, "usage: %s x.npy label.npy out.png\n", argv[0]),
           2;
  std::vector<float> x = readNpy<float>(argv[1]);
  std::vector<int32_t> label = readNpy<int32_t>(argv[2]), nearestRow;
  auto n = int64_t(label.size());
  if (n == 0 || x.size() != label.size() * features)
    return std::fprintf(stderr, "expected N rows of 64 float32 and N int32\n"),
           2;
  nearestRow.resize(n);

  auto start = std::chrono::steady_clock::now();
  int status = nearest(n, x.data(), nearestRow.data());
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  if (status != KDSL_OK)
    return std::fprintf(stderr, "nearest: %s\n", kdsl_last_error()), 1;

  int64_t right = 0, wrongRows = 0;
  for (int64_t i = 0; i < n; ++i) {
    right += label[i] == label[nearestRow[i]];
    wrongRows += nearestRow[i] != nearestByLoop(x, i);
  }
  std::printf("%lld digits, %.2e pairs a second\n", (long long)n,
              double(n) * double(n) / time.count());
  std::printf("1-nearest neighbour, leave one out: %.2f %% right (%lld of "
              "%lld)\n",
              100.0 * right / n, (long long)right, (long long)n);
  std::printf("rows that differ from a float64 loop: %lld\n",
              (long long)wrongRows);
  if (!drawMistakes(argv[3], x, label, nearestRow))
    return std::fprintf(stderr, "%s: cannot be written\n", argv[3]), 1;
  return wrongRows == 0 ? 0 : 1;
}
