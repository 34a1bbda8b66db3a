//===- Schedule.cpp - `#kdsl.schedule` as text, and what it must keep -----===//

#include "dialects/kdsl/Kdsl.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace kdsl;

/// Every field with its name, in the order in which they are printed.
template <typename See> static void forEachField(See see) {
  see("lanes", &Schedule::lanes);
  see("rows", &Schedule::rows);
  see("group", &Schedule::group);
  see("block", &Schedule::block);
  see("unroll", &Schedule::unroll);
  see("stage", &Schedule::stage);
  see("bound", &Schedule::bound);
  see("byRow", &Schedule::byRow);
  see("halved", &Schedule::halved);
  see("chain", &Schedule::chain);
  see("filter", &Schedule::filter);
  see("cells", &Schedule::cells);
  see("collect", &Schedule::collect);
  see("values", &Schedule::values);
  see("stepRows", &Schedule::stepRows);
  see("stepGroup", &Schedule::stepGroup);
}

bool kdsl::operator==(const Schedule &a, const Schedule &b) {
  bool areEqual = true;
  forEachField([&](StringRef, auto field) {
    areEqual = areEqual && a.*field == b.*field;
  });
  return areEqual;
}

llvm::hash_code kdsl::hash_value(const Schedule &schedule) {
  llvm::hash_code hash = 0;
  forEachField([&](StringRef, auto field) {
    hash = llvm::hash_combine(hash, schedule.*field);
  });
  return hash;
}

/// Reads `name = value` into a field that has no value yet.
static ParseResult parseField(AsmParser &parser, Schedule &schedule) {
  StringRef name;
  SMLoc place = parser.getCurrentLocation();
  if (parser.parseKeyword(&name) || parser.parseEqual())
    return failure();
  bool isKnown = false;
  ParseResult result = success();
  forEachField([&](StringRef known, auto field) {
    if (known != name || schedule.*field)
      return;
    isKnown = true;
    result = parser.parseInteger(schedule.*field);
  });
  if (!isKnown)
    return parser.emitError(place, "duplicate or unknown field of a schedule: ")
           << name;
  return result;
}

Attribute ScheduleAttr::parse(AsmParser &parser, Type) {
  SMLoc place = parser.getCurrentLocation();
  Schedule schedule;
  if (parser.parseCommaSeparatedList(
          AsmParser::Delimiter::LessGreater,
          [&] { return parseField(parser, schedule); }))
    return {};
  return parser.getChecked<ScheduleAttr>(place, parser.getContext(), schedule);
}

void ScheduleAttr::print(AsmPrinter &printer) const {
  printer << '<';
  llvm::ListSeparator comma;
  forEachField([&](StringRef name, auto field) {
    if (auto value = getValue().*field)
      printer << StringRef(comma) << name << " = " << value;
  });
  printer << '>';
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   Schedule of) {
  if (of.lanes < 1 || of.rows < 1 || of.group < 1 || of.block < 1 ||
      of.unroll < 1)
    return emitError() << "every number of a schedule is at least 1";
  if (of.block % of.group != 0)
    return emitError() << "block " << of.block << " is not a multiple of group "
                       << of.group;
  if (of.stage < 0 || of.stage % of.block != 0)
    return emitError() << "stage " << of.stage << " is not a multiple of block "
                       << of.block;
  if (of.bound < 0 || of.bound % of.block != 0)
    return emitError() << "bound " << of.bound << " is not a multiple of block "
                       << of.block;
  if (of.halved && of.lanes * of.rows % of.group != 0)
    return emitError() << "the " << of.lanes * of.rows
                       << " rows of a halved tile are not a multiple of group "
                       << of.group;
  if (of.byRow && of.stage > 0)
    return emitError() << "lists of threads, which share a stage, do not lie by row";
  if (of.chain < 0 || of.chain % 16 != 0)
    return emitError() << "chain " << of.chain << " is not a multiple of 16";
  if (of.chain > 0 && of.stage > 0 && (of.group % 8 != 0 || of.rows != 1))
    return emitError()
           << "tensor cores take groups of a multiple of 8, and one row "
              "of a thread";
  if (of.chain > 0 && of.stage == 0 &&
      (of.lanes != 16 || of.group != 16 || of.rows > 8 || !of.filter))
    return emitError()
           << "without a stage, matrix units take up to eight vectors of 16 rows "
              "i by 16 rows j, and a filter";
  if (of.stepRows > 0 && of.stepRows < of.rows &&
      of.stepRows * of.lanes % of.group != 0)
    return emitError() << "the " << of.stepRows * of.lanes
                       << " rows of a step are not a multiple of group "
                       << of.group;
  if (of.filter && of.halved)
    return emitError() << "a filter takes whole sweeps";
  if (of.cells < 0 || of.cells % of.block != 0)
    return emitError() << "cells of " << of.cells
                       << " rows are not a multiple of block " << of.block;
  if (of.cells > 0 && (of.filter || of.halved || of.stage > 0))
    return emitError()
           << "cells are for whole sweeps of vectors, without a filter";
  if (of.collect < 0 ||
      (of.collect > 0 && (of.stage == 0 || of.collect % of.stage != 0)))
    return emitError() << "collect " << of.collect
                       << " is not a multiple of stage " << of.stage;
  if (of.collect > 0 && (of.rows != 1 || of.halved))
    return emitError()
           << "weights are collected in whole sweeps of one row of a "
              "thread";
  if (of.values && of.collect == 0)
    return emitError()
           << "values come to memory near the lanes of weights that "
              "are collected";
  if (of.stepRows < 0 || of.stepRows > of.rows || of.stepGroup < 0 ||
      of.stepGroup > of.group || (of.stepRows == 0) != (of.stepGroup == 0))
    return emitError() << "a step of " << of.stepRows << " by " << of.stepGroup
                       << " pairs is not within " << of.rows
                       << " rows by a group "
                       << "of " << of.group;
  return success();
}
