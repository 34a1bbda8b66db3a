//===- PluginTest.cpp - libraries that come and go ------------------------===//

#include <catch2/catch.hpp>
#include <dirent.h>
#include <dlfcn.h>
#include <unistd.h>

static int countThreads() {
  int count = 0;
  if (DIR *folder = opendir("/proc/self/task")) {
    while (dirent *entry = readdir(folder))
      count += entry->d_name[0] != '.';
    closedir(folder);
  }
  return count;
}

/// A thread that has been joined may be listed a moment longer: the kernel wakes
/// who joins before it takes the thread off the list.
static int countThreadsThatStay(int expected) {
  int count = countThreads();
  for (int wait = 0; count != expected && wait < 1000; ++wait) {
    usleep(1000);
    count = countThreads();
  }
  return count;
}

TEST_CASE("a library with its own runtime can be closed", "[adv-R33]") {
  const int before = countThreads();
  for (int k = 0; k < 300; ++k) {
    void *library = dlopen(KDSL_TEST_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library);
    auto run = reinterpret_cast<int (*)()>(dlsym(library, "runInPlugin"));
    REQUIRE(run);
    REQUIRE(run());
    REQUIRE(dlclose(library) == 0);
    // Its workers have ended before their code was unmapped.
    REQUIRE(countThreadsThatStay(before) == before);
  }
}
