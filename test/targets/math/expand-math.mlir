// RUN: kdsl-opt --expand-math --split-input-file --verify-diagnostics %s | FileCheck %s

// Two vectors go in step, by the two AVX-512 instructions. Where the result
// would be subnormal it is 0, which code generation makes a mask of vscalef.
// CHECK-LABEL: func @exp2_v4
// CHECK: %[[F0:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%arg0,
// CHECK-NEXT: %[[F1:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%arg1,
// CHECK-NEXT: %[[P0:.*]] = math.fma %{{.*}}, %[[F0]],
// CHECK-NEXT: %[[P1:.*]] = math.fma %{{.*}}, %[[F1]],
// CHECK-COUNT-8: math.fma
// CHECK-NOT: math.fma
// CHECK: %[[M0:.*]] = arith.cmpf olt, %arg0, %{{.*}} : vector<16xf32>
// CHECK: %[[E0:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%{{.*}}, %arg0,
// CHECK-NEXT: %[[E1:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%{{.*}}, %arg1,
// CHECK-NEXT: arith.select %[[M0]], %{{.*}}, %[[E0]]
// CHECK-NOT: math.exp2
func.func @exp2_v4(%a: vector<16xf32>, %b: vector<16xf32>)
    -> (vector<16xf32>, vector<16xf32>) attributes {kdsl.isa = "x86-64-v4"} {
  %0 = math.exp2 %a : vector<16xf32>
  %1 = math.exp2 %b : vector<16xf32>
  return %0, %1 : vector<16xf32>, vector<16xf32>
}

// A chain cannot go in step.
// CHECK-LABEL: func @exp2_chain
// CHECK: scalef.ps.512"(%{{.*}}, %arg0,
// CHECK: reduce.ps.512
func.func @exp2_chain(%a: vector<16xf32>) -> vector<16xf32>
    attributes {kdsl.isa = "x86-64-v4"} {
  %0 = math.exp2 %a : vector<16xf32>
  %1 = math.exp2 %0 : vector<16xf32>
  return %1 : vector<16xf32>
}

// CHECK-LABEL: func @exp2_fast
// CHECK-COUNT-4: math.fma
// CHECK-NOT: math.fma
func.func @exp2_fast(%a: vector<16xf32>) -> vector<16xf32>
    attributes {kdsl.isa = "x86-64-v4", kdsl.exp = "fast"} {
  %0 = math.exp2 %a : vector<16xf32>
  return %0 : vector<16xf32>
}

