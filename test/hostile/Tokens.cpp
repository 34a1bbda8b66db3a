//===- Tokens.cpp - texts with other tokens --------------------------------===//

#include "Tokens.h"
#include "compiler/frontend/Lexer.h"
#include <algorithm>

using namespace kdslc;
using namespace kdslc::test;
using llvm::StringRef;

std::vector<Piece> test::piecesOf(StringRef text) {
  llvm::SourceMgr sources;
  DiagnosticEngine diags(sources);
  Lexer lexer(text, diags);
  lexer.setSilent(true);
  std::vector<Piece> pieces;
  for (Token token = lexer.next(); !token.is(Token::End); token = lexer.next())
    pieces.push_back({size_t(token.text.begin() - text.begin()),
                      size_t(token.text.end() - text.begin())});
  return pieces;
}

Mutant test::mutateToken(StringRef text, llvm::ArrayRef<Piece> pieces,
                         llvm::ArrayRef<std::string> words,
                         std::mt19937 &random) {
  size_t at = random() % (pieces.size() - 1);
  Piece here = pieces[at], next = pieces[at + 1];
  auto word = [&](Piece p) { return text.slice(p.begin, p.end).str(); };
  auto put = [&](size_t end, const std::string &instead) {
    return text.take_front(here.begin).str() + instead +
           text.drop_front(end).str();
  };
  switch (random() % 4) {
  case 0: // the pieces on both sides of the gap are as near as can be
    return {put(here.end, " "), "deleted", at ? at - 1 : 0, at};
  case 1:
    return {put(here.end, word(here) + " " + word(here)), "doubled", at,
            at + 1};
  case 2:
    return {put(next.end, word(next) +
                              text.slice(here.end, next.begin).str() + " " +
                              word(here)),
            "swapped", at, at + 1};
  default:
    return {put(here.end, " " + words[random() % words.size()] + " "),
            "replaced", at, at};
  }
}

/// One past the piece that closes the bracket at `at`; at + 1 if `at` is none.
static size_t endOfGroup(StringRef text, llvm::ArrayRef<Piece> pieces,
                         size_t at) {
  int depth = 0;
  for (size_t k = at; k < pieces.size() && k < at + 100; ++k) {
    char c = text[pieces[k].begin];
    depth += c == '(' || c == '[' || c == '{';
    depth -= c == ')' || c == ']' || c == '}';
    if (depth <= 0)
      return k + 1;
  }
  return at + 1;
}

std::string test::graftTokens(StringRef text, StringRef from,
                              std::mt19937 &random) {
  std::vector<Piece> donors = piecesOf(from), pieces = piecesOf(text);
  if (donors.empty() || pieces.empty())
    return (text + " " + from).str();
  // A run of pieces that begins anywhere; brackets in it are taken whole.
  auto run = [&](StringRef source, llvm::ArrayRef<Piece> of) {
    size_t begin = random() % of.size(), end = begin;
    for (size_t count = random() % 8 + 1; count > 0 && end < of.size(); --count)
      end = endOfGroup(source, of, end);
    return std::make_pair(of[begin].begin, of[end - 1].end);
  };
  auto [begin, end] = run(from, donors);
  auto [hole, rest] = run(text, pieces);
  return text.take_front(hole).str() + from.slice(begin, end).str() + " " +
         text.drop_front(random() % 2 ? rest : hole).str();
}

const std::vector<std::string> &test::languageWords() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all{
#define KDSL_WORD(NAME) #NAME,
#define KDSL_ELEMENT(NAME) #NAME,
#define KDSL_SIGN(KIND, TEXT) TEXT,
#include "compiler/frontend/Tokens.def"
#define KDSL_FUNCTION(ENUM, NAME, ARITY, RULE, DOC) NAME,
#define KDSL_REDUCTION(ENUM, NAME, MIN_ARGS, MAX_ARGS, DOC) NAME "[j](",
#include "compiler/frontend/Builtins.def"
#define KDSL_RENAMED(THEIRS, OURS) THEIRS,
#define KDSL_RESERVED(WORD, WHY) WORD,
#define KDSL_CHARACTER(TEXT, OURS, WHY) TEXT,
#include "compiler/frontend/Habits.def"
#define KDSL_LIMIT(NAME, VALUE, WHAT) #VALUE,
#include "compiler/Limits.def"
        "ranges",  "vjp",   "jvp",     "expect",  "within",     "random",
        "pi",      "inf",   "nan",     "given",   "accumulate", "exp",
        "fma",     "form",  "tile_i",  "tile_j",  "unroll",     "vector",
        "threads", "fast",  "f64",     "off",     "stages",     "split_j",
        "0",       "1",     "-1",      "2.5",     "1e308",      "1e999",
        "1e-320",  "65537", "1025",    "2147483648", "9223372036854775807",
        "i",       "j",     "k",       "x[i]",    "y[j]",       "M",
        "N",       "D",     "x: [M] real[D]",     "for \"x86-64-v3\" {",
        "///",     "//",    "\n",      "-DD=3",   "-Dreal=f64", "-O0",
        "import \"kernels.kdsl\"\n",    "where j <= i", "in R[i]"};
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }();
  return words;
}
