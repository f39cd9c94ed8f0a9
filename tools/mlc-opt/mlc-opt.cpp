// The developers' mlir-opt: our dialects and passes, for tests and for looking at one stage.
#include "Graph/Graph.h"
#include "Lowering/Kernel.h"
#include "LoweringSteps.h"
#include "passes/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<mlc::graph::GraphDialect, mlc::kernel::KernelDialect>();
  mlir::registerAllPasses();
  mlc::registerMlcPasses();
  mlc::registerLoweringSteps();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "mlcompress pass driver\n", registry));
}
