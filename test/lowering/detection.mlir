// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 --fuse-elementwise --outline-kernels | FileCheck %s
// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 --fuse-elementwise --outline-kernels --emit-kernels=target=x86-64-v3 --canonicalize | FileCheck %s --check-prefix=CODE

// Scores become keys that order as integers (the greatest score first, NaN before all), then boxes are gathered in that
// order, those that an earlier one covers go, and what stays decides the number of rows. Counts that disagree are a check.
// CHECK-LABEL: func.func @main
// CHECK: kernel.check %{{.*}}, "non-maximum suppression of %lld boxes with %lld scores"
// CHECK: %[[KEYS:.*]] = kernel.launch @k0_generic(%arg1)
// CHECK: %[[ORDER:.*]] = kernel.launch @k1_top_k(%[[KEYS]])
// CHECK: %[[BOXES:.*]] = kernel.launch @k2_generic(%[[ORDER]], %arg0)
// CHECK: %[[STAY:.*]] = kernel.launch @k4_suppress(%[[BOXES]],
// CHECK: %[[WHERE:.*]], %{{.*}} = kernel.unbounded "non_zero"(%[[STAY]])
// CHECK: kernel.launch @k5_generic(%[[WHERE]], %[[ORDER]])
// CHECK-LABEL: func.func private @k0_generic
// CHECK: arith.cmpf uno
// CHECK: arith.extsi %{{.*}} : i32 to i64
// CODE-LABEL: func.func @k1_top_k(
// CODE: call @mlc_routine_top_k(
func.func @main(%b: tensor<1x?x4xf32>, %s: tensor<1x1x?xf32>, %m: tensor<i64>) -> tensor<?x3xi64> {
  %o = graph.constant dense<0.5> : tensor<f32>
  %0 = graph.non_max_suppression %b, %s, %m, %o : (tensor<1x?x4xf32>, tensor<1x1x?xf32>, tensor<i64>, tensor<f32>) -> tensor<?x3xi64>
  return %0 : tensor<?x3xi64>
}
