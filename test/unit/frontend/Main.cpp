//===- Main.cpp - Catch2's entry ------------------------------------------===//

#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
