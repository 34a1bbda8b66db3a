//===- Main.cpp - the unit tests of the tools -----------------------------===//

#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
