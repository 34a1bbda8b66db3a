//===- Npy.h - reads the arrays of this example ---------------------------===//
//
// Just enough of NumPy's format: version 1 or 2, little-endian, C order, one
// element type. kdsl-run reads any .npy file; this is to keep the example
// free of libraries.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_EXAMPLES_DIGITS_NPY_H
#define KDSL_EXAMPLES_DIGITS_NPY_H

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

/// All elements of the file, or none when it is not an array of T.
template <typename T> std::vector<T> readNpy(const std::string &path) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, int32_t>);
  std::ifstream in(path, std::ios::binary);
  std::string file{std::istreambuf_iterator<char>(in), {}};
  if (file.size() < 12 || file.compare(0, 6, "\x93NUMPY") != 0)
    return {};
  auto byte = [&](size_t at) { return static_cast<unsigned char>(file[at]); };
  bool isFirstVersion = byte(6) == 1;
  size_t length = byte(8) | byte(9) << 8;
  if (!isFirstVersion)
    length |= size_t(byte(10)) << 16 | size_t(byte(11)) << 24;
  size_t begin = (isFirstVersion ? 10 : 12) + length;
  if (begin > file.size())
    return {};
  std::string header = file.substr(0, begin);
  const char *type = std::is_same_v<T, float> ? "'<f4'" : "'<i4'";
  if (header.find(type) == std::string::npos ||
      header.find("'fortran_order': False") == std::string::npos)
    return {};
  std::vector<T> data((file.size() - begin) / sizeof(T));
  file.copy(reinterpret_cast<char *>(data.data()), data.size() * sizeof(T),
            begin);
  return data;
}

#endif // KDSL_EXAMPLES_DIGITS_NPY_H
