//===- PrintSource.cpp - a program of the dialect as source ---------------===//

#include "compiler/plan/source/PrintSource.h"
#include "compiler/plan/source/ProgramWriter.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>

using namespace mlir;

namespace kdslc {

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string ProgramWriter::left(StringRef name,
                                ArrayRef<std::string> indices) {
  return indices.empty()
             ? name.str()
             : fmt::format("{}[{}]", name.str(), fmt::join(indices, ", "));
}

/// A name for an index that nothing else has.
std::string ProgramWriter::fresh(const std::string &name) {
  std::string own = name;
  for (unsigned k = 1; taken.contains(own); ++k)
    own = fmt::format("{}{}", name, k);
  return own;
}

std::string ProgramWriter::let(ArrayRef<std::string> indices, StringRef words) {
  std::string name;
  do
    name = fmt::format("t{}", ++lets);
  while (taken.contains(name) || ofIndices.contains(name));
  taken.insert(name);
  lines.push_back(
      {name, fmt::format("    let {} = {}\n", left(name, indices), words.str())});
  return name;
}

/// The statements, without each `let` that no later one names: nested
/// reductions are written as one, and forms are tried that others replace.
std::string ProgramWriter::statements() {
  llvm::StringSet<> named;
  std::string text;
  for (const Statement &statement : llvm::reverse(lines)) {
    if (!statement.let.empty() && !named.contains(statement.let))
      continue;
    text.insert(0, statement.line);
    auto isOfName = [](char c) { return llvm::isAlnum(c) || c == '_'; };
    for (StringRef rest = statement.line; !rest.empty();) {
      rest = rest.drop_until(isOfName);
      named.insert(rest.take_while(isOfName));
      rest = rest.drop_while(isOfName);
    }
  }
  return text;
}

/// Indices have names of their own: one of an array is not theirs, though the
/// dialect does not mind.
Names ProgramWriter::indexNames(const PairView &view) {
  Names names;
  for (Attribute name : view.names) {
    std::string own = fresh(cast<StringAttr>(name).str());
    for (unsigned k = 1; llvm::is_contained(names, own); ++k)
      own = fresh(fmt::format("{}{}", cast<StringAttr>(name).str(), k));
    names.push_back(own);
  }
  return names;
}

/// The array, or a `let` over the indices that its rows depend on.
const NamedRows &ProgramWriter::named(Value rows) {
  NamedRows &own = rowNames[rows];
  if (!own.name.empty() || own.numbers)
    return own;
  Definition definition = define(cast<OpResult>(rows));
  NamedRows made;
  made.numbers = definition.numbers & ~definition.subscripts;
  Names left;
  for (auto [axis, index] : llvm::enumerate(definition.indices))
    if ((definition.subscripts | made.numbers) & (uint64_t(1) << axis)) {
      made.axes.push_back(axis);
      left.push_back(index);
    }
  if (!made.numbers)
    made.name = let(left, definition.words);
  return rowNames[rows] = made;
}

/// Rows at a place among `indices`.
Words ProgramWriter::at(Value rows, ArrayRef<int64_t> place,
                        ArrayRef<std::string> indices) {
  const NamedRows own = named(rows);
  Words words;
  Names used, all;
  for (int64_t axis : own.axes) {
    used.push_back(indices[place[axis]]);
    uint64_t bit = uint64_t(1) << place[axis];
    (own.numbers >> axis & 1 ? words.numbers : words.subscripts) |= bit;
  }
  words.text = left(own.name, used);
  if (!own.numbers)
    return words;
  for (int64_t position : place)
    all.push_back(indices[position]);
  Body body = bodyAt(rows.getDefiningOp(), all, indices);
  words.text = "(" + define(cast<OpResult>(rows), body).words + ")";
  return words;
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

void ProgramWriter::readRows(Body &body) {
  llvm::SmallDenseSet<unsigned> folded; // written as a part of this reduction
  if (auto reduce = dyn_cast<kdsl::ReduceOp>(body.view.op))
    for (unsigned state = 0; state < reduce.getStates().size(); ++state)
      if (unsigned row = 0; innerOf(reduce, state, body.view, row))
        folded.insert(row);
  for (unsigned r = 0; r < body.view.rows.size(); ++r) {
    if (body.formula.knows(body.view.rowArgument(r)) ||
        body.view.rowArgument(r).use_empty() ||
        (folded.contains(r) && body.view.rowArgument(r).hasOneUse()))
      continue;
    body.formula.set(
        body.view.rowArgument(r),
        at(body.view.rows[r], body.view.subscript(r), body.indices));
  }
}

ProgramWriter::Body &ProgramWriter::bodyOf(Operation *op) {
  std::unique_ptr<Body> &body = bodies[op];
  if (!body) {
    PairView view(op);
    Names indices = indexNames(view);
    body = std::make_unique<Body>(
        Body{view, indices, FormulaWriter(*this, &parameters, indices)});
    readRows(*body);
  }
  return *body;
}

/// The formula again, at the kept indices of another one.
ProgramWriter::Body ProgramWriter::bodyAt(Operation *op,
                                          ArrayRef<std::string> kept,
                                          ArrayRef<std::string> others) {
  PairView view(op);
  Names indices(kept.begin(), kept.end());
  if (view.axes.size() > view.kept) {
    std::string own = indexNames(view).back();
    while (llvm::is_contained(kept, own) || llvm::is_contained(others, own))
      own += "1";
    indices.push_back(own);
  }
  Body body{view, indices, FormulaWriter(*this, &parameters, indices)};
  readRows(body);
  return body;
}

Definition ProgramWriter::define(OpResult result) {
  auto map = dyn_cast<kdsl::MapOp>(result.getOwner());
  if (!map && !isa<kdsl::ReduceOp>(result.getOwner())) {
    fail(result.getOwner());
    return {};
  }
  if (map)
    if (std::optional<Found> found = foundBy(map))
      return defineFound(*found);
  return define(result, bodyOf(result.getOwner()));
}

Definition ProgramWriter::define(OpResult result, Body &body) {
  if (auto reduce = dyn_cast<kdsl::ReduceOp>(result.getOwner()))
    return defineReduce(reduce, result.getResultNumber(), body);
  Words words =
      body.formula.typed(body.view.values[result.getResultNumber()]);
  return {body.indices, words.text, words.subscripts, words.numbers};
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

static std::string typeName(Type type) {
  std::string text;
  if (auto rows = dyn_cast<kdsl::RowsType>(type)) {
    SmallVector<StringRef> axes;
    for (StringAttr axis : rows.getAxes())
      axes.push_back(axis.getValue());
    if (!axes.empty())
      text = fmt::format("[{}] ", llvm::join(axes, ", "));
    type = rows.getRow();
  }
  text += elementName(type).str();
  if (auto vector = dyn_cast<VectorType>(type))
    text += fmt::format("[{}]", fmt::join(vector.getShape(), ", "));
  return text;
}

std::string ProgramWriter::signature() {
  SmallVector<std::string> inputs, outputs;
  for (BlockArgument argument : program.getBody().getArguments()) {
    std::string type =
        isa<kdsl::RangesType>(argument.getType())
            ? fmt::format(
                  "ranges[{}, {}]",
                  cast<kdsl::RangesType>(argument.getType()).getKept().str(),
                  cast<kdsl::RangesType>(argument.getType())
                      .getReduced()
                      .str())
            : typeName(argument.getType());
    inputs.push_back(fmt::format("{}: {}", rowNames[argument].name, type));
  }
  for (auto [k, type] : llvm::enumerate(program.getResultTypes()))
    outputs.push_back(fmt::format(
        "{}: {}", kdsl::resultName(program, k).str(), typeName(type)));
  std::string results = llvm::join(outputs, ", ");
  if (outputs.size() != 1)
    results = "(" + results + ")";
  std::string name = program.getSymName().str();
  std::string line = fmt::format("program {}({}) -> {} {{\n", name,
                                 llvm::join(inputs, ", "), results);
  if (line.size() <= 100)
    return line;
  return fmt::format("program {}({})\n    -> {} {{\n", name,
                     llvm::join(inputs, ",\n        "), results);
}

/// What the source asked of the program's schedule.
std::string ProgramWriter::schedules() {
  std::string text;
  auto wishes = program->getAttrOfType<ArrayAttr>("kdsl.wishes");
  for (Attribute wish : wishes ? wishes.getValue() : ArrayRef<Attribute>()) {
    std::string target;
    SmallVector<std::string> keys;
    for (NamedAttribute key : cast<DictionaryAttr>(wish)) {
      auto word = dyn_cast<StringAttr>(key.getValue());
      if (key.getName() == "target")
        target = fmt::format(" for \"{}\"", word.str());
      else
        keys.push_back(fmt::format(
            "{} = {}", key.getName().str(),
            word ? word.str()
                 : std::to_string(
                       cast<IntegerAttr>(key.getValue()).getInt())));
    }
    text += fmt::format("schedule {}{} {{ {} }}\n", program.getSymName().str(),
                        target, llvm::join(keys, "; "));
  }
  return text;
}

llvm::Expected<std::string> ProgramWriter::run(StringRef doc) {
  auto axes = program->getAttrOfType<ArrayAttr>("kdsl.axes");
  llvm::StringSet<> ofArrays;
  auto note = [&](Type type) {
    if (auto rows = dyn_cast<kdsl::RowsType>(type))
      for (StringAttr axis : rows.getAxes())
        ofArrays.insert(axis.getValue());
    if (auto ranges = dyn_cast<kdsl::RangesType>(type))
      for (StringAttr axis : {ranges.getKept(), ranges.getReduced()})
        ofArrays.insert(axis.getValue());
  };
  llvm::for_each(program.getArgumentTypes(), note);
  llvm::for_each(program.getResultTypes(), note);
  for (Attribute axis : axes ? axes.getValue() : ArrayRef<Attribute>()) {
    taken.insert(cast<StringAttr>(axis).getValue());
    if (!ofArrays.contains(cast<StringAttr>(axis).getValue()))
      reason = "'" + cast<StringAttr>(axis).str() +
               "' is the axis of no array that is left";
  }
  taken.insert(program.getSymName());
  for (auto [k, argument] : llvm::enumerate(program.getBody().getArguments())) {
    std::string name = kdsl::argumentName(program, k).str();
    taken.insert(name);
    NamedRows own{name, {}};
    if (auto type = dyn_cast<kdsl::RowsType>(argument.getType()))
      own.axes = llvm::to_vector(
          llvm::seq<int64_t>(0, int64_t(type.getAxes().size())));
    rowNames[argument] = own;
    parameters.set(argument, {name});
  }
  Operation *end = program.getBody().front().getTerminator();
  for (unsigned k = 0; k < end->getNumOperands(); ++k)
    taken.insert(kdsl::resultName(program, k));
  program.walk([&](Operation *op) {
    if (isa<kdsl::ReduceOp, kdsl::MapOp>(op))
      for (const std::string &name : indexNames(PairView(op)))
        ofIndices.insert(name);
  });
  for (auto [k, rows] : llvm::enumerate(end->getOperands())) {
    StringRef name = kdsl::resultName(program, k);
    Definition own;
    bool isLet = !rowNames[rows].name.empty() || !rows.hasOneUse();
    if (isLet) {
      auto type = cast<kdsl::RowsType>(rows.getType());
      static const char *const places[] = {"i", "j", "k", "l"};
      for (size_t axis = 0; axis < type.getAxes().size(); ++axis)
        own.indices.push_back(
            fresh(axis < 4 ? places[axis] : "i" + std::to_string(axis)));
      auto place = llvm::to_vector(
          llvm::seq<int64_t>(0, int64_t(type.getAxes().size())));
      own.words = at(rows, place, own.indices).text;
    } else {
      own = define(cast<OpResult>(rows));
    }
    lines.push_back(
        {"", fmt::format("    {} = {}\n", left(name, own.indices), own.words)});
  }
  if (!reason.empty())
    return llvm::createStringError(reason);
  std::string comment = doc.empty() ? "" : fmt::format("/// {}\n", doc.str());
  return comment + signature() + statements() + "}\n" + schedules();
}

llvm::Expected<std::string> printSource(kdsl::ProgramOp program,
                                        StringRef doc) {
  // What Found.h adds beside the maps must not stay.
  OwningOpRef<kdsl::ProgramOp> copy = program.clone();
  return ProgramWriter(*copy).run(doc);
}

} // namespace kdslc
