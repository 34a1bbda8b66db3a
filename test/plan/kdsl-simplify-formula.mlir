// RUN: kdsl-opt --pass-pipeline='builtin.module(kdsl.program(kdsl-simplify-formula))' %s | FileCheck %s

// exp(-q / s) is exp2(q * c), c computed once outside the pair.
// CHECK-LABEL: kdsl.program @gaussian
// CHECK-SAME: %[[S:[a-z0-9]+]]: f32
// CHECK: %[[LOG2E:.*]] = arith.constant -1.44269502 : f32
// CHECK: %[[C:.*]] = arith.divf %[[LOG2E]], %[[S]]
// CHECK: kdsl.reduce
// CHECK: %[[Q:.*]] = kdsl.sqdist
// CHECK-NEXT: %[[T:.*]] = arith.mulf %[[Q]], %[[C]]
// CHECK-NEXT: math.exp2 %[[T]]
// CHECK-NOT: math.exp %
kdsl.program @gaussian(%x: !kdsl.rows<[M], vector<3xf32>>,
                       %y: !kdsl.rows<[N], vector<3xf32>>, %s: f32)
    -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %n = arith.negf %q : f32
    %t = arith.divf %n, %s : f32
    %k = math.exp %t : f32
    kdsl.yield %k : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// An odd number of halves as exponent is a root and products, what can have a sign
// being put right for -inf and -0 first.
// CHECK-LABEL: kdsl.program @roots
// CHECK: %[[Q:.*]] = kdsl.sqdist
// CHECK-NEXT: %[[R:.*]] = math.sqrt %[[Q]]
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[R]], %[[Q]]
// CHECK-NEXT: arith.divf %{{.*}}, %[[P]]
// CHECK: %[[X:.*]] = vector.extract
// CHECK-NEXT: %[[LOW:.*]] = arith.cmpf oeq, %[[X]], %{{.*}}
// CHECK-NEXT: %[[B:.*]] = arith.select %[[LOW]], %{{.*}}, %[[X]]
// CHECK-NEXT: %[[R:.*]] = math.sqrt %[[B]]
// CHECK-NEXT: %[[S:.*]] = arith.mulf %[[B]], %[[B]]
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[R]], %[[S]]
// CHECK-NEXT: math.absf %[[P]]
// CHECK: math.rsqrt %[[Q]]
// CHECK: math.powf
kdsl.program @roots(%x: !kdsl.rows<[M], vector<3xf32>>,
                    %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>,
        !kdsl.rows<[M], f32>) {
  %a:4 = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum, #kdsl.sum, #kdsl.sum, #kdsl.sum)
      -> (value of 0 : !kdsl.rows<[M], f32>, value of 1 : !kdsl.rows<[M], f32>,
          value of 2 : !kdsl.rows<[M], f32>, value of 3 : !kdsl.rows<[M], f32>) {
    %down = arith.constant -1.5 : f32
    %up = arith.constant 2.5 : f32
    %root = arith.constant -0.5 : f32
    %long = arith.constant 9.5 : f32
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %k = math.powf %q, %down : f32
    %f = vector.extract %xi[0] : f32 from vector<3xf32>
    %l = math.powf %f, %up : f32
    %m = math.powf %q, %root : f32
    %n = math.powf %q, %long : f32
    kdsl.yield %k, %l, %m, %n : f32, f32, f32, f32
  }
  kdsl.return %a#0, %a#1, %a#2, %a#3 : !kdsl.rows<[M], f32>,
      !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>, !kdsl.rows<[M], f32>
}