// Clamps on both sides, exponent by integer addition.
// CHECK-LABEL: func @exp2_v3
// CHECK: arith.cmpf ogt, %arg0
// CHECK: arith.cmpf olt
// CHECK: math.floor
// CHECK: llvm.call_intrinsic "llvm.x86.avx.cvt.ps2dq.256"
// CHECK-COUNT-5: math.fma
// CHECK: arith.shli
// CHECK: arith.addi
func.func @exp2_v3(%a: vector<8xf32>) -> vector<8xf32>
    attributes {kdsl.isa = "x86-64-v3"} {
  %0 = math.exp2 %a : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func @exp2_bounded
// CHECK-NOT: arith.cmpf ogt
// CHECK: arith.cmpf olt, %arg0
func.func @exp2_bounded(%a: vector<8xf32>) -> vector<8xf32>
    attributes {kdsl.isa = "x86-64-v3"} {
  %0 = math.exp2 %a {kdsl.bounded} : vector<8xf32>
  return %0 : vector<8xf32>
}

// It shows: -c / (2 s s) times a sum of squares and a root.
// CHECK-LABEL: func @exp2_of_negative_product
// CHECK-NOT: arith.cmpf ogt
// CHECK: arith.cmpf olt
// CHECK: return
func.func @exp2_of_negative_product(%a: vector<8xf32>, %s: f32) -> vector<8xf32>
    attributes {kdsl.isa = "x86-64-v3"} {
  %c = arith.constant -1.5 : f32
  %two = arith.constant 2.0 : f32
  %s2 = arith.mulf %s, %two : f32
  %ss = arith.mulf %s2, %s : f32
  %factor = arith.divf %c, %ss : f32
  %factors = vector.broadcast %factor : f32 to vector<8xf32>
  %square = arith.mulf %a, %a : vector<8xf32>
  %root = math.sqrt %square : vector<8xf32>
  %sum = arith.addf %square, %root : vector<8xf32>
  %t = arith.mulf %sum, %factors : vector<8xf32>
  %0 = math.exp2 %t : vector<8xf32>
  return %0 : vector<8xf32>
}

// It does not: the sign is that of s.
// CHECK-LABEL: func @exp2_of_product
// CHECK: arith.cmpf ogt
func.func @exp2_of_product(%a: vector<8xf32>, %s: vector<8xf32>) -> vector<8xf32>
    attributes {kdsl.isa = "x86-64-v3"} {
  %square = arith.mulf %a, %a : vector<8xf32>
  %odd = arith.mulf %square, %s : vector<8xf32>
  %t = arith.negf %odd : vector<8xf32>
  %0 = math.exp2 %t : vector<8xf32>
  return %0 : vector<8xf32>
}

// The default is x86-64-v2, without fused multiply-add.
// CHECK-LABEL: func @scalar_default
// CHECK-NOT: math.fma
// CHECK-NOT: call_intrinsic
// CHECK: arith.mulf
// CHECK-NOT: math.log
// CHECK: return
func.func @scalar_default(%a: f64) -> f64 {
  %0 = math.log %a : f64
  return %0 : f64
}

// CHECK-LABEL: func @native
// CHECK: math.sqrt
// CHECK-NEXT: math.floor
// CHECK-NEXT: math.copysign
func.func @native(%a: vector<3xf32>) -> vector<3xf32> {
  %0 = math.sqrt %a : vector<3xf32>
  %1 = math.floor %0 : vector<3xf32>
  %2 = math.copysign %1, %a : vector<3xf32>
  return %2 : vector<3xf32>
}

// x^5 = x (x^2)^2.
// CHECK-LABEL: func @constant_power
// CHECK: %[[S:.*]] = arith.mulf %arg0, %arg0
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %[[S]], %[[S]]
// CHECK-NEXT: %[[P:.*]] = arith.mulf %arg0, %[[Q]]
// CHECK-NEXT: return %[[P]]
func.func @constant_power(%a: f32) -> f32 {
  %five = arith.constant 5 : i32
  %0 = math.fpowi %a, %five : f32, i32
  return %0 : f32
}

// The half turns of a sine are counted by a sum whose low bits they are, the last of
// which is its sign; of f32, too, the remainder takes no f64. A result outside
// [-1, 1] is cut off.
// CHECK-LABEL: func @sine
// CHECK-DAG: %[[MAGIC:.*]] = arith.constant 0x4B400000 : f32
// CHECK-NOT: f64
// CHECK: %[[A:.*]] = math.absf %arg0
// CHECK-NEXT: %[[S:.*]] = math.fma %[[A]], %{{.*}}, %[[MAGIC]]
// CHECK-NEXT: %[[N:.*]] = arith.subf %[[S]], %[[MAGIC]]
// CHECK-NEXT: math.fma %[[N]], %{{.*}}, %[[A]]
// CHECK-NEXT: math.fma %[[N]]
// CHECK-NEXT: math.fma %[[N]]
// CHECK-NEXT: %[[COUNT:.*]] = arith.bitcast %[[S]] : f32 to i32
// CHECK-COUNT-4: math.fma
// CHECK-COUNT-2: arith.select
// CHECK: arith.shli %[[COUNT]]
// CHECK-NOT: select
// CHECK-NOT: f64
// CHECK: return
func.func @sine(%a: f32) -> f32 attributes {kdsl.isa = "x86-64-v3"} {
  %0 = math.sin %a : f32
  return %0 : f32
}

// A cosine is the sine of a quarter turn more, which the count is less.
// CHECK-LABEL: func @cosine
// CHECK-DAG: %[[MAGIC:.*]] = arith.constant 0x4338000000000000 : f64
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f64
// CHECK: %[[U:.*]] = math.fma %arg0, %{{.*}}, %[[HALF]]
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[U]], %[[MAGIC]]
// CHECK-NEXT: %[[M:.*]] = arith.subf %[[S]], %[[MAGIC]]
// CHECK-NEXT: arith.subf %[[M]], %[[HALF]]
func.func @cosine(%a: f64) -> f64 attributes {kdsl.isa = "x86-64-v4"} {
  %0 = math.cos %a : f64
  return %0 : f64
}

