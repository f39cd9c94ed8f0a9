// Every pass over the graph. One umbrella gives declarations, registration and documentation at once.
#ifndef MLC_PASSES
#define MLC_PASSES
include "mlir/Pass/PassBase.td"

// In the order of the pipeline.
#endif
