//===- AstPrinter.cpp - the syntax tree as text, for --emit=ast -----------===//
//
// One node a line, children indented by two blanks; subscripts, types and
// other short things stay on the line of their owner.
//
//===----------------------------------------------------------------------===//

#include "compiler/frontend/Ast.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <fmt/format.h>

using namespace kdslc;
using namespace kdslc::ast;

namespace {

class Printer {
public:
  explicit Printer(llvm::raw_ostream &os) : os(os) {}
  void item(const Item &item);

private:
  void expr(const ast::Expr *e, unsigned indent);
  void chain(const Chain &chain, unsigned indent);
  void subscript(const Subscript &s, unsigned indent);
  void reduce(const Reduce &reduce, unsigned indent);
  void children(llvm::ArrayRef<const ast::Expr *> exprs, unsigned indent);
  void inlineExpr(const ast::Expr *e);
  bool isShort(const ast::Expr *e) const;
  void params(llvm::StringRef role, llvm::ArrayRef<Param> params);
  void rows(llvm::ArrayRef<Identifier> rows);
  void type(const Type &type);
  void statement(const Statement &s, unsigned indent);
  void settings(llvm::ArrayRef<Setting> settings);
  void test(const Test &test);
  llvm::raw_ostream &line(unsigned indent) { return os.indent(2 * indent); }

  llvm::raw_ostream &os;
};

} // namespace

