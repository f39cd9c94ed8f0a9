#include "mlcompress/Compiler.h"

const char *mlc::version() { return MLC_VERSION; }
