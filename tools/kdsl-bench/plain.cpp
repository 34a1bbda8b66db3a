//===- plain.cpp - what a careful user writes without kdslc ---------------===//
//
// Plain loops over rows of features, left to the compiler's vectoriser and its
// vector mathematics. Each function computes the rows i of begin..end.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

/// y as one array for each feature, so that the loop over j is contiguous.
template <class T> std::vector<T> columns(const T *y, int64_t n, int d) {
  std::vector<T> out(size_t(n) * d);
  for (int64_t j = 0; j < n; ++j)
    for (int k = 0; k < d; ++k)
      out[size_t(k) * n + j] = y[j * d + k];
  return out;
}

/// sum_j f(x_i, y_j) b_j, of the three features of both.
template <class T, class F>
void each3(const T *x, const T *y, const T *b, T *a, int64_t n, int64_t begin,
           int64_t end, F f) {
  const std::vector<T> held = columns(y, n, 3);
  const T *__restrict y0 = held.data(), *__restrict y1 = y0 + n,
                      *__restrict y2 = y1 + n;
  for (int64_t i = begin; i < end; ++i) {
    const T x0 = x[3 * i], x1 = x[3 * i + 1], x2 = x[3 * i + 2];
    T s = 0;
#pragma omp simd reduction(+ : s)
    for (int64_t j = 0; j < n; ++j)
      s += f(x0, x1, x2, y0[j], y1[j], y2[j]) * b[j];
    a[i] = s;
  }
}

/// The same of f(|x_i - y_j|^2).
template <class T, class F>
void sum3(const T *x, const T *y, const T *b, T *a, int64_t n, int64_t begin,
          int64_t end, F f) {
  each3(x, y, b, a, n, begin, end, [f](T x0, T x1, T x2, T y0, T y1, T y2) {
    const T p = x0 - y0, q = x1 - y1, r = x2 - y2;
    return f(p * p + q * q + r * r);
  });
}

template <int D>
float squared(const float *__restrict x, const float *__restrict y) {
  float q = 0;
  for (int k = 0; k < D; ++k)
    q += (x[k] - y[k]) * (x[k] - y[k]);
  return q;
}

} // namespace

extern "C" {

#define SUM(NAME, T, FORMULA)                                                  \
  void NAME(const T *x, const T *y, const T *b, T *a, int64_t n,               \
            int64_t begin, int64_t end) {                                      \
    sum3<T>(x, y, b, a, n, begin, end, [](T q) { return FORMULA; });           \
  }
SUM(w1, float, std::exp(-2 * q))
SUM(w8, float, std::exp(-std::sqrt(q)))
SUM(w9, float, 1 / (1 + q))
SUM(w9_imq, float, 1 / std::sqrt(1 + q))
SUM(w10, double, std::exp(-2 * q))
SUM(power, float, 1 / ((1 + q) * std::sqrt(1 + q)))
SUM(ewald, float, std::erfc(std::sqrt(q)) / std::sqrt(q + 0.01f))

#define FEATURES(NAME, FORMULA)                                                \
  void NAME(const float *x, const float *y, const float *b, float *a,          \
            int64_t n, int64_t begin, int64_t end) {                           \
    each3(x, y, b, a, n, begin, end,                                           \
          [](float x0, float x1, float x2, float y0, float y1, float y2) {     \
            return FORMULA;                                                    \
          });                                                                  \
  }
FEATURES(waves, std::cos(x0 *y0 + x1 * y1 + x2 * y2))
FEATURES(l1, std::exp(-std::abs(x0 - y0) - std::abs(x1 - y1) -
                      std::abs(x2 - y2)))
FEATURES(chebyshev,
         std::exp(-std::max(std::abs(x0 - y0), std::max(std::abs(x1 - y1),
                                                        std::abs(x2 - y2)))))

void within(const float *x, const float *y, int64_t *k, int64_t n,
            int64_t begin, int64_t end) {
  const std::vector<float> held = columns(y, n, 3);
  const float *__restrict y0 = held.data(), *__restrict y1 = y0 + n,
                          *__restrict y2 = y1 + n;
  for (int64_t i = begin; i < end; ++i) {
    const float x0 = x[3 * i], x1 = x[3 * i + 1], x2 = x[3 * i + 2];
    int32_t count = 0;
#pragma omp simd reduction(+ : count)
    for (int64_t j = 0; j < n; ++j) {
      const float p = x0 - y0[j], q = x1 - y1[j], r = x2 - y2[j];
      count += p * p + q * q + r * r < 1;
    }
    k[i] = count;
  }
}

void w3(const float *x, const float *y, float *a, int64_t n, int64_t begin,
        int64_t end) {
  const std::vector<float> held = columns(y, n, 3);
  const float *__restrict y0 = held.data(), *__restrict y1 = y0 + n,
                          *__restrict y2 = y1 + n;
  std::vector<float> t(static_cast<size_t>(n));
  for (int64_t i = begin; i < end; ++i) {
    const float x0 = x[3 * i], x1 = x[3 * i + 1], x2 = x[3 * i + 2];
    float m = -std::numeric_limits<float>::max(), s = 0;
#pragma omp simd reduction(max : m)
    for (int64_t j = 0; j < n; ++j) {
      const float p = x0 - y0[j], q = x1 - y1[j], r = x2 - y2[j];
      t[j] = -20 * (p * p + q * q + r * r);
      m = std::max(m, t[j]);
    }
#pragma omp simd reduction(+ : s)
    for (int64_t j = 0; j < n; ++j)
      s += std::exp(t[j] - m);
    a[i] = m + std::log(s);
  }
}

void w5(const float *x, const float *y, int32_t *k, int64_t n, int64_t begin,
        int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    float least = std::numeric_limits<float>::max();
    for (int64_t j = 0; j < n; ++j) {
      const float q = squared<64>(x + 64 * i, y + 64 * j);
      if (q < least)
        least = q, k[i] = int32_t(j);
    }
  }
}

void w7(const float *x, const float *y, const float *b, float *a, int64_t n,
        int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    float s = 0;
    for (int64_t j = 0; j < n; ++j)
      s += std::exp(squared<100>(x + 100 * i, y + 100 * j) / -200) * b[j];
    a[i] = s;
  }
}

} // extern "C"