static void printNumber(const Number &number, llvm::raw_ostream &os) {
  if (number.isInteger)
    os << number.integer;
  else
    os << fmt::format("{}", number.real);
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

/// Names, numbers and their sums as they stand in subscripts and sizes.
bool Printer::isShort(const ast::Expr *e) const {
  if (const auto *sub = llvm::dyn_cast<Subscript>(e))
    return isShort(sub->base) && llvm::all_of(sub->subs, [&](const auto &s) {
             return isShort(s.first) && (!s.last || isShort(s.last));
           });
  if (const auto *chain = llvm::dyn_cast<Chain>(e))
    return chain->links.size() < 4 && llvm::isa<Name, Number>(chain->first) &&
           llvm::all_of(chain->links,
                        [](const Chain::Link &link) {
                          return link.op == Function::Add ||
                                 link.op == Function::Sub ||
                                 link.op == Function::Mul;
                        }) &&
           llvm::all_of(chain->links, [](const Chain::Link &link) {
             return llvm::isa<Name, Number>(link.operand);
           });
  return llvm::isa<Name, Number, Bool>(e);
}

void Printer::inlineExpr(const ast::Expr *e) {
  if (const auto *name = llvm::dyn_cast<Name>(e)) {
    os << name->name;
  } else if (const auto *number = llvm::dyn_cast<Number>(e)) {
    printNumber(*number, os);
  } else if (const auto *boolean = llvm::dyn_cast<Bool>(e)) {
    os << (boolean->value ? "true" : "false");
  } else if (const auto *chain = llvm::dyn_cast<Chain>(e)) {
    inlineExpr(chain->first);
    for (const Chain::Link &link : chain->links) {
      os << ' ' << functionName(link.op) << ' ';
      inlineExpr(link.operand);
    }
  } else if (const auto *sub = llvm::dyn_cast<Subscript>(e)) {
    if (sub->member) {
      inlineExpr(sub->member);
      os << " in ";
    }
    inlineExpr(sub->base);
    os << '[';
    llvm::interleaveComma(sub->subs, os, [&](const Subscript::Sub &s) {
      inlineExpr(s.first);
      if (s.last) {
        os << ':';
        inlineExpr(s.last);
      }
    });
    os << ']';
  }
}

void Printer::children(llvm::ArrayRef<const ast::Expr *> exprs,
                       unsigned indent) {
  for (const ast::Expr *e : exprs)
    expr(e, indent);
}

void Printer::expr(const ast::Expr *e, unsigned indent) {
  if (!e) {
    line(indent) << "<error>\n";
    return;
  }
  if (isShort(e)) {
    line(indent);
    inlineExpr(e);
    os << '\n';
    return;
  }
  switch (e->kind) {
  case ast::Expr::Number:
  case ast::Expr::Bool:
  case ast::Expr::Name:
    break; // short
  case ast::Expr::Unary: {
    const auto *unary = llvm::cast<Unary>(e);
    line(indent) << functionName(unary->op) << '\n';
    return expr(unary->operand, indent + 1);
  }
  case ast::Expr::Chain:
    return chain(*llvm::cast<Chain>(e), indent);
  case ast::Expr::Subscript:
    return subscript(*llvm::cast<Subscript>(e), indent);
  case ast::Expr::Concat:
    line(indent) << "concat\n";
    return children(llvm::cast<Concat>(e)->elements, indent + 1);
  case ast::Expr::Call: {
    const auto *call = llvm::cast<Call>(e);
    line(indent) << "call " << call->callee.name << '\n';
    return children(call->args, indent + 1);
  }
  case ast::Expr::Reduce:
    return reduce(*llvm::cast<Reduce>(e), indent);
  }
}

/// The operator of each link stands before its operand.
void Printer::chain(const Chain &chain, unsigned indent) {
  line(indent) << "chain\n";
  expr(chain.first, indent + 1);
  for (const Chain::Link &link : chain.links) {
    line(indent + 1) << functionName(link.op);
    if (isShort(link.operand)) {
      os << ' ';
      inlineExpr(link.operand);
      os << '\n';
      continue;
    }
    os << '\n';
    expr(link.operand, indent + 2);
  }
}

void Printer::subscript(const Subscript &s, unsigned indent) {
  line(indent) << (s.member ? "pair in set\n" : "subscript\n");
  expr(s.base, indent + 1);
  for (const Subscript::Sub &sub : s.subs) {
    line(indent + 1) << (sub.last ? "from\n" : "at\n");
    expr(sub.first, indent + 2);
    if (sub.last) {
      line(indent + 1) << "to\n";
      expr(sub.last, indent + 2);
    }
  }
}

void Printer::reduce(const Reduce &reduce, unsigned indent) {
  line(indent) << reduce.op.name << " over ";
  llvm::interleaveComma(reduce.indices, os, [&](const Reduce::Index &index) {
    os << index.name.name;
    if (!index.in.name.empty())
      os << " in " << index.in.name;
    rows(index.rows);
  });
  os << '\n';
  if (reduce.where) {
    line(indent + 1) << "where\n";
    expr(reduce.where, indent + 2);
  }
  children(reduce.args, indent + 1);
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

void Printer::rows(llvm::ArrayRef<Identifier> rows) {
  if (rows.empty())
    return;
  os << '[';
  llvm::interleaveComma(rows, os,
                        [&](const Identifier &row) { os << row.name; });
  os << ']';
}

void Printer::type(const Type &type) {
  os << type.elem;
  if (type.dims.empty())
    return;
  os << '[';
  llvm::interleaveComma(type.dims, os,
                        [&](const ast::Expr *dim) { inlineExpr(dim); });
  os << ']';
}

void Printer::params(llvm::StringRef role, llvm::ArrayRef<Param> params) {
  for (const Param &param : params) {
    line(1) << role << ' ' << param.name.name;
    if (param.isRanges)
      os << ": ranges";
    else if (!param.type.elem.empty())
      os << ": ";
    rows(param.rows);
    if (!param.rows.empty() && !param.isRanges)
      os << ' ';
    type(param.type);
    os << '\n';
  }
}

void Printer::statement(const Statement &s, unsigned indent) {
  line(indent) << (s.isLet ? "let " : "assign ") << s.name.name;
  rows(s.indices);
  os << '\n';
  expr(s.value, indent + 1);
}

void Printer::settings(llvm::ArrayRef<Setting> settings) {
  for (const Setting &setting : settings) {
    line(1) << setting.key.name << " = ";
    llvm::interleaveComma(setting.values, os,
                          [&](const Identifier &v) { os << v.name; });
    os << '\n';
  }
}

void Printer::test(const Test &test) {
  os << "test " << test.name.name << '\n';
  for (const Test::Given &given : test.givens) {
    line(1) << "given " << given.name.name << '\n';
    expr(given.value, 2);
  }
  for (const Test::Expect &expect : test.expects) {
    if (expect.name.name.empty()) {
      line(1) << "expect error \"" << expect.error << "\"\n";
      continue;
    }
    line(1) << "expect " << expect.name.name << '\n';
    expr(expect.value, 2);
    if (expect.within) {
      line(1) << "within\n";
      expr(expect.within, 2);
    }
  }
  for (const Test::Bind &bind : test.random)
    line(1) << "random " << bind.name.name << " = " << bind.value << '\n';
}

void Printer::item(const Item &item) {
  switch (item.kind) {
  case Item::Import:
    os << "import " << item.name.name << '\n';
    return;
  case Item::Const:
    os << "const " << item.name.name << '\n';
    return expr(llvm::cast<Const>(item).value, 1);
  case Item::Kernel: {
    const auto &kernel = llvm::cast<Kernel>(item);
    os << "kernel " << kernel.name.name << '\n';
    params("param", kernel.params);
    for (const Statement &let : kernel.lets)
      statement(let, 1);
    line(1) << "return\n";
    return expr(kernel.result, 2);
  }
  case Item::Program: {
    const auto &program = llvm::cast<Program>(item);
    os << "program " << program.name.name << '\n';
    params("input", program.inputs);
    params("output", program.outputs);
    for (const Statement &s : program.statements)
      statement(s, 1);
    return;
  }
  case Item::Derive: {
    const auto &derive = llvm::cast<Derive>(item);
    os << "derive " << derive.name.name << " = " << derive.mode.name << " of "
       << derive.program.name << " in ";
    llvm::interleaveComma(derive.inputs, os,
                          [&](const Identifier &i) { os << i.name; });
    os << '\n';
    return;
  }
  case Item::Specialize:
    os << "specialize " << item.name.name << '\n';
    return settings(llvm::cast<Specialize>(item).settings);
  case Item::Schedule:
    os << "schedule " << item.name.name;
    if (!llvm::cast<Schedule>(item).target.name.empty())
      os << " for " << llvm::cast<Schedule>(item).target.name;
    os << '\n';
    return settings(llvm::cast<Schedule>(item).settings);
  case Item::Test:
    return test(llvm::cast<Test>(item));
  }
}

void kdslc::ast::print(const File &file, llvm::raw_ostream &os) {
  Printer printer(os);
  for (const std::unique_ptr<Item> &item : file.items) {
    for (llvm::StringRef doc : llvm::split(item->doc, '\n'))
      if (!item->doc.empty())
        os << "/// " << doc << '\n';
    printer.item(*item);
  }
}
