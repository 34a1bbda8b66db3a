//===- CheckSchedules.cpp - whether targets can do what is asked ----------===//

#include "compiler/CheckSchedules.h"
#include "compiler/Target.h"
#include <fmt/format.h>
#include <set>

namespace kdslc {

namespace {

class ScheduleCheck {
public:
  ScheduleCheck(llvm::ArrayRef<std::string> targets, DiagnosticEngine &diags)
      : compiled(targets), diags(diags) {}

  void program(const CheckedProgram &program);

private:
  void checkNumber(const CheckedSchedule &schedule,
                   const CheckedSchedule::Setting &setting,
                   const Target &target);
  void checkTogether(const CheckedProgram &program, const Target &target);
  std::vector<const Target *> targetsOf(const CheckedSchedule &schedule) const;
  void report(Label label, SourceRange range, std::string message);

  llvm::ArrayRef<std::string> compiled;
  DiagnosticEngine &diags;
  /// One error for a setting: bodies share them, and so do targets.
  std::set<const char *> reported;
};

} // namespace

void ScheduleCheck::report(Label label, SourceRange range,
                           std::string message) {
  if (reported.insert(range.Start.getPointer()).second)
    diags.error(label, range, std::move(message));
}

std::vector<const Target *>
ScheduleCheck::targetsOf(const CheckedSchedule &schedule) const {
  std::vector<const Target *> targets;
  if (!schedule.target.empty()) {
    if (const Target *target = findTarget(schedule.target))
      targets.push_back(target);
    return targets;
  }
  for (const std::string &name : compiled)
    targets.push_back(findTarget(name));
  return targets;
}

void ScheduleCheck::checkNumber(const CheckedSchedule &schedule,
                                const CheckedSchedule::Setting &setting,
                                const Target &target) {
  std::string why = target.refuse(setting.key, setting.number);
  if (why.empty())
    return;
  if (schedule.target.empty())
    why += fmt::format(" (of {}; 'for \"..\"' names a target)",
                       target.name().str());
  report(Label::K035, setting.range, why);
}

/// What no single setting shows.
void ScheduleCheck::checkTogether(const CheckedProgram &program,
                                  const Target &target) {
  ScheduleWishes wishes;
  SourceRange lanesRange;
  for (bool named : {false, true})
    for (const CheckedSchedule &schedule : program.schedules)
      if (named ? schedule.target == target.name() : schedule.target.empty())
        for (const CheckedSchedule::Setting &setting : schedule.settings)
          if (int64_t *number = wishes.find(setting.key)) {
            *number = setting.number;
            if (number == &wishes.lanes)
              lanesRange = setting.range;
          }
  if (wishes.tileRows && wishes.lanes > wishes.tileRows)
    report(Label::K035, lanesRange,
           fmt::format("{} rows at once do not fit tile_i = {}", wishes.lanes,
                       wishes.tileRows));
}

void ScheduleCheck::program(const CheckedProgram &program) {
  std::set<std::pair<std::string, std::string>> set;
  for (const CheckedSchedule &schedule : program.schedules) {
    if (!schedule.target.empty() && !findTarget(schedule.target)) {
      std::string names;
      for (const auto &target : allTargets())
        names += (names.empty() ? "" : ", ") + target->name().str();
      report(Label::K035, schedule.range,
             fmt::format("unknown target '{}'; targets are {}", schedule.target,
                         names));
      continue;
    }
    for (const CheckedSchedule::Setting &setting : schedule.settings) {
      if (!set.insert({schedule.target, setting.key}).second)
        report(Label::K035, setting.range,
               fmt::format("'{}' is set twice", setting.key));
      else if (setting.key == "form" && !schedule.target.empty())
        report(Label::K035, setting.range,
               "'form' is for all targets, which share the arrays that it needs; "
               "leave out 'for \"" + schedule.target + "\"'");
      else if (setting.word.empty())
        for (const Target *target : targetsOf(schedule))
          checkNumber(schedule, setting, *target);
    }
  }
  for (const auto &target : allTargets())
    checkTogether(program, *target);
}

void checkSchedules(const CheckedFile &file,
                    llvm::ArrayRef<std::string> targets,
                    DiagnosticEngine &diags) {
  ScheduleCheck check(targets, diags);
  for (const CheckedProgram &program : file.programs)
    check.program(program);
}

} // namespace kdslc
