//===- KtileDialect.cpp - registration of the ktile dialect ---------------===//

#include "dialects/ktile/Ktile.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ktile;

#include "dialects/ktile/KtileDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/ktile/KtileTypes.cpp.inc"

void KtileDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/ktile/KtileOps.cpp.inc"
      >();
  registerTypes();
}

void KtileDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/ktile/KtileTypes.cpp.inc"
      >();
}

LogicalResult StateType::verify(function_ref<InFlightDiagnostic()> emitError,
                                Attribute reduction, int64_t width,
                                ArrayRef<Type> elements) {
  auto interface = dyn_cast<kdsl::ReductionAttrInterface>(reduction);
  if (!interface)
    return emitError() << reduction << " is not a reduction";
  if (width < 1)
    return emitError() << "a state has at least one component, got " << width;
  if (elements.size() != interface.getNumValues())
    return emitError() << reduction << " takes " << interface.getNumValues()
                       << " values, got " << elements.size();
  if (auto expected = interface.checkValues(elements))
    return emitError() << reduction << " takes " << *expected << ", got "
                       << elements.front();
  return success();
}