// The sine and the cosine of one angle take its remainder once, by quarter turns.
// CHECK-LABEL: func @both
// CHECK: math.fma
// CHECK-NEXT: arith.subf
// CHECK-NEXT: math.fma
// CHECK-NEXT: math.fma
// CHECK-NEXT: math.fma
// CHECK-NEXT: arith.bitcast
// CHECK-COUNT-4: arith.select
// CHECK-NOT: arith.subf
// CHECK: return
func.func @both(%a: vector<4xf64>) -> (vector<4xf64>, vector<4xf64>)
    attributes {kdsl.isa = "x86-64-v3"} {
  %0 = math.cos %a : vector<4xf64>
  %1 = math.sin %a : vector<4xf64>
  return %1, %0 : vector<4xf64>, vector<4xf64>
}

// The larger of two numbers that have no sign, or NaN, is the one whose bits are. What
// may have a sign keeps the maximum of floats.
// CHECK-LABEL: func @larger
// CHECK-DAG: %[[A:.*]] = math.absf %arg0
// CHECK-DAG: %[[B:.*]] = math.absf %arg1
// CHECK-DAG: %[[C:.*]] = arith.bitcast %[[A]] : vector<8xf32> to vector<8xi32>
// CHECK-DAG: %[[D:.*]] = arith.bitcast %[[B]] : vector<8xf32> to vector<8xi32>
// CHECK: arith.maxui %[[C]], %[[D]] : vector<8xi32>
// CHECK: arith.maximumf %{{.*}}, %arg1
func.func @larger(%a: vector<8xf32>, %b: vector<8xf32>) -> vector<8xf32> {
  %0 = math.absf %a : vector<8xf32>
  %1 = math.absf %b : vector<8xf32>
  %2 = arith.maximumf %0, %1 : vector<8xf32>
  %3 = arith.maximumf %2, %b : vector<8xf32>
  return %3 : vector<8xf32>
}

// On a GPU exp2 of f32 is one instruction, whatever its options.
// CHECK-LABEL: func @exp2_gpu
// CHECK-NEXT: %[[E:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"(%arg0)
// CHECK-NEXT: %[[F:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"(%[[E]])
// CHECK-NEXT: return %[[F]]
func.func @exp2_gpu(%a: f32) -> f32
    attributes {kdsl.isa = "sm_90", kdsl.exp = "fast"} {
  %0 = math.exp2 %a : f32
  %1 = math.exp2 %0 {kdsl.bounded} : f32
  return %1 : f32
}

// In f64 an addition that rounds down takes the integer off, and its low bits
// are the exponent.
// CHECK-LABEL: func @exp2_gpu_f64
// CHECK-DAG: %[[MAGIC:.*]] = arith.constant 0x4338000000000000 : f64
// CHECK-DAG: %[[LOW:.*]] = arith.constant -1.023000e+03 : f64
// CHECK: %[[C:.*]] = arith.cmpf olt, %arg0, %[[LOW]]
// CHECK: %[[T:.*]] = arith.select %[[C]], %[[LOW]], %arg0
// CHECK: %[[S:.*]] = llvm.call_intrinsic "llvm.nvvm.add.rm.d"(%[[T]], %[[MAGIC]])
// CHECK: %[[N:.*]] = arith.subf %[[S]], %[[MAGIC]]
// CHECK: arith.bitcast %[[S]] : f64 to i64
// CHECK: arith.subf %[[T]], %[[N]]
// CHECK-COUNT-11: math.fma
// CHECK-NOT: math.f
// CHECK: return
func.func @exp2_gpu_f64(%a: f64) -> f64 attributes {kdsl.isa = "sm_80"} {
  %0 = math.exp2 %a {kdsl.bounded} : f64
  return %0 : f64
}

