//===- CallTest.cpp - what a call checks before it writes -----------------===//

#include "TestProgram.h"
#include <catch2/catch.hpp>
#include <cstring>

using namespace kdsl_test;

/// Expects KDSL_EARG, a message with these words, and untouched outputs.
#define CHECK_REFUSED(PROBLEM, ...)                                            \
  do {                                                                         \
    CHECK((PROBLEM).run() == KDSL_EARG);                                       \
    for (const char *word : {__VA_ARGS__}) {                                   \
      INFO(kdsl_last_error());                                                 \
      CHECK(lastErrorHas(word));                                               \
    }                                                                          \
    CHECK((PROBLEM).isUntouched());                                            \
  } while (false)

TEST_CASE("every status has a sentence") {
  for (int status = KDSL_OK; status <= KDSL_EINTERNAL; ++status)
    CHECK(std::strcmp(kdsl_strerror(status), "unknown status") != 0);
  CHECK(std::string(kdsl_strerror(-1)) == "unknown status");
  CHECK(std::string(kdsl_strerror(99)) == "unknown status");
  CHECK(kdsl_last_error() != nullptr);
}

TEST_CASE("sizes around tiles give right results", "[adv-R02]") {
  for (int64_t M : {1, 2, 7, 8, 9, 16, 63, 65, 200})
    for (int64_t N : {1, 2, 63, 64, 65, 130}) {
      Problem problem(M, N);
      REQUIRE(problem.run() == KDSL_OK);
      REQUIRE(problem.isRight());
    }
}

TEST_CASE("empty sizes allow null pointers", "[adv-R01]") {
  Problem noRows(0, 5);
  noRows.args.x = nullptr;
  noRows.args.a = nullptr;
  noRows.args.idx = nullptr;
  CHECK(noRows.run() == KDSL_OK);

  Problem noPairs(5, 0);
  noPairs.args.y = nullptr;
  CHECK(noPairs.run() == KDSL_OK);
  CHECK(noPairs.isRight());

  PickArgs nothing = {};
  CHECK(kdsl_call_v1(&pickKernel(), &nothing, nullptr) == KDSL_OK);
}

TEST_CASE("wrong sizes are refused before memory is touched", "[adv-R04]") {
  Problem problem(3, 4);
  problem.args.M = -1;
  CHECK_REFUSED(problem, "pick", "M is -1");
  problem.args.M = int64_t(1) << 62;
  CHECK_REFUSED(problem, "M is 4611686018427387904");
  problem.args.M = 3;
  problem.args.N = INT64_MIN;
  CHECK_REFUSED(problem, "size N");
  problem.args.N = 4;
  problem.args.j_base = -1;
  CHECK_REFUSED(problem, "j_base is -1");
  problem.args.j_base = 0;
  problem.args.i_base = -5;
  CHECK_REFUSED(problem, "i_base is -5");
}

TEST_CASE("a span that overflows is refused", "[adv-R04]") {
  Problem problem(3, 4);
  problem.args.x_stride[0] = INT64_MAX / 2;
  CHECK_REFUSED(problem, "argument 1 'x'", "too large", "3 rows of 2 f32");
  problem.args.x_stride[0] = INT64_MAX / 8; // overflows in bytes only
  CHECK_REFUSED(problem, "argument 1 'x'", "too large");
}

TEST_CASE("i32 outputs refuse rows that they cannot number", "[adv-R06]") {
  Problem problem(3, 4);
  problem.args.j_base = INT32_MAX - 4;
  CHECK(problem.run() == KDSL_OK);
  CHECK(problem.isRight());
  Problem tooFar(3, 4);
  tooFar.args.j_base = INT32_MAX - 3;
  CHECK_REFUSED(tooFar, "'idx' is i32", "N = 4", "2147483647");
}

TEST_CASE("null arrays are named", "[adv-R07]") {
  Problem x(3, 4);
  x.args.x = nullptr;
  CHECK_REFUSED(x, "argument 1 'x' is null", "3 rows of 2 f32");
  Problem a(3, 4);
  a.args.a = nullptr;
  CHECK_REFUSED(a, "argument 4 'a' is null", "3 rows of 1 f32");
}

TEST_CASE("arrays must be aligned to their element", "[adv-R08]") {
  Problem problem(3, 4);
  problem.args.x =
      reinterpret_cast<const float *>(reinterpret_cast<char *>(1001));
  CHECK_REFUSED(problem, "argument 1 'x'", "multiple of 4");
  // Any address that is a multiple of 4 will do.
  Problem shifted(3, 4);
  std::vector<float> room(7);
  std::copy(shifted.x.begin(), shifted.x.end(), room.begin() + 1);
  shifted.args.x = room.data() + 1;
  CHECK(shifted.run() == KDSL_OK);
  CHECK(shifted.isRight());
}

