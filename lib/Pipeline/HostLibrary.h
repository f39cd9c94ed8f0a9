// A graph compiled for this machine into a library that goes with its object: for running a model on the way.
#pragma once

#include "Pipeline/Pipeline.h"
#include "Support/TemporaryFile.h"

namespace mlc {

struct HostLibrary {
  TemporaryFile file;
  LibraryReport report;

  const std::string &path() const { return file.path(); }
};

/// `name` is the model's name; the graph is consumed as by compileGraph.
Result<HostLibrary> compileForHost(Session &session, mlir::OwningOpRef<mlir::ModuleOp> graph, const std::string &name);

} // namespace mlc
