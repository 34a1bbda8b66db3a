//===- Options.cpp - command lines of the checks --------------------------===//

#include "test/replay/Options.h"
#include "test/replay/Device.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

using namespace replay;

Options::Options(int argc, char **argv, const std::vector<std::string> &names) {
  for (int k = 1; k < argc; ++k) {
    const std::string word = argv[k];
    if (word.rfind("--", 0) != 0 && where.empty()) {
      where = word;
      continue;
    }
    const size_t equals = std::min(word.find('='), word.size());
    const std::string name = word.substr(std::min<size_t>(2, equals),
                                         equals - std::min<size_t>(2, equals));
    if (word.rfind("--", 0) != 0 || equals == word.size() ||
        std::find(names.begin(), names.end(), name) == names.end())
      throw std::runtime_error("'" + word + "' is no option here");
    values[name] = word.substr(equals + 1);
  }
  if (where.empty())
    throw std::runtime_error("expected the folder of a bundle");
}

std::string Options::text(const std::string &name,
                          const std::string &otherwise) const {
  auto found = values.find(name);
  return found == values.end() ? otherwise : found->second;
}

int64_t Options::number(const std::string &name, int64_t otherwise) const {
  const std::vector<int64_t> all = numbers(name, std::to_string(otherwise));
  if (all.size() != 1)
    throw std::runtime_error("--" + name + ": expected one number");
  return all[0];
}

std::vector<int64_t> Options::numbers(const std::string &name,
                                      const std::string &otherwise) const {
  const std::string list = text(name, otherwise);
  std::vector<int64_t> result;
  for (const char *at = list.c_str();; ++at) {
    char *end = nullptr;
    result.push_back(strtoll(at, &end, 10));
    if (*at < '0' || *at > '9' || (*end && *end != ','))
      throw std::runtime_error("--" + name + ": '" + list +
                               "' is no list of numbers");
    at = end;
    if (!*at)
      return result;
  }
}

int replay::runCheck(const char *program, int argc, char **argv,
                     const std::vector<std::string> &names,
                     int (*check)(const Options &)) {
  try {
    return check(Options(argc, argv, names));
  } catch (const NotHere &reason) {
    printf("not here: %s\n", reason.what());
    return NoMachine;
  } catch (const std::exception &error) {
    fprintf(stderr, "%s: %s\n", program, error.what());
    return WrongUsage;
  }
}
