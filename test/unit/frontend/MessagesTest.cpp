//===- MessagesTest.cpp - wrong programs and their messages ---------------===//
//
// Every case of messages/*.kdsl, to the letter. A new case is a title and a
// program; KDSL_WRITE_MESSAGES=1 in the environment puts what the compiler says
// into the files, to be read before it is kept.
//
//===----------------------------------------------------------------------===//

#include "Annotated.h"
#include <catch2/catch.hpp>
#include <cstdlib>

using namespace kdslc::test;

TEST_CASE("Wrong programs get the message that stands beside them") {
  const bool writes = std::getenv("KDSL_WRITE_MESSAGES") != nullptr;
  size_t count = 0;
  for (const std::string &path : annotatedFiles(KDSL_TEST_MESSAGES)) {
    AnnotatedFile file = readAnnotated(path);
    INFO(path);
    REQUIRE(!file.cases.empty());
    for (AnnotatedCase &each : file.cases) {
      INFO(each.title);
      const Compilation compilation(each.program, each.flags,
                                    KDSL_TEST_MESSAGES "/imports");
      const std::string said = annotate(compilation);
      if (writes)
        each.text = said;
      CHECK(said == each.text);
      CHECK(!compilation.diags().all().empty());
      CHECK(flawOf(compilation, each.flags, KDSL_TEST_MESSAGES "/imports") ==
            "");
      ++count;
    }
    if (writes)
      writeAnnotated(path, file);
  }
  CHECK(count >= 200);
}
