//===- Main.cpp - the runtime's unit tests --------------------------------===//

#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