// So is the exponential of a sum of features, and of the size of a difference.
// CHECK-LABEL: kdsl.program @computed
// CHECK: %[[L1:.*]] = vector.reduction
// CHECK-NEXT: %[[T:.*]] = arith.mulf %[[L1]], %{{.*}}
// CHECK-NEXT: math.exp2 %[[T]]
// CHECK: %[[B:.*]] = math.absf
// CHECK-NEXT: %[[U:.*]] = arith.mulf %[[B]], %{{.*}}
// CHECK-NEXT: math.exp2 %[[U]]
kdsl.program @computed(%x: !kdsl.rows<[M], vector<3xf32>>,
                       %y: !kdsl.rows<[N], vector<3xf32>>, %l: !kdsl.rows<[N], f32>,
                       %m: !kdsl.rows<[M], f32>) -> (!kdsl.rows<[M], f32>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>,
           %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>,
           %lj = %l[%j] : !kdsl.rows<[N], f32>, %mi = %m[%i] : !kdsl.rows<[M], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], f32>) {
    %d = arith.subf %xi, %yj : vector<3xf32>
    %b = math.absf %d : vector<3xf32>
    %s = vector.reduction <add>, %b : vector<3xf32> into f32
    %n = arith.negf %s : f32
    %k = math.exp %n : f32
    %p = arith.subf %mi, %lj : f32
    %q = math.absf %p : f32
    %w = math.exp %q : f32
    %v = arith.mulf %k, %w : f32
    kdsl.yield %v : f32
  }
  kdsl.return %a : !kdsl.rows<[M], f32>
}

