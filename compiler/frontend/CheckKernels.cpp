//===- CheckKernels.cpp - kernels, less their calls -----------------------===//

#include "compiler/frontend/Checker.h"
#include <fmt/format.h>

using namespace kdslc;
using llvm::StringRef;

/// Calls `visit` for each expression in an expression, itself included.
static void forEachExpr(const ast::Expr *expr,
                        llvm::function_ref<void(const ast::Expr &)> visit) {
  if (!expr)
    return;
  visit(*expr);
  switch (expr->kind) {
  case ast::Expr::Number:
  case ast::Expr::Bool:
  case ast::Expr::Name:
    return;
  case ast::Expr::Unary:
    return forEachExpr(llvm::cast<ast::Unary>(expr)->operand, visit);
  case ast::Expr::Chain: {
    const auto *chain = llvm::cast<ast::Chain>(expr);
    forEachExpr(chain->first, visit);
    for (const ast::Chain::Link &link : chain->links)
      forEachExpr(link.operand, visit);
    return;
  }
  case ast::Expr::Subscript: {
    const auto *subscript = llvm::cast<ast::Subscript>(expr);
    forEachExpr(subscript->base, visit);
    for (const ast::Subscript::Sub &sub : subscript->subs) {
      forEachExpr(sub.first, visit);
      forEachExpr(sub.last, visit);
    }
    return;
  }
  case ast::Expr::Concat:
    for (const ast::Expr *element : llvm::cast<ast::Concat>(expr)->elements)
      forEachExpr(element, visit);
    return;
  case ast::Expr::Call:
    for (const ast::Expr *arg : llvm::cast<ast::Call>(expr)->args)
      forEachExpr(arg, visit);
    return;
  case ast::Expr::Reduce:
    forEachExpr(llvm::cast<ast::Reduce>(expr)->where, visit);
    for (const ast::Expr *arg : llvm::cast<ast::Reduce>(expr)->args)
      forEachExpr(arg, visit);
    return;
  }
}

/// The kernels that a kernel calls, in the order of its text.
std::vector<const ast::Kernel *>
Checker::calledKernels(const ast::Kernel &kernel) const {
  std::vector<const ast::Kernel *> called;
  auto visit = [&](const ast::Expr &expr) {
    const auto *call = llvm::dyn_cast<ast::Call>(&expr);
    if (auto found = call ? kernels.find(call->callee.name) : kernels.end();
        found != kernels.end())
      called.push_back(found->second);
  };
  for (const ast::Statement &let : kernel.lets)
    forEachExpr(let.value, visit);
  forEachExpr(kernel.result, visit);
  return called;
}

/// Checks what does not depend on a call: names of parameters, unknown
/// functions and recursion. Types are checked at each call.
void Checker::checkKernels() {
  llvm::DenseMap<const ast::Kernel *, int> state; // 1: on the path, 2: done
  for (const auto &item : file.items)
    if (const auto *kernel = llvm::dyn_cast<ast::Kernel>(item.get())) {
      checkKernelNames(*kernel);
      findRecursion(*kernel, state);
    }
}

/// Depth first over the calls, with a stack of its own: chains of kernels may
/// be long.
void Checker::findRecursion(const ast::Kernel &root,
                            llvm::DenseMap<const ast::Kernel *, int> &state) {
  struct Step {
    const ast::Kernel *kernel;
    std::vector<const ast::Kernel *> calls;
    size_t next = 0;
  };
  if (state.lookup(&root))
    return;
  std::vector<Step> path;
  path.push_back({&root, calledKernels(root)});
  state[&root] = 1;
  while (!path.empty()) {
    Step &top = path.back();
    if (top.next == top.calls.size()) {
      state[top.kernel] = 2;
      path.pop_back();
      continue;
    }
    const ast::Kernel *callee = top.calls[top.next++];
    int seen = state.lookup(callee);
    if (seen == 0) {
      state[callee] = 1;
      path.push_back({callee, calledKernels(*callee)});
    } else if (seen == 1) {
      std::string cycle;
      bool inside = false;
      for (const Step &step : path) {
        inside |= step.kernel == callee;
        if (inside)
          cycle += step.kernel->name.name.str() + " -> ";
        if (inside)
          badKernels.insert(step.kernel->name.name);
      }
      fail(Label::K022, callee->name.range,
           fmt::format("kernels cannot be recursive: {}{}", cycle,
                       callee->name.name.str()));
    }
  }
}

void Checker::checkKernelNames(const ast::Kernel &kernel) {
  llvm::StringMap<SourceRange> names;
  auto add = [&](const ast::Identifier &name) {
    auto [entry, isNew] = names.try_emplace(name.name, name.range);
    auto global = declared.find(name.name);
    if (isNew && global == declared.end() && !isBuiltinFunction(name.name))
      return;
    Diagnostic &d =
        error(Label::K042, name.range,
              fmt::format("the name '{}' is taken already", name.name.str()));
    if (!isNew || global != declared.end())
      DiagnosticEngine::note(
          d, isNew ? global->second : entry->second,
          fmt::format("'{}' is declared here", name.name.str()));
    badKernels.insert(kernel.name.name);
  };
  for (const ast::Param &param : kernel.params) {
    add(param.name);
    for (const ast::Expr *dim : param.type.dims)
      if (const auto *name = llvm::dyn_cast<ast::Name>(dim))
        featureSizes.insert(name->name);
  }
  for (const ast::Statement &let : kernel.lets) {
    if (!let.indices.empty())
      fail(Label::K044, let.indices[0].range,
           "a 'let' of a kernel has no rows; a kernel is a function of values");
    add(let.name);
  }
  if (!kernel.result)
    badKernels.insert(kernel.name.name);
  auto visit = [&](const ast::Expr &expr) {
    if (const auto *reduce = llvm::dyn_cast<ast::Reduce>(&expr)) {
      checkReduce(*reduce); // reports that kernels have no rows
      badKernels.insert(kernel.name.name);
    }
    const auto *call = llvm::dyn_cast<ast::Call>(&expr);
    StringRef callee = call ? call->callee.name : "";
    if (!call || kernels.count(callee) || isBuiltinFunction(callee) ||
        elementOf(callee))
      return;
    unknownFunction(*call);
    badKernels.insert(kernel.name.name);
  };
  for (const ast::Statement &let : kernel.lets)
    forEachExpr(let.value, visit);
  forEachExpr(kernel.result, visit);
}
