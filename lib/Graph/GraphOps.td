// All families of the dialect: one input for mlir-tblgen.
include "Graph/Elementwise.td"
include "Graph/Shape.td"
include "Graph/Contraction.td"
include "Graph/Reduction.td"
include "Graph/Spatial.td"
include "Graph/Quantization.td"
include "Graph/Control.td"
include "Graph/Detection.td"
