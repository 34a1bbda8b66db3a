//===- Options.h - command lines of the checks ----------------------------===//

#ifndef KDSL_TEST_REPLAY_OPTIONS_H
#define KDSL_TEST_REPLAY_OPTIONS_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace replay {

/// A folder, and options --name=value.
class Options {
public:
  /// Throws std::runtime_error for what is not in `names`.
  Options(int argc, char **argv, const std::vector<std::string> &names);

  const std::string &folder() const { return where; }
  std::string text(const std::string &name, const std::string &otherwise) const;
  /// Throws std::runtime_error for what is no number, or below 0.
  int64_t number(const std::string &name, int64_t otherwise) const;
  /// "10,100"; likewise.
  std::vector<int64_t> numbers(const std::string &name,
                               const std::string &otherwise) const;

private:
  std::string where;
  std::map<std::string, std::string> values;
};

/// How a check ends.
enum ExitStatus { AllRight, SomeWrong, WrongUsage, NoMachine, DeviceLost };

/// What main() returns: the status that `check` gives for these options, or that
/// of what it throws, with a word about it.
int runCheck(const char *program, int argc, char **argv,
             const std::vector<std::string> &names,
             int (*check)(const Options &));

} // namespace replay

#endif // KDSL_TEST_REPLAY_OPTIONS_H
