//===- Messages.cpp - words for types, sizes and names --------------------===//

#include "compiler/frontend/Value.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

std::string kdslc::describeSize(int64_t size, StringRef name) {
  return name.empty() ? fmt::format("{}", size)
                      : fmt::format("{} = {}", name.str(), size);
}

std::string kdslc::describe(const ValueType &type,
                            llvm::ArrayRef<StringRef> sizes) {
  auto size = [&](unsigned d) {
    return describeSize(type.shape[d],
                        d < sizes.size() ? sizes[d] : StringRef());
  };
  if (type.shape.empty())
    return "a number";
  if (type.shape.size() == 1)
    return "a vector of " + size(0);
  std::string text = "a matrix of " + size(0);
  for (unsigned d = 1; d < type.shape.size(); ++d)
    text += " x " + size(d);
  return text;
}

std::string kdslc::describe(const Value &value) {
  return describe(value.type(), value.sizes);
}

std::string kdslc::describeSizes(const Value &a, const Value &b) {
  auto size = [](const Value &v) {
    return describeSize(v.type().shape[0],
                        v.sizes.empty() ? StringRef() : v.sizes[0]);
  };
  return size(a) + " and " + size(b);
}

std::string kdslc::describePair(const Value &a, const Value &b) {
  if (a.rank() == 1 && b.rank() == 1)
    return "vectors of " + describeSizes(a, b);
  return describe(a) + " and " + describe(b);
}

std::string kdslc::describeNumber(const Expr &number) {
  if (number.type.elem == Elem::Bool)
    return number.integer ? "true" : "false";
  return isFloat(number.type.elem) ? fmt::format("{}", number.number)
                                   : fmt::format("{}", number.integer);
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one
/// name into the other (optimal string alignment).
static unsigned typingErrors(StringRef a, StringRef b) {
  std::vector<unsigned> before, last(b.size() + 1), now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min(
          {last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

StringRef kdslc::closestName(StringRef name, llvm::ArrayRef<StringRef> known,
                             std::optional<unsigned> most) {
  if (name.size() < 2)
    return ""; // any other letter is as close
  // A third of the letters may be wrong; a shortened name counts as one error.
  unsigned best = most ? *most + 1 : unsigned(name.size() + 2) / 3 + 1;
  StringRef closest;
  for (StringRef candidate : known) {
    size_t longer = std::max(candidate.size(), name.size());
    if (candidate.size() < 2 || longer > 2 * name.size() + 4)
      continue;
    unsigned errors =
        std::min(typingErrors(name, candidate),
                 1 + typingErrors(name, candidate.take_front(name.size())));
    if (errors < best) {
      best = errors;
      closest = candidate;
    }
  }
  return closest;
}

std::string kdslc::didYouMean(StringRef name, llvm::ArrayRef<StringRef> known) {
  StringRef closest = closestName(name, known);
  return closest.empty() ? std::string()
                         : fmt::format("; did you mean '{}'?", closest.str());
}

std::string kdslc::quoted(StringRef source) {
  constexpr size_t most = 60;
  std::string line;
  for (char c : source) {
    bool isSpace = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (line.size() == most)
      return line + "...";
    if (!isSpace)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  return line;
}

std::string kdslc::listNames(llvm::ArrayRef<StringRef> names,
                             StringRef last) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0)
      text += i + 1 == names.size() ? " " + last.str() + " " : ", ";
    text += fmt::format("'{}'", names[i].str());
  }
  return text;
}
