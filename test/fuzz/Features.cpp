//===- Features.cpp - what random programs may hold -----------------------===//

#include "Features.h"
#include <fmt/format.h>
#include <sstream>

namespace kdslc::fuzz {

namespace {
struct Row {
  const char *name;
  bool on;
  const char *doc;
};
const Row rows[] = {
#define FEATURE(ENUM, NAME, ON, DOC) {NAME, ON, DOC},
#include "Features.def"
};
} // namespace

Features Features::usual() {
  Features features;
  for (size_t k = 0; k < size_t(Feature::Count); ++k)
    features.on[k] = rows[k].on;
  return features;
}

std::optional<Features> Features::named(const std::string &list) {
  Features features;
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    bool known = name == "all";
    for (size_t k = 0; k < size_t(Feature::Count); ++k)
      if (name == rows[k].name || name == "all") {
        features.on[k] = true;
        known = true;
      }
    if (!known)
      return std::nullopt;
  }
  return features;
}

std::string Features::help() {
  std::string text;
  for (const Row &row : rows)
    text += fmt::format("  {:<12} {}{}\n", row.name, row.doc,
                        row.on ? "" : " (only on demand)");
  return text;
}

} // namespace kdslc::fuzz
