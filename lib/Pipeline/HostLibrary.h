// A graph compiled for this machine into a library that goes with its object: for running a model on the way.
#pragma once

#include "Pipeline/Pipeline.h"
#include "Support/TemporaryFile.h"

namespace mlc {

/// The library's file. `name` is the model's name; the graph is consumed as by compileGraph.
Result<TemporaryFile> compileForHost(Session &session, mlir::OwningOpRef<mlir::ModuleOp> graph,
                                     const std::string &name);

} // namespace mlc
