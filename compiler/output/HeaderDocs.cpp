//===- HeaderDocs.cpp - the comments of a generated header ----------------===//

#include "compiler/output/HeaderDocs.h"
#include "compiler/frontend/LabelBounds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace kdslc {

//===----------------------------------------------------------------------===//
// Comments
//===----------------------------------------------------------------------===//

std::string escapeComment(llvm::StringRef text) {
  std::string out;
  for (size_t k = 0; k < text.size(); ++k) {
    char c = text[k], last = out.empty() ? '\0' : out.back();
    // "*/" would end the comment, "/*" warns, "??" may begin a trigraph.
    if ((last == '*' && c == '/') || (last == '/' && c == '*') ||
        (last == '?' && c == '?'))
      out += ' ';
    bool endsLine = k + 1 == text.size() || text[k + 1] == '\n';
    // A backslash there would splice the next line to this one.
    if (c == '\\' && endsLine)
      out += "&#92;";
    else
      out += static_cast<unsigned char>(c) < ' ' && c != '\n' ? ' ' : c;
  }
  return out;
}

void CommentWriter::line(llvm::StringRef text, unsigned indent) {
  text = text.rtrim();
  // A '/' right behind the '*' of the margin would end the comment; there is
  // always a space between.
  os << (text.empty() ? " *" : " * ");
  if (!text.empty())
    os.indent(indent) << text;
  os << '\n';
}

void CommentWriter::paragraph(llvm::StringRef text, unsigned indent) {
  constexpr size_t width = 75;
  llvm::SmallVector<llvm::StringRef, 0> words;
  llvm::SplitString(text, words, " \n");
  std::string current;
  unsigned currentIndent = 0;
  for (llvm::StringRef word : words) {
    size_t extra = current.empty() ? 0 : 1;
    if (!current.empty() &&
        currentIndent + current.size() + extra + word.size() > width) {
      line(current, currentIndent);
      current.clear();
      currentIndent = indent;
      extra = 0;
    }
    current.append(extra, ' ').append(word.data(), word.size());
  }
  if (!current.empty())
    line(current, currentIndent);
}

