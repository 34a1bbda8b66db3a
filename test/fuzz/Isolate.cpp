//===- Isolate.cpp - work that may crash ----------------------------------===//

#include "Verdict.h"
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kdslc::fuzz {

/// Processor time of one program; the machine may be busy.
static constexpr rlim_t maxSeconds = 60;

static std::string contents(int file) {
  std::string text;
  char buffer[4096];
  lseek(file, 0, SEEK_SET);
  for (ssize_t n; (n = read(file, buffer, sizeof(buffer))) > 0;)
    text.append(buffer, size_t(n));
  return text;
}

static void put(int file, const std::string &text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t n = write(file, text.data() + at, text.size() - at);
    if (n <= 0)
      return;
    at += size_t(n);
  }
}

[[noreturn]] static void runChild(const std::function<Verdict()> &work,
                                  int result, int printed) {
  dup2(printed, STDOUT_FILENO);
  dup2(printed, STDERR_FILENO);
  const rlimit seconds = {maxSeconds, maxSeconds + 5}; // SIGXCPU first
  setrlimit(RLIMIT_CPU, &seconds);
  const Verdict v = work();
  put(result, fmt::format("{} {} {} {} {}\n{}", int(v.outcome), v.where,
                          v.numbers, v.predictable, v.tight, v.text));
  _exit(0); // without destructors: the process is gone anyhow
}

Verdict isolated(const std::function<Verdict()> &work) {
  const int result = memfd_create("verdict", 0);
  const int printed = memfd_create("printed", 0);
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0)
    runChild(work, result, printed);
  int status = 0;
  if (child > 0)
    waitpid(child, &status, 0);
  const std::string said = contents(result), noise = contents(printed);
  close(result);
  close(printed);

  Verdict verdict;
  if (child < 0) {
    verdict.outcome = Outcome::Fails;
    verdict.text = "no process could be made";
  } else if (WIFSIGNALED(status) || said.empty()) {
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    verdict.outcome = signal == SIGXCPU ? Outcome::TimesOut : Outcome::Crashes;
    verdict.text = (signal ? strsignal(signal) : "no result") +
                   (noise.empty() ? "" : "\n" + noise);
  } else {
    std::istringstream text(said);
    int outcome = 0;
    text >> outcome >> verdict.where >> verdict.numbers >>
        verdict.predictable >> verdict.tight;
    text.ignore();
    std::getline(text, verdict.text, '\0');
    verdict.outcome = Outcome(outcome);
    if (verdict.outcome == Outcome::Refused)
      verdict.text = noise;
  }
  return verdict;
}

} // namespace kdslc::fuzz