TEST_CASE("outputs overlap nothing", "[adv-R09]") {
  Problem exact(4, 4);
  exact.args.a = exact.x.data();
  CHECK_REFUSED(exact, "argument 4 'a'", "overlaps argument 1 'x'");
  Problem partly(4, 4);
  partly.args.a = partly.y.data() + 4;
  CHECK_REFUSED(partly, "overlaps argument 2 'y'");
  Problem both(4, 4);
  both.args.idx = reinterpret_cast<int32_t *>(both.a.data());
  CHECK_REFUSED(both, "argument 5 'idx'", "overlaps argument 4 'a'");
  Problem strided(4, 4); // between the rows of x
  strided.args.M = 2;
  strided.args.x_stride[0] = 6;
  strided.args.a = strided.x.data() + 3;
  CHECK_REFUSED(strided, "overlaps argument 1 'x'");
  Problem neighbours(4, 4);
  neighbours.args.M = 2;
  neighbours.args.a = neighbours.x.data() + 4; // directly behind
  CHECK(neighbours.run() == KDSL_OK);
}

TEST_CASE("inputs may alias each other", "[adv-R09]") {
  Problem problem(6, 6);
  problem.y = problem.x;
  problem.args.y = problem.args.x;
  CHECK(problem.run() == KDSL_OK);
  CHECK(problem.isRight());
}

TEST_CASE("strides are in elements and rows lie apart") {
  Problem wrong(3, 4);
  wrong.args.x_stride[0] = 1;
  CHECK_REFUSED(wrong, "argument 1 'x' has stride 1 on axis M", "at least 2");
  wrong.args.x_stride[0] = -2;
  CHECK_REFUSED(wrong, "has stride -2");

  Problem problem(5, 7);
  std::vector<float> x(5 * 3), y(7 * 5), a(5 * 4, -7.f);
  for (size_t k = 0; k < problem.x.size(); ++k)
    x[k / 2 * 3 + k % 2] = problem.x[k];
  for (size_t k = 0; k < problem.y.size(); ++k)
    y[k / 2 * 5 + k % 2] = problem.y[k];
  const PickArgs before = problem.args;
  problem.args.x = x.data();
  problem.args.x_stride[0] = 3;
  problem.args.y = y.data();
  problem.args.y_stride[0] = 5;
  problem.args.a = a.data();
  problem.args.a_stride[0] = 4;
  kdsl_stats stats = {};
  kdsl_exec exec = {};
  exec.stats = &stats;
  REQUIRE(problem.run(&exec) == KDSL_OK);
  CHECK(stats.bytes_copied == 7 * 2 * 4); // y is read as j rows: packed
  CHECK(problem.args.y == y.data());      // the caller's struct is as it was
  CHECK(problem.args.idx_stride[0] == before.idx_stride[0]);
  for (size_t i = 0; i < 5; ++i) {
    problem.a[i] = a[4 * i];
    CHECK(a[4 * i + 1] == -7.f); // the gap is not written
  }
  CHECK(problem.isRight());
}

TEST_CASE("no rows take no memory, however far apart") {
  struct {
    int64_t M, N, i_base, j_base;
    const float *w;
    int64_t stride[2];
  } args = {3, 0, 0, 0, nullptr, {8, 2}};
  const int32_t axes[] = {0, 1};
  kdsl_arg w = pickKernel().args[0];
  w.name = "w";
  w.n_axes = 2;
  w.axes = axes;
  w.offset = 4 * 8;
  w.stride_offset = 5 * 8;
  KernelCopy copy;
  copy.kernel.args = &w;
  copy.kernel.n_args = 1;
  copy.kernel.n_phases = 0;
  copy.kernel.args_bytes = sizeof(args);
  CHECK(kdsl_call_v1(&copy.kernel, &args, nullptr) == KDSL_OK);
  args.N = 1;
  CHECK(kdsl_call_v1(&copy.kernel, &args, nullptr) == KDSL_EARG);
  CHECK(lastErrorHas("argument 1 'w' is null, expected 3 x 1 rows"));
}

TEST_CASE("wrong options are refused") {
  Problem problem(3, 4);
  auto refused = [&](kdsl_exec exec, int status, const char *word) {
    CHECK(problem.run(&exec) == status);
    INFO(kdsl_last_error());
    CHECK(lastErrorHas(word));
    CHECK(problem.isUntouched());
  };
  kdsl_exec exec = {};
  exec.size = 8;
  refused(exec, KDSL_EARG, "exec has size 8");
  exec = {};
  exec.flags = 4;
  refused(exec, KDSL_EARG, "exec.flags is 0x4");
  exec = {};
  exec.mem = 2;
  refused(exec, KDSL_EARG, "exec.mem is 2");
  exec = {};
  exec.mem = KDSL_MEM_DEVICE;
  refused(exec, KDSL_EARG, "KDSL_CPU, which needs KDSL_MEM_HOST");
  exec.device = KDSL_AUTO;
  refused(exec, KDSL_ETARGET, "no device code");
  exec = {};
  exec.device = KDSL_CUDA(3);
  refused(exec, KDSL_ETARGET, "no device code");
  exec.device = -2;
  refused(exec, KDSL_EARG, "exec.device is -2");
  exec = {};
  exec.threads = -1;
  refused(exec, KDSL_EARG, "exec.threads is -1");
  exec = {};
  exec.isa = 6;
  refused(exec, KDSL_EARG, "exec.isa is 6");
  exec = {};
  exec.workspace_bytes = 64;
  refused(exec, KDSL_EARG, "exec.workspace is null");
  exec = {};
  exec.err_len = 64;
  refused(exec, KDSL_EARG, "exec.err is null");
  kdsl_pool pool = {};
  exec = {};
  exec.pool = &pool;
  refused(exec, KDSL_EARG, "exec.pool has no function and 0 workers");
  kdsl_allocator allocator = {};
  exec = {};
  exec.alloc = &allocator;
  refused(exec, KDSL_EARG, "exec.alloc needs both functions");
}

