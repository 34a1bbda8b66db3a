//===- Failure.cpp - errors of kdsl-run with their exit code --------------===//

#include "Failure.h"

// Its address identifies the class in LLVM's error hierarchy.
char kdslrun::Failure::ID;
