//===- Png.cpp - writes 24-bit pictures -----------------------------------===//
//
// A PNG file is a signature and chunks; its pixels are a zlib stream, which may
// hold plain ("stored") blocks of up to 65,535 bytes.
//
//===----------------------------------------------------------------------===//

#include "Png.h"
#include <algorithm>
#include <array>
#include <cstdio>

namespace picture {

using Bytes = std::vector<uint8_t>;

static void appendBigEndian(Bytes &out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<uint8_t>(value >> shift));
}

static std::array<uint32_t, 256> makeCrcTable() {
  std::array<uint32_t, 256> table;
  for (uint32_t n = 0; n < 256; ++n) {
    uint32_t c = n;
    for (int bit = 0; bit < 8; ++bit)
      c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[n] = c;
  }
  return table;
}

static uint32_t crc32(const uint8_t *data, size_t size) {
  static const std::array<uint32_t, 256> table = makeCrcTable();
  uint32_t c = 0xffffffffu;
  for (size_t k = 0; k < size; ++k)
    c = table[(c ^ data[k]) & 0xff] ^ (c >> 8);
  return ~c;
}

static uint32_t adler32(const Bytes &data) {
  uint32_t a = 1, b = 0;
  for (uint8_t byte : data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

static void appendChunk(Bytes &out, const char (&name)[5], const Bytes &data) {
  appendBigEndian(out, static_cast<uint32_t>(data.size()));
  size_t start = out.size();
  out.insert(out.end(), name, name + 4);
  out.insert(out.end(), data.begin(), data.end());
  appendBigEndian(out, crc32(out.data() + start, out.size() - start));
}

static Bytes storeAsZlib(const Bytes &data) {
  constexpr size_t largestBlock = 65535;
  Bytes out = {0x78, 0x01};
  for (size_t at = 0; at < data.size(); at += largestBlock) {
    size_t size = std::min(largestBlock, data.size() - at);
    bool isLast = at + size == data.size();
    auto low = static_cast<uint8_t>(size),
         high = static_cast<uint8_t>(size >> 8);
    out.insert(out.end(),
               {static_cast<uint8_t>(isLast), low, high,
                static_cast<uint8_t>(~low), static_cast<uint8_t>(~high)});
    out.insert(out.end(), data.begin() + at, data.begin() + at + size);
  }
  appendBigEndian(out, adler32(data));
  return out;
}

bool writePng(const std::string &path, int width, int height,
              const std::vector<uint8_t> &rgb) {
  Bytes header;
  appendBigEndian(header, width);
  appendBigEndian(header, height);
  // 8 bits a channel, true colour, and the only compression, filter set and
  // interlacing that we use.
  header.insert(header.end(), {8, 2, 0, 0, 0});

  Bytes rows; // each begins with its filter, 0 for none
  for (int y = 0; y < height; ++y) {
    rows.push_back(0);
    auto row = rgb.begin() + static_cast<size_t>(y) * width * 3;
    rows.insert(rows.end(), row, row + static_cast<size_t>(width) * 3);
  }

  Bytes file = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  appendChunk(file, "IHDR", header);
  appendChunk(file, "IDAT", storeAsZlib(rows));
  appendChunk(file, "IEND", {});

  std::FILE *out = std::fopen(path.c_str(), "wb");
  if (!out)
    return false;
  bool written = std::fwrite(file.data(), 1, file.size(), out) == file.size();
  return std::fclose(out) == 0 && written;
}

} // namespace picture