// group-quotients has its own ways for this one.
// CHECK-LABEL: func @rsqrt_gpu
// CHECK-NEXT: math.rsqrt %arg0
func.func @rsqrt_gpu(%a: f32) -> f32 attributes {kdsl.isa = "sm_100"} {
  %0 = math.rsqrt %a : f32
  return %0 : f32
}

// By an exponential and a reciprocal, both approximate, or a polynomial; PTX has no
// such instructions for f64.
// CHECK-LABEL: func @tanh_gpu
// CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"
// CHECK: llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"
// CHECK-COUNT-7: math.fma {{.*}} : f32
// CHECK: arith.select
// CHECK-NOT: divf %{{.*}} : f32
// CHECK: arith.divf %{{.*}} : f64
func.func @tanh_gpu(%a: f32, %b: f64) -> (f32, f64)
    attributes {kdsl.isa = "sm_80"} {
  %0 = math.tanh %a : f32
  %1 = math.tanh %b : f64
  return %0, %1 : f32, f64
}

// Clamps are one instruction each, and two additions round to an integer.
// CHECK-LABEL: func @sinh_gpu
// CHECK: math.absf %arg0
// CHECK-NEXT: arith.minimumf
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK-NEXT: arith.subf
// CHECK-NOT: math.roundeven
// CHECK: return
func.func @sinh_gpu(%a: f32) -> f32 attributes {kdsl.isa = "sm_120"} {
  %0 = math.sinh %a : f32
  return %0 : f32
}

// The exponential is one product and one instruction.
// CHECK-LABEL: func @exp_gpu
// CHECK: %[[T:.*]] = arith.mulf %arg0, %{{.*}}
// CHECK-NEXT: %[[P:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"(%[[T]])
// CHECK-NEXT: return %[[P]]
func.func @exp_gpu(%a: f32) -> f32 attributes {kdsl.isa = "sm_120"} {
  %0 = math.exp %a : f32
  return %0 : f32
}

// Sums that drop fractions round to an integer where there are fractions; in f64 it is
// an instruction.
// CHECK-LABEL: func @round_gpu
// CHECK: %[[SIZE:.*]] = math.absf %arg0
// CHECK-NEXT: llvm.call_intrinsic "llvm.nvvm.add.rz.f"(%[[SIZE]],
// CHECK-NEXT: llvm.call_intrinsic "llvm.nvvm.add.rz.f"
// CHECK-NEXT: arith.subf
// CHECK-NEXT: arith.cmpf olt, %[[SIZE]],
// CHECK-NEXT: arith.select
// CHECK-NOT: math.round {{.*}} : f32
// CHECK: math.round %arg1 : f64
func.func @round_gpu(%a: f32, %b: f64) -> (f32, f64) attributes {kdsl.isa = "sm_90"} {
  %0 = math.round %a : f32
  %1 = math.round %b : f64
  return %0, %1 : f32, f64
}

// The sign of a number that is not 0 is that of its bits: one comparison, not two.
// CHECK-LABEL: func @sign_gpu
// CHECK: %[[BITS:.*]] = arith.bitcast %arg0 : f32 to i32
// CHECK-NEXT: %[[S:.*]] = arith.andi %[[BITS]], %{{.*}}
// CHECK: arith.xori %{{.*}}, %[[S]]
// CHECK-NEXT: %[[SIGN:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK-NEXT: %[[APART:.*]] = arith.cmpf one, %arg0, %[[ZERO:.*]] : f32
// CHECK-NEXT: %[[R:.*]] = arith.select %[[APART]], %[[SIGN]], %{{.*}} : f32
// CHECK: return %[[R]]
func.func @sign_gpu(%a: f32) -> f32 attributes {kdsl.isa = "sm_90"} {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %minus = arith.constant -1.0 : f32
  %above = arith.cmpf ogt, %a, %zero : f32
  %below = arith.cmpf olt, %a, %zero : f32
  %s = arith.select %below, %minus, %zero : f32
  %t = arith.select %above, %one, %s : f32
  return %t : f32
}

