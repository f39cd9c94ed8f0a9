# What mlcompress is built from: Debian packages only, found here and nowhere else.
# Plain `22` is refused by MLIR's version file, so the minor version is named.
set(MLC_LLVM_PREFIX /usr/lib/llvm-22 CACHE PATH "Prefix of LLVM and MLIR 22")
list(APPEND CMAKE_PREFIX_PATH ${MLC_LLVM_PREFIX})
find_package(MLIR 22.1 REQUIRED CONFIG)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3 REQUIRED)
find_package(CLI11 2 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_library(MLC_ZSTD_LIBRARY zstd REQUIRED)
find_library(MLC_ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
find_path(MLC_ONNX_INCLUDE_DIR onnx/onnx_pb.h REQUIRED)
find_program(MLC_CLANG NAMES clang-22 HINTS ${MLC_LLVM_PREFIX}/bin REQUIRED)

# LLVM is built with run-time type information and without exceptions.
add_library(mlc_llvm_headers INTERFACE)
target_include_directories(mlc_llvm_headers SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
# The shared libraries both by name, never a static MLIRFoo beside them.
add_library(mlc_mlir INTERFACE)
target_link_libraries(mlc_mlir INTERFACE mlc_llvm_headers MLIR LLVM)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # The precompiled header's identity is its contents: ccache needs to be told so.
  set(MLC_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${MLC_LAUNCHER})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MLC_LAUNCHER})
endif()
