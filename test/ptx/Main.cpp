//===- Main.cpp - the PTX interpreter's tests -----------------------------===//

#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
