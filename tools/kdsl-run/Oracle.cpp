//===- Oracle.cpp - results against the reference interpreter -------------===//

#include "Oracle.h"
#include "Ranges.h"
#include "Failure.h"
#include "compiler/reference/Compare.h"
#include <algorithm>
#include <deque>

using namespace kdslrun;
namespace reference = kdslc::reference;

/// The interpreter does some ten million pairs a second.
static constexpr int64_t maxPairs = 4000000;
static constexpr int64_t minRows = 16;

/// Rows to look at: for each size, as many as the budget allows, evenly spread,
/// the first and the last among them. None: all rows.
static std::optional<std::vector<int64_t>> chooseRows(const Call &call) {
  const uint32_t axes = call.program().n_sizes;
  int64_t largest = 1;
  for (uint32_t k = 0; k < axes; ++k)
    largest = std::max(largest, call.size(k));
  const int64_t budget =
      std::max(minRows, maxPairs / largest / std::max<int64_t>(axes, 1));
  if (largest <= budget)
    return std::nullopt;
  std::vector<int64_t> rows;
  for (uint32_t k = 0; k < axes; ++k) {
    const int64_t size = call.size(k), taken = std::min(size, budget);
    for (int64_t n = 0; n < taken; ++n)
      rows.push_back(
          taken > 1 ? int64_t(double(size - 1) * double(n) / double(taken - 1))
                    : 0);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

static kdslc::Elem elemOf(kdsl_type type) {
  switch (type) {
  case KDSL_BOOL:
    return kdslc::Elem::Bool;
  case KDSL_I32:
    return kdslc::Elem::I32;
  case KDSL_I64:
    return kdslc::Elem::I64;
  case KDSL_F16:
    return kdslc::Elem::F16;
  case KDSL_BF16:
    return kdslc::Elem::BF16;
  case KDSL_F32:
    return kdslc::Elem::F32;
  case KDSL_F64:
    return kdslc::Elem::F64;
  }
  return kdslc::Elem::F64;
}

reference::Ranges kdslrun::referenceRanges(const kdsl_ranges &ranges) {
  auto copy = [](const int64_t *numbers, int64_t count) {
    return std::vector<int64_t>(numbers, numbers + count);
  };
  const int64_t slices =
      ranges.blocks ? ranges.slice_end[ranges.blocks - 1] : 0;
  return {copy(ranges.row_end, ranges.blocks),
          copy(ranges.slice_end, ranges.blocks), copy(ranges.j_begin, slices),
          copy(ranges.j_end, slices)};
}

llvm::Expected<std::vector<reference::OutputData>>
kdslrun::evaluate(const Call &call, const kdslc::CheckedProgram &program) {
  const kdsl_kernel &kernel = call.program();
  reference::Request request;
  std::deque<reference::Ranges> ranges;
  for (uint32_t k = 0; k < kernel.n_sizes; ++k)
    request.sizes.push_back(call.size(k));
  for (uint32_t k = 0; k < kernel.n_args; ++k) {
    const Array &array = call.array(k);
    if (kernel.args[k].is_output)
      continue;
    request.inputs.push_back(
        {array.bytes.data(), array.count(), elemOf(array.type)});
    if (kernel.args[k].type == KDSL_RANGES)
      request.inputs.back().ranges =
          &ranges.emplace_back(referenceRanges(rangesIn(array)));
  }
  request.rows = chooseRows(call);
  return reference::interpret(program, request);
}

llvm::Expected<OracleReport>
kdslrun::checkAgainstReference(const Call &call,
                               const kdslc::CheckedProgram &program) {
  auto outputs = evaluate(call, program);
  if (!outputs)
    return usageError("--check: {}", llvm::toString(outputs.takeError()));

  OracleReport report;
  for (const reference::OutputData &output : *outputs) {
    std::optional<uint32_t> position = call.find(output.name);
    if (!position)
      return usageError("--check: the compiled program has no output '{}'",
                        output.name);
    const reference::Comparison comparison =
        reference::compareOutput(output, call.array(*position).bytes.data());
    report.passes &= comparison.pass;
    report.text += fmt::format(
        "{}: {} ({} elements, worst {:.3g} of the bound{})\n", output.name,
        comparison.pass ? "agrees with the reference" : comparison.text,
        comparison.compared, comparison.worstRatio,
        comparison.unpredictable
            ? fmt::format(", {} without a bound", comparison.unpredictable)
            : "");
  }
  return report;
}
