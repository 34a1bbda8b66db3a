//===- peak.cpp - multiply-adds of one vector unit, as a roof -------------===//
//
// usage: peak THREADS; prints billions of f32 lanes a second over all threads.
// BYTES is the width of a vector.
//
//===----------------------------------------------------------------------===//

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

template <int bytes> double lanes() {
  typedef float V __attribute__((vector_size(bytes)));
  V a[12];
#pragma GCC unroll 12
  for (int k = 0; k < 12; ++k)
    a[k] = V{} + float(k);
  V m = V{} + 0.999f, s = V{} + 1e-3f;
  double best = 0;
  for (int turn = 0; turn < 7; ++turn) {
    auto begin = std::chrono::steady_clock::now();
    constexpr long rounds = 2'000'000;
    for (long r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
      for (int k = 0; k < 12; ++k)
        a[k] = a[k] * m + s;
      asm volatile(""
                   : "+v"(a[0]), "+v"(a[1]), "+v"(a[2]), "+v"(a[3]), "+v"(a[4]),
                     "+v"(a[5]), "+v"(a[6]), "+v"(a[7]), "+v"(a[8]), "+v"(a[9]),
                     "+v"(a[10]), "+v"(a[11]));
    }
    std::chrono::duration<double> spent =
        std::chrono::steady_clock::now() - begin;
    double rate = 12.0 * rounds * (bytes / 4) / spent.count();
    best = rate > best ? rate : best;
  }
  return best;
}

int main(int, char **words) {
  int threads = std::atoi(words[1]);
  std::vector<double> rates(threads);
  std::vector<std::thread> team;
  for (double &rate : rates)
    team.emplace_back([&rate] { rate = lanes<BYTES>(); });
  double sum = 0;
  for (int t = 0; t < threads; ++t) {
    team[t].join();
    sum += rates[t];
  }
  std::printf("%.1f\n", sum / 1e9);
}