// The exponential of an input keeps its exact reduction.
// CHECK-LABEL: kdsl.program @input
// CHECK: math.exp %
// CHECK-NOT: math.exp2
kdsl.program @input(%y: !kdsl.rows<[N], f32>) -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N) rows(%yj = %y[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[], f32>) {
    %k = math.exp %yj : f32
    kdsl.yield %k : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// The factor of a logsumexp goes into the terms of its value when one of them is
// rounded.
// CHECK-LABEL: kdsl.program @softmin
// CHECK: %[[L:.*]] = arith.constant 1.44269502 : f32
// CHECK: kdsl.reduce {{.*}} fold(#kdsl.logsumexp<base2 = true>)
// CHECK: arith.mulf %{{.*}}, %{{.*}}
// CHECK: %[[G:.*]] = arith.mulf %{{.*}}, %[[L]]
// CHECK: %[[W:.*]] = arith.mulf %{{.*}}, %{{.*}}
// CHECK: %[[V:.*]] = arith.addf %[[G]], %[[W]]
// CHECK: kdsl.yield %[[V]]
kdsl.program @softmin(%g: !kdsl.rows<[N], f32>, %w: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N)
      rows(%gj = %g[%j] : !kdsl.rows<[N], f32>,
           %wj = %w[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.logsumexp) -> (value of 0 : !kdsl.rows<[], f32>) {
    %q = arith.mulf %gj, %wj : f32
    %t = arith.addf %q, %wj : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// The difference of inputs may be exact: it is scaled as a whole.
// CHECK-LABEL: kdsl.program @difference
// CHECK: %[[L:.*]] = arith.constant 1.44269502 : f32
// CHECK: kdsl.reduce {{.*}} fold(#kdsl.logsumexp<base2 = true>)
// CHECK: %[[D:.*]] = arith.subf
// CHECK: %[[V:.*]] = arith.mulf %[[D]], %[[L]]
// CHECK: kdsl.yield %[[V]]
kdsl.program @difference(%g: !kdsl.rows<[N], f32>, %w: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[], f32>) {
  %a = kdsl.reduce keep() over(%j in N)
      rows(%gj = %g[%j] : !kdsl.rows<[N], f32>,
           %wj = %w[%j] : !kdsl.rows<[N], f32>)
      fold(#kdsl.logsumexp) -> (value of 0 : !kdsl.rows<[], f32>) {
    %t = arith.subf %gj, %wj : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[], f32>
}

// -(u) + v is v - u.
// CHECK-LABEL: kdsl.program @signs
// CHECK: arith.subf %[[V:.*]], %[[U:.*]] : f32
// CHECK-NOT: arith.addf
kdsl.program @signs(%u: !kdsl.rows<[N], f32>, %v: !kdsl.rows<[N], f32>)
    -> (!kdsl.rows<[N], f32>) {
  %a = kdsl.map keep(%j in N)
      rows(%uj = %u[%j] : !kdsl.rows<[N], f32>,
           %vj = %v[%j] : !kdsl.rows<[N], f32>) -> (!kdsl.rows<[N], f32>) {
    %n = arith.negf %uj : f32
    %t = arith.addf %n, %vj : f32
    kdsl.yield %t : f32
  }
  kdsl.return %a : !kdsl.rows<[N], f32>
}

// The distance of two rows by the difference that the formula has anyway.
// CHECK-LABEL: kdsl.program @forces
// CHECK: kdsl.sqdist %yj, %xi
// CHECK: arith.subf %yj, %xi
kdsl.program @forces(%x: !kdsl.rows<[M], vector<3xf32>>, %y: !kdsl.rows<[N], vector<3xf32>>)
    -> (!kdsl.rows<[M], vector<3xf32>>) {
  %a = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%xi = %x[%i] : !kdsl.rows<[M], vector<3xf32>>, %yj = %y[%j] : !kdsl.rows<[N], vector<3xf32>>)
      fold(#kdsl.sum) -> (value of 0 : !kdsl.rows<[M], vector<3xf32>>) {
    %q = kdsl.sqdist %xi, %yj : vector<3xf32>
    %d = arith.subf %yj, %xi : vector<3xf32>
    %b = vector.broadcast %q : f32 to vector<3xf32>
    %v = arith.mulf %b, %d : vector<3xf32>
    kdsl.yield %v : vector<3xf32>
  }
  kdsl.return %a : !kdsl.rows<[M], vector<3xf32>>
}

// Features that are counted fit an i32; large constants do not.
// CHECK-LABEL: kdsl.program @hamming
// CHECK: %[[NE:.*]] = arith.cmpi ne
// CHECK-NEXT: %[[ONES:.*]] = arith.select %[[NE]], %{{.*}} : vector<8xi1>, vector<8xi32>
// CHECK-NEXT: %[[SUM:.*]] = vector.reduction <add>, %[[ONES]] : vector<8xi32> into i32
// CHECK-NEXT: arith.extsi %[[SUM]] : i32 to i64
// CHECK: arith.select %[[NE]], %{{.*}} : vector<8xi1>, vector<8xi64>
kdsl.program @hamming(%k: !kdsl.rows<[M], vector<8xi32>>, %l: !kdsl.rows<[N], vector<8xi32>>)
    -> (!kdsl.rows<[M], i64>, !kdsl.rows<[M], i64>) {
  %a:2 = kdsl.reduce keep(%i in M) over(%j in N)
      rows(%ki = %k[%i] : !kdsl.rows<[M], vector<8xi32>>,
           %lj = %l[%j] : !kdsl.rows<[N], vector<8xi32>>)
      fold(#kdsl.sum, #kdsl.sum)
      -> (value of 0 : !kdsl.rows<[M], i64>, value of 1 : !kdsl.rows<[M], i64>) {
    %one = arith.constant dense<1> : vector<8xi64>
    %zero = arith.constant dense<0> : vector<8xi64>
    %large = arith.constant dense<268435456> : vector<8xi64>
    %c = arith.cmpi ne, %ki, %lj : vector<8xi32>
    %v = arith.select %c, %one, %zero : vector<8xi1>, vector<8xi64>
    %n = vector.reduction <add>, %v : vector<8xi64> into i64
    %w = arith.select %c, %large, %zero : vector<8xi1>, vector<8xi64>
    %m = vector.reduction <add>, %w : vector<8xi64> into i64
    kdsl.yield %n, %m : i64, i64
  }
  kdsl.return %a#0, %a#1 : !kdsl.rows<[M], i64>, !kdsl.rows<[M], i64>
}
