//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
//
// magic "\x93NUMPY", version, header length, a Python dictionary such as
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, the elements.
// Files come from anywhere: every length is compared with the bytes that are
// there before memory is asked for.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"
#include "Failure.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include <cstring>

using namespace kdslrun;
using llvm::StringRef;

static constexpr StringRef magic("\x93NUMPY", 6);
static constexpr size_t maxDims = 32;

namespace {
struct Header {
  StringRef descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Parses the dictionary of the header. Each function consumes what it names,
/// or returns false and leaves `text` where the trouble is.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : text(text) {}

  bool parse(Header &header) {
    if (!take("{"))
      return false;
    int seen = 0; // bits: descr, fortran_order, shape
    while (!take("}")) {
      StringRef key;
      if (!string(key) || !take(":"))
        return false;
      if (key == "descr" && string(header.descr))
        seen |= 1;
      else if (key == "fortran_order" && boolean(header.fortranOrder))
        seen |= 2;
      else if (key == "shape" && tuple(header.shape))
        seen |= 4;
      else
        return false;
      if (!take(",")) {
        if (!take("}"))
          return false;
        break;
      }
    }
    return seen == 7;
  }

private:
  bool take(StringRef token) {
    text = text.ltrim();
    return text.consume_front(token);
  }
  bool string(StringRef &value) {
    StringRef quote = take("'") ? "'" : take("\"") ? "\"" : "";
    if (quote.empty())
      return false;
    size_t end = text.find(quote);
    if (end == StringRef::npos)
      return false;
    value = text.take_front(end);
    text = text.drop_front(end + 1);
    return true;
  }
  bool boolean(bool &value) {
    value = take("True");
    return value || take("False");
  }
  bool tuple(std::vector<int64_t> &values) {
    if (!take("("))
      return false;
    while (!take(")")) {
      int64_t value;
      text = text.ltrim();
      if (text.consumeInteger(10, value) || value < 0 ||
          values.size() == maxDims)
        return false;
      values.push_back(value);
      if (!take(","))
        return take(")");
    }
    return true;
  }

  StringRef text;
};
} // namespace

static std::optional<kdsl_type> typeOf(StringRef descr) {
  return llvm::StringSwitch<std::optional<kdsl_type>>(descr)
      .Cases({"|b1", "?", "b1"}, KDSL_BOOL)
      .Case("<i4", KDSL_I32)
      .Case("<i8", KDSL_I64)
      .Case("<f2", KDSL_F16)
      .Case("<f4", KDSL_F32)
      .Case("<f8", KDSL_F64)
      .Default(std::nullopt);
}

/// Reorders column-major elements: the last index runs fastest in the result.
static std::vector<char> transpose(StringRef data, const Array &array) {
  const size_t width = typeBytes(array.type), dims = array.shape.size();
  std::vector<char> rows(data.size());
  std::vector<int64_t> index(dims, 0), step(dims, 1);
  for (size_t d = 1; d < dims; ++d)
    step[d] = step[d - 1] * array.shape[d - 1];
  for (size_t to = 0; to < data.size(); to += width) {
    int64_t from = 0;
    for (size_t d = 0; d < dims; ++d)
      from += index[d] * step[d];
    std::memcpy(rows.data() + to, data.data() + size_t(from) * width, width);
    for (size_t d = dims; d-- > 0 && ++index[d] == array.shape[d];)
      index[d] = 0;
  }
  return rows;
}

/// Splits the file into the dictionary and the elements.
static llvm::Error splitNpy(StringRef name, StringRef bytes, StringRef &text,
                            StringRef &data) {
  if (!bytes.starts_with(magic))
    return ioError("{}: not a .npy file, which begins with \\x93NUMPY",
                   name.str());
  const int version = bytes.size() > 6 ? bytes[6] : 0;
  const size_t lengthBytes = version == 1 ? 2 : 4;
  if (version < 1 || version > 3)
    return ioError("{}: .npy version {}, expected 1, 2 or 3", name.str(),
                   version);
  const size_t begin = magic.size() + 2 + lengthBytes;
  if (bytes.size() < begin)
    return ioError("{}: ends in the .npy header", name.str());
  const char *at = bytes.data() + magic.size() + 2;
  const size_t length = version == 1 ? llvm::support::endian::read16le(at)
                                     : llvm::support::endian::read32le(at);
  if (bytes.size() - begin < length)
    return ioError("{}: .npy header of {} bytes, but only {} follow",
                   name.str(), length, bytes.size() - begin);
  text = bytes.substr(begin, length);
  data = bytes.drop_front(begin + length);
  return llvm::Error::success();
}

llvm::Expected<Array> kdslrun::parseNpy(StringRef name, StringRef bytes) {
  StringRef text, data;
  if (llvm::Error error = splitNpy(name, bytes, text, data))
    return error;
  Header header;
  if (!HeaderParser(text).parse(header))
    return ioError("{}: malformed .npy header, expected a dictionary of "
                   "'descr', 'fortran_order' and 'shape' with at most {} "
                   "dimensions",
                   name.str(), maxDims);
  std::optional<kdsl_type> type = typeOf(header.descr);
  if (!type)
    return ioError("{}: elements of type '{}', expected one of |b1 <i4 <i8 "
                   "<f2 <f4 <f8; convert with x.astype('f4')",
                   name.str(), header.descr.str());
  std::optional<size_t> need = bytesOf(header.shape, typeBytes(*type));
  if (!need || *need != data.size())
    return ioError("{}: shape {} of {} needs {} bytes, the file has {}",
                   name.str(), shapeText(header.shape), typeName(*type),
                   need ? std::to_string(*need) : "more than 2^63",
                   data.size());
  Array array;
  array.type = *type;
  array.shape = header.shape;
  if (header.fortranOrder && array.shape.size() > 1)
    array.bytes = transpose(data, array);
  else
    array.bytes.assign(data.begin(), data.end());
  return array;
}

std::string kdslrun::formatNpy(const Array &original) {
  const bool widens = original.type == KDSL_BF16;
  const Array array = widens ? convert(original, KDSL_F32).array : original;
  static const char *const descrs[] = {"|b1", "<i4", "<i8", "<f2",
                                       "",    "<f4", "<f8"};
  std::string shape;
  for (int64_t dim : array.shape)
    shape += fmt::format("{}, ", dim);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                  descrs[array.type], llvm::StringRef(shape).rtrim().str());
  // The elements begin at a multiple of 64.
  const size_t fixed = magic.size() + 4;
  header.resize((fixed + header.size() + 1 + 63) / 64 * 64 - fixed, ' ');
  header.back() = '\n';
  std::string file = magic.str();
  file += {1, 0, char(header.size() & 0xFF), char(header.size() >> 8)};
  file += header;
  file.append(array.bytes.begin(), array.bytes.end());
  return file;
}
