//===- Sketch.cpp - a random program as text ------------------------------===//

#include "Sketch.h"
#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace kdslc::fuzz {

static bool isWord(char c) { return std::isalnum(unsigned(c)) || c == '_'; }

/// Whether `name` stands in `text` as a word.
static bool names(const std::string &text, const std::string &name) {
  for (size_t at = text.find(name); at != text.npos;
       at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at == 0 || !isWord(text[at - 1])) &&
        (end == text.size() || !isWord(text[end])))
      return true;
  }
  return false;
}

static std::string list(const std::vector<std::string> &words) {
  if (words.empty())
    return "";
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "[" : ", ") + word;
  return text + "]";
}

static std::string typeText(const std::vector<std::string> &axes,
                            const std::string &elem, Shape shape) {
  if (elem == "ranges")
    return elem + list(axes);
  std::string text = axes.empty() ? elem : list(axes) + " " + elem;
  if (shape.columns)
    return text + fmt::format("[{}, {}]", shape.rows, shape.columns);
  return shape.rows ? text + fmt::format("[{}]", shape.rows) : text;
}

std::string Sketch::text() const {
  std::string body;
  for (const Output &output : outputs)
    body += fmt::format("    {}{} = {}\n", output.name, list(output.indices),
                        output.value->text());
  for (auto let = lets.rbegin(); let != lets.rend(); ++let)
    if (names(body, let->name))
      body = fmt::format("    let {}{} = {}\n{}", let->name, list(let->indices),
                         let->value->text(), body);
  std::string head;
  for (auto kernel = kernels.rbegin(); kernel != kernels.rend(); ++kernel) {
    if (!names(body, kernel->name) && !names(head, kernel->name))
      continue;
    std::string parameters;
    for (const TermPtr &parameter : kernel->parameters)
      parameters += (parameters.empty() ? "" : ", ") + parameter->text();
    head = fmt::format("kernel {}({}) = {}\n{}", kernel->name, parameters,
                       kernel->value->text(), head);
  }
  std::string given, made;
  auto declare = [&](const std::string &name, const std::string &type) {
    given += fmt::format("{}{}: {}", given.empty() ? "" : ", ", name, type);
  };
  for (const Input &input : inputs)
    if (names(body, input.name))
      declare(input.name, typeText(input.axes, input.elem, input.shape));
  for (const std::string &axis : strayAxes(body))
    declare("rows" + axis, typeText({axis}, "real", {}));
  for (const Output &output : outputs)
    made +=
        fmt::format("{}{}: {}", made.empty() ? "" : ", ", output.name,
                    typeText(output.axes, output.elem, output.value->shape));
  const std::string program = fmt::format(
      "{}program p({})\n    -> ({}) {{\n{}}}\n", head, given, made, body);
  std::string real;
  for (const Input &input : inputs)
    if (names(body, input.name) && input.elem == "real")
      real += ", " + input.name;
  return derive.empty() || real.empty()
             ? program
             : program + fmt::format("derive g = {}(p{})\n", derive, real);
}

/// Axes that formulas name and nothing else does.
std::vector<std::string> Sketch::strayAxes(const std::string &body) const {
  std::set<std::string> declared, stray;
  for (const Output &output : outputs)
    declared.insert(output.axes.begin(), output.axes.end());
  for (const Input &input : inputs)
    if (names(body, input.name))
      declared.insert(input.axes.begin(), input.axes.end());
  for (const char *axis : {"M", "N", "B", "H", "G"})
    if (names(body, axis) && !declared.count(axis))
      stray.insert(axis);
  return {stray.begin(), stray.end()};
}

std::vector<std::string> Sketch::axes() const {
  const std::string source = text();
  std::vector<std::string> result;
  auto add = [&](const std::vector<std::string> &axes) {
    for (const std::string &axis : axes)
      if (std::find(result.begin(), result.end(), axis) == result.end())
        result.push_back(axis);
  };
  for (const Input &input : inputs)
    if (names(source, input.name))
      add(input.axes);
  for (const char *axis : {"M", "N", "B", "H", "G"})
    if (names(source, std::string("rows") + axis))
      add({axis});
  for (const Output &output : outputs)
    add(output.axes);
  return result;
}

int Sketch::count() const {
  int n = 0;
  for (const Output &output : outputs)
    n += output.value->count();
  for (const Definition &let : lets)
    n += let.value->count();
  for (const Definition &kernel : kernels)
    n += kernel.value->count();
  return n;
}

} // namespace kdslc::fuzz
