// RUN: mlc-opt %s --lower-graph --fuse-elementwise --outline-kernels --cse --canonicalize --emit-schedule --canonicalize --split-input-file | FileCheck %s

// Static shapes: the arena is a number, and what is no longer needed makes room (two buffers of 4,096 bytes and slack for
// three values between the input and the output).
// CHECK-LABEL: func.func @mlc_run(
// CHECK: call @mlc_rt_reserve(%arg0, %c8320_i64)
// CHECK-COUNT-4: call @mlc_rt_launch
// CHECK-LABEL: func.func @mlc_workspace(
// CHECK: llvm.store %c8320_i64, %arg2
func.func @main(%x: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = graph.softmax %x {axis = 1 : i64} : (tensor<32x32xf32>) -> tensor<32x32xf32>
  %1 = graph.softmax %0 {axis = 1 : i64} : (tensor<32x32xf32>) -> tensor<32x32xf32>
  %2 = graph.softmax %1 {axis = 1 : i64} : (tensor<32x32xf32>) -> tensor<32x32xf32>
  %3 = graph.softmax %2 {axis = 1 : i64} : (tensor<32x32xf32>) -> tensor<32x32xf32>
  return %3 : tensor<32x32xf32>
}

// -----

// Dynamic shapes: sizes are expressions over the inputs' dimensions; a contradiction returns its status with a sentence.
// CHECK: llvm.mlir.global internal constant @{{.*}}("a product over %lld columns and %lld rows\00")
// CHECK-LABEL: func.func @mlc_run(
// CHECK: %[[STATUS:.*]] = call @mlc_rt_fail_shape
// CHECK-NEXT: return %[[STATUS]]
// CHECK: call @mlc_rt_launch
func.func @main(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = graph.matmul %x, %y : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// Many outputs are asked for in their order, so that two compilations give the same library.
// CHECK-LABEL: func.func @mlc_run(
// CHECK: call @mlc_rt_output(%arg0, %c0_i64,
// CHECK: call @mlc_rt_output(%arg0, %c1_i64,
// CHECK: call @mlc_rt_output(%arg0, %c2_i64,
// CHECK: call @mlc_rt_output(%arg0, %c3_i64,
// CHECK: call @mlc_rt_output(%arg0, %c4_i64,
// CHECK: call @mlc_rt_output(%arg0, %c5_i64,
// CHECK: call @mlc_rt_launch
func.func @main(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = graph.softmax %x {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = graph.softmax %0 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = graph.softmax %1 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = graph.softmax %2 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %4 = graph.softmax %3 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %5 = graph.softmax %4 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}
