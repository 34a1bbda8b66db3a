//===- CheckedText.cpp - programs of tests, from text to results ----------===//

#include "CheckedText.h"
#include "compiler/frontend/Check.h"
#include "compiler/frontend/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include <stdexcept>

namespace kdslc::test {

CheckedText::CheckedText(const std::string &text, const Defines &defines)
    : sources(std::make_unique<llvm::SourceMgr>()) {
  unsigned id = sources->AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(text, "test.kdsl"), {});
  DiagnosticEngine diags(*sources);
  std::unique_ptr<ast::File> tree =
      parse(sources->getMemoryBuffer(id)->getBuffer(), diags);
  Options options;
  options.defines = defines;
  std::optional<CheckedFile> result;
  if (!diags.hasErrors())
    result = check(*tree, options, diags);
  if (!result) {
    std::string message;
    llvm::raw_string_ostream os(message);
    diags.print(os, /*colors=*/false);
    throw std::runtime_error(message);
  }
  checked = std::move(*result);
}

Evaluation &Evaluation::size(const std::string &axis, int64_t n) {
  sizes[axis] = n;
  return *this;
}

template <typename T>
static std::vector<char> store(const std::vector<double> &numbers) {
  std::vector<char> bytes;
  for (double number : numbers) {
    T value = static_cast<T>(number);
    const char *raw = reinterpret_cast<const char *>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
  }
  return bytes;
}

static std::vector<char> storeAs(Elem elem, const std::vector<double> &data) {
  switch (elem) {
  case Elem::Bool:
    return store<uint8_t>(data);
  case Elem::I32:
    return store<int32_t>(data);
  case Elem::I64:
    return store<int64_t>(data);
  case Elem::F16:
  case Elem::BF16: // the bits of the number
    return store<uint16_t>(data);
  case Elem::F32:
    return store<float>(data);
  case Elem::F64:
    return store<double>(data);
  }
  llvm_unreachable("unknown element type");
}

Evaluation &Evaluation::input(const std::string &name,
                              const std::vector<double> &numbers) {
  for (const Input &input : source.program().inputs)
    if (input.name == name)
      data[name] = {storeAs(input.type.elem, numbers), numbers.size()};
  return *this;
}

Evaluation &Evaluation::rows(std::vector<int64_t> rows) {
  sample = std::move(rows);
  return *this;
}

reference::Request Evaluation::request() const {
  reference::Request request;
  for (const Axis &axis : source.program().axes)
    request.sizes.push_back(sizes.count(axis.name) ? sizes.at(axis.name) : 0);
  for (const Input &input : source.program().inputs) {
    auto found = data.find(input.name);
    if (found == data.end())
      request.inputs.push_back({nullptr, 0, input.type.elem});
    else
      request.inputs.push_back(
          {found->second.first.data(), found->second.second, input.type.elem});
  }
  request.rows = sample;
  return request;
}

llvm::Expected<std::vector<reference::OutputData>> Evaluation::tryRun() const {
  return reference::interpret(source.program(), request());
}

reference::OutputData Evaluation::run(const std::string &output) const {
  llvm::Expected<std::vector<reference::OutputData>> outputs = tryRun();
  if (!outputs)
    throw std::runtime_error(llvm::toString(outputs.takeError()));
  for (reference::OutputData &each : *outputs)
    if (output.empty() || each.name == output)
      return std::move(each);
  throw std::runtime_error("no output '" + output + "'");
}

} // namespace kdslc::test
