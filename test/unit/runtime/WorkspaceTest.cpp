//===- WorkspaceTest.cpp - memory of a call -------------------------------===//

#include "Faults.h"
#include "TestProgram.h"
#include <catch2/catch.hpp>
#include <cstdlib>

using namespace kdsl_test;

namespace {
/// An allocator that counts, checks and can fail.
struct Heap {
  int live = 0, calls = 0, failAt = -1;
  size_t lastBytes = 0;
  bool misaligned = false;

  kdsl_allocator interface() { return {this, alloc, release}; }
  static void *alloc(void *self, size_t bytes, size_t align, int mem) {
    Heap &heap = *static_cast<Heap *>(self);
    REQUIRE(mem == KDSL_MEM_HOST);
    REQUIRE(align == 64);
    if (heap.calls++ == heap.failAt)
      return nullptr;
    ++heap.live;
    heap.lastBytes = bytes;
    char *memory = static_cast<char *>(std::aligned_alloc(64, bytes + 64));
    return heap.misaligned ? memory + 4 : memory;
  }
  static void release(void *self, void *p, size_t bytes, int mem) {
    Heap &heap = *static_cast<Heap *>(self);
    REQUIRE(mem == KDSL_MEM_HOST);
    REQUIRE(bytes == heap.lastBytes);
    --heap.live;
    std::free(heap.misaligned ? static_cast<char *>(p) - 4 : p);
  }
};
} // namespace

TEST_CASE("a workspace of the stated size is enough, at any address") {
  for (int threads : {1, 3}) {
    Problem problem(300, 500);
    kdsl_exec exec = {};
    exec.threads = threads;
    const size_t need = kdsl_workspace_v1(&pickKernel(), &problem.args, &exec);
    REQUIRE(need > 500 * sizeof(float));
    std::vector<char> room(need + 64, 'z');
    for (size_t shift = 0; shift < 64; ++shift) {
      exec.workspace = room.data() + shift;
      exec.workspace_bytes = need;
      REQUIRE(problem.run(&exec) == KDSL_OK);
      REQUIRE(problem.isRight());
      for (size_t k = 0; k < room.size(); ++k)
        if (k < shift || k >= shift + need)
          REQUIRE(room[k] == 'z');
      std::fill(room.begin(), room.end(), 'z');
    }
  }
}

TEST_CASE("a small workspace is refused with the need", "[adv-R30]") {
  Problem problem(300, 500);
  kdsl_exec exec = {};
  const size_t need = kdsl_workspace_v1(&pickKernel(), &problem.args, &exec);
  std::vector<char> room(need);
  exec.workspace = room.data();
  for (size_t bytes : {size_t(0), size_t(1), size_t(64), need - 128}) {
    exec.workspace_bytes = bytes;
    CHECK(problem.run(&exec) == KDSL_ENOMEM);
    CHECK(lastErrorHas("has " + std::to_string(bytes) + " bytes"));
    CHECK(lastErrorHas("at least " + std::to_string(need)));
    CHECK(problem.isUntouched());
  }
}

TEST_CASE("a workspace in an array is refused") {
  Problem problem(300, 500);
  kdsl_exec exec = {};
  exec.workspace = problem.x.data();
  exec.workspace_bytes = 1 << 20;
  CHECK(problem.run(&exec) == KDSL_EARG);
  CHECK(lastErrorHas("argument 1 'x' overlaps the workspace"));
  CHECK(problem.isUntouched());
}

TEST_CASE("the workspace of wrong arguments is 0") {
  Problem problem(3, 4);
  problem.args.N = -1;
  char text[80] = {};
  kdsl_exec exec = {};
  exec.err = text;
  exec.err_len = sizeof(text);
  CHECK(kdsl_workspace_v1(&pickKernel(), &problem.args, &exec) == 0);
  CHECK(std::string(text).find("size N is -1") != std::string::npos);
}

TEST_CASE("the workspace is known before the arrays") {
  PickArgs sizes = {};
  sizes.M = 10;
  sizes.N = 1000;
  CHECK(kdsl_workspace_v1(&pickKernel(), &sizes, nullptr) > 4000);
}

TEST_CASE("a workspace beyond the address space is refused") {
  PickArgs huge = {};
  huge.M = int64_t(1) << 56;
  KernelCopy copy;
  const int32_t axisM[] = {0};
  const kdsl_temp wide = {1, 0, axisM, 1 << 20};
  copy.kernel.temps = &wide;
  CHECK(kdsl_workspace_v1(&copy.kernel, &huge, nullptr) == 0);
  CHECK(lastErrorHas("larger than the address space"));
}

TEST_CASE("the caller's allocator is used and given back", "[adv-R30]") {
  Heap heap;
  kdsl_allocator allocator = heap.interface();
  kdsl_exec exec = {};
  exec.alloc = &allocator;
  Problem problem(300, 500);
  for (int fail = 0;; ++fail) {
    heap.calls = 0;
    heap.failAt = fail;
    const int status = problem.run(&exec);
    CHECK(heap.live == 0);
    if (status == KDSL_OK)
      break;
    CHECK(status == KDSL_ENOMEM);
    CHECK(lastErrorHas("the caller's allocator gave no memory"));
    CHECK(problem.isUntouched());
    REQUIRE(fail < 10);
  }
  CHECK(problem.isRight());
}

TEST_CASE("misaligned memory of the caller's allocator is refused") {
  Heap heap;
  heap.misaligned = true;
  kdsl_allocator allocator = heap.interface();
  kdsl_exec exec = {};
  exec.alloc = &allocator;
  Problem problem(300, 500);
  CHECK(problem.run(&exec) == KDSL_EARG);
  CHECK(lastErrorHas("expected a multiple of 64"));
  CHECK(heap.live == 0);
}

TEST_CASE("no memory from the system", "[adv-R30]") {
  Problem problem(300, 500);
  allocationsLeft = 0;
  CHECK(problem.run() == KDSL_ENOMEM);
  CHECK(lastErrorHas("the system gave no memory"));
  CHECK(problem.isUntouched());
  allocationsLeft = -1;
  CHECK(problem.run() == KDSL_OK);
  CHECK(problem.isRight());
}
