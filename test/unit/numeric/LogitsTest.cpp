//===- LogitsTest.cpp - logsumexp and softmax_sum of special logits -------===//

#include "Checks.h"
#include "SpecialRows.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace kdslc::test;

TEST_CASE("logsumexp of special logits") {
  for (int64_t at : places) {
    CAPTURE(at);
    // Weight 0 wherever it stands; the rest are 36 zeros.
    onEach("softmin", "lse", except({at}, -inf, always(0)), "f",
           nearly(std::log(36.0)));
    onEach("softmin", "lse", except({at}, inf, mixed()), "f", equals(inf));
    // But a NaN is never dropped: neither before nor after it.
    if (at != 17)
      onEach("softmin", "lse",
             except({17}, inf, except({at}, notANumber, mixed())), "f", isNaN);
    // All others weigh nothing.
    onEach("softmin", "lse", except({at}, 0.5, always(-inf)), "f", nearly(0.5));
  }
  onEach("softmin", "lse", always(-inf), "f", equals(-inf));
  onEach("softmin", "lse", except({2, 30}, inf, mixed()), "f", equals(inf));
  onEach("softmin", "lse", listed({1.7}), "f", nearly(1.7), 1);
}

TEST_CASE("softmax_sum of special logits and values") {
  // Logits y, values y: x = 1.
  for (int64_t at : places) {
    CAPTURE(at);
    // Weight 0 wherever it stands, also for a value that is not finite.
    onEach("softmax", "softmax", except({at}, -inf, always(0.5)), "a",
           equals(0.5));
    onEach("softmax", "softmax", except({at}, notANumber, mixed()), "a", isNaN);
    // The one logit of +inf takes all.
    onEach("softmax", "softmax", except({at}, inf, mixed()), "a", equals(inf));
    // But a NaN is never dropped: neither before nor after it.
    Maker both = except({17}, inf, except({at}, notANumber, mixed()));
    if (at != 17) {
      onEach("softmax", "softmax", both, "a", isNaN);
      onEach("softmax", "lse_weighted", both, "f", isNaN);
    }
    onEach("softmax", "softmax", except({at}, 0.5, always(-inf)), "a",
           equals(0.5));
    onEach("softmax", "lse_weighted", except({at}, -inf, always(0)), "f",
           isFinite);
  }
  onEach("softmax", "softmax", always(-inf), "a", equals(0));
  onEach("softmax", "softmax", except({2, 30}, inf, mixed()), "a", isNaN);
  onEach("softmax", "softmax", listed({0.75}), "a", equals(0.75), 1);
  // The predicate leaves nothing, or one.
  onEach("softmax", "softmax", mixed(), "b", equals(0));
  onEach("softmax", "softmax",
         except({20}, 2, except({3, 36}, notANumber, mixed())), "b",
         equals(-1));
  // Of nothing.
  onEach("softmax", "softmax", mixed(), "a", equals(0), 0);
  onEach("softmax", "lse_weighted", mixed(), "f", equals(-inf), 0);
}

TEST_CASE("softmax_sum of large logits in any order") {
  auto rising = [](int64_t j, int64_t) { return -1e4 + 540.0 * double(j); };
  auto falling = [](int64_t j, int64_t) { return 1e4 - 540.0 * double(j); };
  auto alternating = [](int64_t j, int64_t) { return j % 2 ? 1e4 : -1e4; };
  for (const Maker &y :
       std::initializer_list<Maker>{rising, falling, alternating}) {
    onEach("softmax", "softmax", y, "a", isFinite);
    onEach("softmax", "softmax", y, "a", isFinite, 5);
  }
  onEach("softmax", "softmax", alternating, "a", nearly(1e4));
}

TEST_CASE("logsumexp of large logits in any order") {
  auto rising = [](int64_t j, int64_t) { return -1e4 + 540.0 * double(j); };
  auto falling = [](int64_t j, int64_t) { return 1e4 - 540.0 * double(j); };
  auto alternating = [](int64_t j, int64_t) { return j % 2 ? 1e4 : -1e4; };
  auto near = [](int64_t j, int64_t) { return 1e4 + 0.125 * double(j % 7); };
  for (const Maker &y :
       std::initializer_list<Maker>{rising, falling, alternating, near}) {
    onEach("softmin", "lse", y, "f", isFinite);
    onEach("softmin", "lse", y, "f", isFinite, 5);
  }
  onEach("softmin", "lse", listed({-1e38, 1e38, 0}), "f", nearly(1e38), 3);
}

TEST_CASE("logsumexp of small differences of large numbers") {
  const Makers makers = {{"x", spread("x", 1000, 1002)},
                         {"y", spread("y", 1000, 1002)}};
  for (const Build &build : {Build(), inDouble(), asWritten()}) {
    Program program = compiled("softmin", build)["lse_where"];
    CAPTURE(build.optLevel);
    checkOnEach(Trial(program, {19, rows}, makers), program);
  }
}
