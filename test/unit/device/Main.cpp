//===- Main.cpp - the test program's entry --------------------------------===//

#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