// Powers of a group: without what zeros, infinities, negative numbers and results out
// of range need.
// CHECK-LABEL: func @powers_gpu
// CHECK-NOT: math.trunc
// CHECK-NOT: arith.select
// CHECK: scf.if
// CHECK: } else {
// CHECK: math.trunc
func.func @powers_gpu(%a: f32, %b: f32, %c: f32) -> (f32, f32)
    attributes {kdsl.isa = "sm_90"} {
  %0 = math.powf %a, %c : f32
  %1 = math.powf %b, %c : f32
  return %0, %1 : f32, f32
}

// Logarithms of a group by a polynomial alone, in step, which holds for normal numbers;
// one that is not makes all of them take the long way. One alone takes it always.
// CHECK-LABEL: func @logs_gpu
// CHECK: %[[B0:.*]] = arith.bitcast %arg0 : f32 to i32
// CHECK-NEXT: %[[B1:.*]] = arith.bitcast %arg1 : f32 to i32
// CHECK: arith.sitofp
// CHECK-NEXT: arith.sitofp
// CHECK-COUNT-18: math.fma
// CHECK: arith.cmpf oge, %arg0,
// CHECK-NEXT: arith.cmpf oge, %arg1,
// CHECK: arith.andi
// CHECK-NEXT: arith.andi
// CHECK-NEXT: %[[ALL:.*]] = arith.andi
// CHECK-NEXT: %[[L:.*]]:2 = scf.if %[[ALL]]
// CHECK-NEXT: scf.yield
// CHECK-NEXT: } else {
// CHECK: rcp.approx
// CHECK: rcp.approx
// CHECK: scf.yield
// CHECK-NOT: scf.if
// CHECK: return %[[L]]#0, %[[L]]#1
func.func @logs_gpu(%a: f32, %b: f32, %c: f32) -> (f32, f32, f32)
    attributes {kdsl.isa = "sm_90"} {
  %0 = math.log %a : f32
  %1 = math.log %b : f32
  %2 = arith.addf %c, %c : f32
  %3 = math.log %2 : f32
  return %0, %1, %3 : f32, f32, f32
}

// The instructions take scalars.
// CHECK-LABEL: func @vector_gpu
// CHECK-NOT: call_intrinsic
// CHECK: math.floor
// CHECK-COUNT-5: math.fma
// CHECK: return
func.func @vector_gpu(%a: vector<2xf32>) -> vector<2xf32>
    attributes {kdsl.isa = "sm_100"} {
  %0 = math.exp2 %a : vector<2xf32>
  return %0 : vector<2xf32>
}

// -----

func.func @half(%a: f16) -> f16 {
  // expected-error @below {{cannot expand 'math.exp' on 'f16': expected a known function of f32 or f64, scalar or fixed vector}}
  %0 = math.exp %a : f16
  return %0 : f16
}

// -----

func.func @scalable(%a: vector<[4]xf32>) -> vector<[4]xf32> {
  // expected-error @below {{cannot expand 'math.exp'}}
  %0 = math.exp %a : vector<[4]xf32>
  return %0 : vector<[4]xf32>
}

// -----

// expected-error @below {{unknown instruction set 'avx9': expected x86-64-v2, x86-64-v3, x86-64-v4, sm_80, sm_90, sm_100 or sm_120}}
func.func @no_such_isa(%a: f32) -> f32 attributes {kdsl.isa = "avx9"} {
  return %a : f32
}

// -----

// expected-error @below {{unknown precision 'exact' of 'exp': expected accurate or fast}}
func.func @no_such_precision(%a: f32) -> f32 attributes {kdsl.exp = "exact"} {
  return %a : f32
}

// -----

// On a GPU quotients that a rounding or a comparison depends on are noted.
// CHECK-LABEL: func @steps
// CHECK: arith.divf %arg0, %arg1 {kdsl.exact} : f32
// CHECK: arith.divf %arg1, %arg0 : f32
func.func @steps(%a: f32, %b: f32) -> (f32, f32)
    attributes {kdsl.isa = "sm_90"} {
  %p = arith.divf %a, %b : f32
  %q = arith.divf %b, %a : f32
  %r = math.floor %p : f32
  return %r, %q : f32, f32
}
