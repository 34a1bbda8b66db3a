//===- Shrink.cpp - the same finding in less text -------------------------===//

#include "Verdict.h"
#include <algorithm>

namespace kdslc::fuzz {

namespace {

/// Programs that are tried for one finding.
constexpr int maxTries = 300;

class Shrinker {
public:
  Shrinker(Sketch sketch, std::vector<Case> cases, Verdict verdict)
      : best(std::move(sketch)), cases(std::move(cases)),
        verdict(std::move(verdict)) {}

  void run();

  Sketch best;
  std::vector<Case> cases;
  Verdict verdict;

private:
  bool accept(const Sketch &sketch, const std::vector<Case> &wanted);
  bool dropOutputs();
  bool shrinkTerms();
  bool shrinkSizes();
  /// Tries smaller terms at each place below `term`; `put` makes the sketch.
  bool shrinkAt(const TermPtr &term, const std::function<Sketch(TermPtr)> &put);
  int tries = 0;
};

/// The label of the first error, "[K007]", or nothing.
std::string labelOf(const std::string &text) {
  const size_t error = text.find("error:");
  const size_t at = error == text.npos ? error : text.find("[K", error);
  return at == text.npos ? "" : text.substr(at, 6);
}

} // namespace

/// Whether the smaller program shows the same kind of finding.
bool Shrinker::accept(const Sketch &sketch, const std::vector<Case> &wanted) {
  if (tries++ >= maxTries)
    return false;
  Verdict found = judge(sketch, wanted);
  if (found.outcome != verdict.outcome ||
      labelOf(found.text) != labelOf(verdict.text))
    return false;
  best = sketch;
  cases = wanted;
  verdict = found;
  return true;
}

bool Shrinker::dropOutputs() {
  bool done = false;
  for (size_t k = 0; k < best.outputs.size() && best.outputs.size() > 1;) {
    Sketch smaller = best;
    smaller.outputs.erase(smaller.outputs.begin() + long(k));
    accept(smaller, cases) ? done = true : bool(++k);
  }
  return done;
}

/// Without the guard: "sum[j where %1](%0)" is "sum[j](%0)".
static TermPtr withoutGuard(const TermPtr &term) {
  const size_t at = term->form.find(" where %");
  if (at == std::string::npos)
    return nullptr;
  auto copy = std::make_shared<Term>(*term);
  copy->form.erase(at, term->form.find(']', at) - at);
  copy->args.pop_back();
  return copy;
}

static TermPtr with(const TermPtr &term, size_t at, TermPtr arg) {
  auto copy = std::make_shared<Term>(*term);
  copy->args[at] = std::move(arg);
  return copy;
}

bool Shrinker::shrinkAt(const TermPtr &term,
                        const std::function<Sketch(TermPtr)> &put) {
  std::vector<TermPtr> smaller;
  for (const TermPtr &arg : term->args)
    if (arg->kind == term->kind && arg->shape == term->shape)
      smaller.push_back(arg);
  if (TermPtr bare = withoutGuard(term))
    smaller.push_back(bare);
  if (!term->args.empty() && term->shape.isNumber())
    smaller.push_back(term->kind == Kind::Real      ? constant(0.5)
                      : term->kind == Kind::Integer ? whole(1)
                                                    : nullptr);
  for (const TermPtr &candidate : smaller)
    if (candidate && accept(put(candidate), cases))
      return true;
  for (size_t k = 0; k < term->args.size(); ++k)
    if (shrinkAt(term->args[k], [&, k](TermPtr arg) {
          return put(with(term, k, std::move(arg)));
        }))
      return true;
  return false;
}

bool Shrinker::shrinkTerms() {
  for (size_t k = 0; k < best.outputs.size(); ++k)
    if (shrinkAt(best.outputs[k].value, [&, k](TermPtr value) {
          Sketch sketch = best;
          sketch.outputs[k].value = std::move(value);
          return sketch;
        }))
      return true;
  for (auto list : {&Sketch::lets, &Sketch::kernels})
    for (size_t k = 0; k < (best.*list).size(); ++k)
      if (best.text().find((best.*list)[k].name) != std::string::npos &&
          shrinkAt((best.*list)[k].value, [&, k](TermPtr value) {
            Sketch sketch = best;
            (sketch.*list)[k].value = std::move(value);
            return sketch;
          }))
        return true;
  return false;
}

bool Shrinker::shrinkSizes() {
  bool done = false;
  for (const std::string &axis : best.axes())
    for (int64_t size : {1, 2, 3, 5, 8, 17}) {
      if (size >= cases[0].sizes[axis])
        break;
      std::vector<Case> smaller = cases;
      smaller[0].sizes[axis] = size;
      if (accept(best, smaller)) {
        done = true;
        break;
      }
    }
  return done;
}

void Shrinker::run() {
  if (verdict.where >= 0 && size_t(verdict.where) < cases.size()) {
    const std::vector<Case> one = {cases[size_t(verdict.where)]};
    accept(best, one);
  }
  dropOutputs();
  while (tries < maxTries && shrinkTerms())
    ;
  if (cases.size() == 1)
    shrinkSizes();
  while (tries < maxTries && shrinkTerms())
    ;
}

Sketch shrink(Sketch sketch, std::vector<Case> &cases, Verdict &verdict) {
  Shrinker shrinker(std::move(sketch), cases, verdict);
  shrinker.run();
  cases = shrinker.cases;
  verdict = shrinker.verdict;
  return shrinker.best;
}

} // namespace kdslc::fuzz
