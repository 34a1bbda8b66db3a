//===- FuzzMain.cpp - one target under libFuzzer ---------------------------===//
//
// Bytes alone seldom get past the lexer: two edits of three are of tokens.
//
//===----------------------------------------------------------------------===//

#include "FuzzTargets.h"
#include "Tokens.h"
#include <cstring>

using namespace kdslc::test;
using llvm::StringRef;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

static const FuzzTarget &target() {
  static const FuzzTarget *found = fuzzTarget(KDSL_FUZZ_TARGET);
  return *found;
}

static StringRef textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

static size_t put(StringRef text, uint8_t *data, size_t most) {
  text = text.take_front(most);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > target().most)
    return -1; // not for the corpus
  target().run(textOf(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t most, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Piece> pieces;
  if (random() % 3 == 0 || (pieces = piecesOf(textOf(data, size))).size() < 2)
    return LLVMFuzzerMutate(data, size, most);
  std::string text = textOf(data, size).str();
  for (unsigned edits = random() % 3 + 1; edits > 0 && pieces.size() >= 2;
       --edits) {
    text = random() % 4 == 0
               ? graftTokens(text, text, random)
               : mutateToken(text, pieces, languageWords(), random).text;
    pieces = piecesOf(text);
  }
  return put(text, data, most);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t oneSize,
                                            const uint8_t *other,
                                            size_t otherSize, uint8_t *out,
                                            size_t most, unsigned seed) {
  std::mt19937 random(seed);
  return put(graftTokens(textOf(one, oneSize), textOf(other, otherSize), random),
             out, most);
}
