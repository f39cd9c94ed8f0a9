# Functions that declare the project's libraries, each in one way.

add_library(mlc_options INTERFACE)
target_include_directories(mlc_options INTERFACE
  ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR}
  ${CMAKE_BINARY_DIR}/lib ${CMAKE_BINARY_DIR})
target_compile_options(mlc_options INTERFACE -Wall -Wextra -Wno-unused-parameter)
if(MLC_SANITIZE)
  target_compile_options(mlc_options INTERFACE -fsanitize=${MLC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize=vptr)
  target_link_options(mlc_options INTERFACE -fsanitize=${MLC_SANITIZE})
endif()

# One precompiled header for every translation unit that sees MLIR: parsing
# MLIR's headers takes 17 s, loading them precompiled 0.2 s.
add_library(mlc_mlir_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/mlir_pch.cpp)
target_link_libraries(mlc_mlir_pch PRIVATE mlc_options mlc_mlir)
target_precompile_headers(mlc_mlir_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/mlir_pch.h)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(mlc_options INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  set(CMAKE_PCH_INSTANTIATE_TEMPLATES ON)
endif()

# mlc_add_library(Name SOURCES a.cpp … LINK MlcOther … [MLIR])
#   One directory of lib/ (or passes/, targets/) as one static library; LINK is the layering.
#   MLIR: links MLIR and uses the precompiled header.
function(mlc_add_library name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC mlc_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  if(ARG_MLIR)
    target_link_libraries(${name} PUBLIC mlc_mlir)
    target_precompile_headers(${name} REUSE_FROM mlc_mlir_pch)
    if(TARGET mlc_graph_tablegen)
      add_dependencies(${name} mlc_graph_tablegen)
    endif()
  endif()
endfunction()
