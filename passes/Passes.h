// Declarations of all graph passes, their option structs and their registration, from Passes.td.
#pragma once

#include "mlir/Pass/Pass.h"

#include <memory>

namespace mlc {
#define GEN_PASS_DECL
#include "passes/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"
} // namespace mlc