void CommentWriter::verbatim(llvm::StringRef text, unsigned indent) {
  llvm::SmallVector<llvm::StringRef, 0> lines;
  text.rtrim().split(lines, '\n');
  for (llvm::StringRef each : lines)
    line(each, indent);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

llvm::StringRef cTypeName(Elem elem) {
  switch (elem) {
  case Elem::Bool:
    return "uint8_t";
  case Elem::I32:
    return "int32_t";
  case Elem::I64:
    return "int64_t";
  case Elem::F16:
    return "kdsl_f16";
  case Elem::BF16:
    return "kdsl_bf16";
  case Elem::F32:
    return "float";
  case Elem::F64:
    return "double";
  }
  llvm_unreachable("unknown element type");
}

llvm::StringRef cValueTypeName(Elem elem) {
  return elem == Elem::F16 || elem == Elem::BF16 ? "float" : cTypeName(elem);
}

//===----------------------------------------------------------------------===//
// What holds for every program
//===----------------------------------------------------------------------===//

void writeSharedRules(llvm::raw_ostream &os) {
  CommentWriter doc(os);
  doc.paragraph("@file");
  doc.blank();
  doc.paragraph(
      "Arrays are dense and row-major; row sizes are int64_t, 0 or more. Every "
      "function returns KDSL_OK (0) or another status of kdsl.h; then "
      "kdsl_last_error() says what was wrong. A null pointer for an array with "
      "elements, a pointer that is not aligned to its element, and an output "
      "that overlaps an input or another output are KDSL_EARG, as is a label in "
      "host memory that is out of range, and nothing is "
      "written. Inputs may overlap. All functions may be called from several "
      "threads at once.");
  doc.blank();
  doc.paragraph(
      "- nothing to reduce: sum 0, prod 1, count 0, any false, all true, min "
      "+inf, max -inf (of integers: the largest, the smallest of the type), "
      "mean NaN, logsumexp -inf, softmax_sum 0, argmin and argmax -1; kmin and "
      "kmax are padded with +inf and -inf, argkmin and argkmax with -1",
      2);
  doc.paragraph("- ties: the smallest row number; kmin is sorted by value, "
                "then row number",
                2);
  doc.paragraph(
      "- NaN is never dropped: a sum with a NaN is NaN, and min, max, "
      "argmin, argmax and the k-reductions take NaN as first",
      2);
  doc.paragraph("- rows that a `where` excludes are not seen at all", 2);
  doc.paragraph("- a result smaller than the smallest normal number may be 0, as "
                "may the reciprocal of a divisor; exp(0) is 1",
                2);
  doc.paragraph("- the same inputs, sizes and instruction set (or code for a "
                "GPU) give the same bits, with any number of threads",
                2);
}

//===----------------------------------------------------------------------===//
// One program
//===----------------------------------------------------------------------===//

/// The sizes of a feature: numbers, or as they are written where `specialize`
/// lists several.
using Dims = std::vector<std::string>;

template <typename Arg>
static Dims dimsOf(llvm::ArrayRef<CheckedProgram> bodies,
                   std::vector<Arg> CheckedProgram::*list, size_t position) {
  const Arg &first = (bodies.front().*list)[position];
  Dims dims;
  for (auto [k, size] : llvm::enumerate(first.type.shape)) {
    bool varies = llvm::any_of(bodies, [&, k = k, size = size](auto &body) {
      return (body.*list)[position].type.shape[k] != size;
    });
    dims.push_back(varies ? first.dims[k] : llvm::itostr(size));
  }
  return dims;
}

/// "3 x 2 float"; "float" for a number.
static std::string elementText(const Dims &dims, llvm::StringRef name) {
  std::string text = llvm::join(dims, " x ");
  return (text.empty() ? "" : text + " ") + name.str();
}

/// "M rows of 3 float", "B x M rows of float", "3 float", "float".
static std::string shapeText(const ArgSlot &slot, const Dims &dims,
                             const CNames &names) {
  if (slot.isRanges)
    return "block-sparse sets of rows";
  std::string element =
      elementText(dims, slot.byValue ? cValueTypeName(slot.type.elem)
                                     : cTypeName(slot.type.elem));
  if (slot.axes.empty())
    return element;
  std::string rows;
  for (AxisId axis : slot.axes)
    rows += (rows.empty() ? "" : " x ") + names.sizes[axis];
  return rows + " rows of " + element;
}

static void writeArgument(CommentWriter &doc, const ArgSlot &slot,
                          const Dims &dims, const std::string &cName,
                          llvm::StringRef userDoc, const CNames &names,
                          llvm::StringRef more = "") {
  std::string text = "@param " + cName +
                     (slot.isOutput ? " output, " : " input, ") +
                     shapeText(slot, dims, names) + more.str();
  if (cName != slot.name)
    text += " ('" + slot.name + "' in the program)";
  if (!userDoc.empty())
    text += ": " + escapeComment(userDoc);
  doc.paragraph(text, 4);
}

/// ", labels 0 to 4" for an input whose labels are checked.
///
/// \param bounds  those of the inputs of each body.
static std::string labelText(llvm::ArrayRef<std::vector<int64_t>> bounds,
                             size_t position) {
  int64_t bound = bounds.front()[position];
  bool varies = llvm::any_of(bounds, [&](const std::vector<int64_t> &other) {
    return other[position] != bound;
  });
  return !bound   ? ""
         : varies ? ", labels of features"
                  : ", labels 0 to " + llvm::itostr(bound - 1);
}

/// "one of 1, 2, 3".
static void writeFixedSize(CommentWriter &doc, AxisId axis,
                           llvm::ArrayRef<CheckedProgram> bodies,
                           const CNames &names) {
  std::vector<std::string> values;
  for (const CheckedProgram &body : bodies) {
    std::string value = llvm::itostr(body.axes[axis].fixed);
    if (!llvm::is_contained(values, value))
      values.push_back(value);
  }
  doc.paragraph("@param " + names.sizes[axis] +
                    " feature size; compiled for " + llvm::join(values, ", ") +
                    ", any other is KDSL_EARG",
                4);
}

static void writeSize(CommentWriter &doc, AxisId axis, const ArgLayout &layout,
                      const CNames &names) {
  std::string arrays;
  auto mention = [&](const std::vector<ArgSlot> &slots,
                     const std::vector<std::string> &cNames) {
    for (auto [slot, cName] : llvm::zip(slots, cNames))
      if (llvm::is_contained(slot.axes, axis))
        arrays += (arrays.empty() ? "" : ", ") + cName;
  };
  mention(layout.inputs, names.inputs);
  mention(layout.outputs, names.outputs);
  doc.paragraph("@param " + names.sizes[axis] + " number of rows" +
                    (arrays.empty() ? "" : " of " + arrays),
                4);
}

static void writeArguments(CommentWriter &doc,
                           llvm::ArrayRef<CheckedProgram> bodies,
                           const ArgLayout &layout, const CNames &names) {
  const CheckedProgram &first = bodies.front();
  for (AxisId axis = 0; axis < names.sizes.size(); ++axis)
    if (first.axes[axis].fixed >= 0)
      writeFixedSize(doc, axis, bodies, names);
    else
      writeSize(doc, axis, layout, names);
  auto labels = llvm::map_to_vector(bodies, labelBounds);
  for (auto [k, slot] : llvm::enumerate(layout.inputs))
    writeArgument(doc, slot, dimsOf(bodies, &CheckedProgram::inputs, k),
                  names.inputs[k], first.inputs[k].doc, names,
                  labelText(labels, k));
  for (auto [k, slot] : llvm::enumerate(layout.outputs))
    writeArgument(doc, slot, dimsOf(bodies, &CheckedProgram::outputs, k),
                  names.outputs[k], first.outputs[k].doc, names);
}

//===----------------------------------------------------------------------===//
// The example
//===----------------------------------------------------------------------===//

/// "static float x[100 * 3];": room for an array of the example.
static std::string exampleArray(const ArgSlot &slot, const std::string &cName,
                                int64_t rows) {
  std::string count;
  for (size_t k = 0; k < slot.axes.size(); ++k)
    count += (count.empty() ? "" : " * ") + llvm::itostr(rows);
  for (int64_t dim : slot.type.shape)
    count += (count.empty() ? "" : " * ") + llvm::itostr(dim);
  return "  static " + cTypeName(slot.type.elem).str() + " " + cName + "[" +
         (count.empty() ? "1" : count) + "];\n";
}

static std::string exampleInput(const ArgSlot &slot, const std::string &cName,
                                int64_t rows) {
  if (slot.isRanges)
    return "  const kdsl_ranges *" + cName + " = NULL;\n";
  if (slot.byValue)
    return "  " + cValueTypeName(slot.type.elem).str() + " " + cName +
           " = 1;\n";
  return exampleArray(slot, cName, rows);
}

/// A whole program, valid as C and as C++.
static std::string exampleText(const CheckedProgram &program,
                               const ArgLayout &layout, const CNames &names,
                               llvm::StringRef fileStem) {
  std::vector<std::string> arguments = names.sizes;
  llvm::append_range(arguments, names.inputs);
  llvm::append_range(arguments, names.outputs);
  bool isBatched = llvm::any_of(
      layout.outputs, [](const ArgSlot &slot) { return slot.axes.size() > 1; });
  int64_t rows = isBatched ? 8 : 100;
  std::string text = "#include \"" + fileStem.str() + ".h\"\n" +
                     "#include <stdio.h>\n\nint main(void) {\n";
  for (auto [axis, size] : llvm::zip(program.axes, names.sizes))
    text += "  int64_t " + size + " = " +
            llvm::itostr(axis.fixed >= 0 ? axis.fixed : rows) + ";\n";
  for (auto [slot, cName] : llvm::zip(layout.inputs, names.inputs))
    text += exampleInput(slot, cName, rows);
  for (auto [slot, cName] : llvm::zip(layout.outputs, names.outputs))
    text += exampleArray(slot, cName, rows);
  text += "  if (" + names.function + "(" + llvm::join(arguments, ", ") +
          ") != KDSL_OK) {\n" +
          "    fprintf(stderr, \"%s\\n\", kdsl_last_error());\n" +
          "    return 1;\n  }\n  return 0;\n}\n";
  return text;
}

void writeProgramDoc(llvm::raw_ostream &os,
                     llvm::ArrayRef<CheckedProgram> bodies,
                     const ArgLayout &layout, const CNames &names,
                     llvm::StringRef fileStem) {
  const CheckedProgram &program = bodies.front();
  CommentWriter doc(os);
  if (!program.doc.empty()) {
    doc.verbatim(escapeComment(program.doc));
    doc.blank();
  }
  doc.verbatim(escapeComment(program.source), 4);
  doc.blank();
  writeArguments(doc, bodies, layout, names);
  doc.paragraph("@return KDSL_OK, or another status");
  doc.blank();
  writeAccuracy(doc, program, names);
  doc.blank();
  doc.paragraph("Example:");
  doc.verbatim("@code");
  doc.verbatim(escapeComment(exampleText(program, layout, names, fileStem)));
  doc.verbatim("@endcode");
}

} // namespace kdslc