TEST_CASE("options of other versions of the header") {
  struct Newer {
    kdsl_exec known;
    int64_t added;
  } newer = {};
  newer.known.size = sizeof(newer);
  Problem problem(3, 4);
  CHECK(problem.run(&newer.known) == KDSL_OK);
  newer.added = 1;
  CHECK(problem.run(&newer.known) == KDSL_EARG);
  CHECK(lastErrorHas("sets a field that this runtime does not know"));
}

TEST_CASE("other interface versions are refused", "[adv-R33]") {
  KernelCopy copy;
  Problem problem(3, 4);
  copy.kernel.abi = KDSL_ABI_OLDEST;
  CHECK(kdsl_call_v1(&copy.kernel, &problem.args, nullptr) == KDSL_OK);
  for (uint32_t version : {KDSL_ABI_OLDEST - 1, KDSL_ABI + 1}) {
    copy.kernel.abi = version;
    CHECK(kdsl_call_v1(&copy.kernel, &problem.args, nullptr) == KDSL_EABI);
    CHECK(lastErrorHas("version " + std::to_string(version)));
  }
  CHECK(kdsl_workspace_v1(&copy.kernel, &problem.args, nullptr) == 0);
  CHECK(kdsl_call_v1(nullptr, &problem.args, nullptr) == KDSL_EARG);
  CHECK(kdsl_call_v1(&pickKernel(), nullptr, nullptr) == KDSL_EARG);
}

TEST_CASE("messages are copied and cut") {
  Problem problem(3, 4);
  char text[12];
  kdsl_exec exec = {};
  exec.size = sizeof(exec);
  exec.err = text;
  exec.err_len = sizeof(text);
  problem.args.M = -1;
  CHECK(problem.run(&exec) == KDSL_EARG);
  CHECK(std::string(text) == "program 'pi");
  problem.args.M = 3;
  CHECK(problem.run(&exec) == KDSL_OK);
  CHECK(std::string(text).empty());
}

TEST_CASE("stats say what ran") {
  Problem problem(30, 40);
  kdsl_stats stats = {};
  kdsl_exec exec = {};
  exec.stats = &stats;
  exec.isa = KDSL_ISA_V2;
  exec.device = KDSL_AUTO;
  REQUIRE(problem.run(&exec) == KDSL_OK);
  CHECK(stats.pairs == 1200);
  CHECK(stats.bytes_copied == 0);
  CHECK(stats.seconds >= 0);
  CHECK(std::string(stats.variant) == "x86-64-v2");
  CHECK(stats.fell_back == 1);
  exec.device = KDSL_CPU;
  REQUIRE(problem.run(&exec) == KDSL_OK);
  CHECK(stats.fell_back == 0);
}

TEST_CASE("a call takes the body for its sizes") {
  // N stands for a feature size that `specialize` lists.
  KernelCopy five, seven;
  const int64_t isFive[] = {-1, 5}, isSeven[] = {-1, 7};
  const kdsl_kernel *bodies[] = {&five.kernel, &seven.kernel};
  five.kernel.fixed = isFive;
  seven.kernel.fixed = isSeven;
  for (KernelCopy *body : {&five, &seven}) {
    body->kernel.bodies = bodies;
    body->kernel.n_bodies = 2;
    for (kdsl_variant &variant : body->variants)
      variant.target = body == &five ? "five" : "seven";
  }
  kdsl_stats stats = {};
  kdsl_exec exec = {};
  exec.size = sizeof(exec);
  exec.stats = &stats;
  for (const kdsl_kernel *given : bodies)
    for (int64_t N : {5, 7}) {
      Problem problem(9, N);
      REQUIRE(kdsl_call_v1(given, &problem.args, &exec) == KDSL_OK);
      CHECK(problem.isRight());
      CHECK(std::string(stats.variant) == (N == 5 ? "five" : "seven"));
      CHECK(kdsl_workspace_v1(given, &problem.args, nullptr) > 0);
    }

  for (int64_t N : {int64_t(6), int64_t(0), int64_t(-5), INT64_MAX}) {
    Problem problem(9, 5);
    problem.args.N = N;
    CHECK(kdsl_call_v1(&five.kernel, &problem.args, nullptr) == KDSL_EARG);
    CHECK(kdsl_last_error() ==
          "program 'pick': size N is " + std::to_string(N) +
              ", which is not compiled; compiled are 5, 7");
    CHECK(problem.isUntouched());
    CHECK(kdsl_workspace_v1(&seven.kernel, &problem.args, nullptr) == 0);
  }
}
