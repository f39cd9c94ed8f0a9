# What `cmake --install` writes: bin/mlcompress, the C++ API as one shared library, headers, and the package that
# find_package(mlcompress) finds, with the targets
#   mlcompress::mlcompress  the C++ API of the compiler (mlcompress/Compiler.h)
#   mlcompress::model       the C ABI of generated libraries (mlcompress/model.h): headers only
include(CMakePackageConfigHelpers)

# The objects of the three libraries that define the API, and of the rest what these need. The version script
# exports what the headers declare, so that no symbol of ours or of a static part meets one of the caller's.
set(exports ${CMAKE_CURRENT_LIST_DIR}/exports.map)
add_library(mlc_shared SHARED
  $<TARGET_OBJECTS:MlcPipeline> $<TARGET_OBJECTS:MlcCheck> $<TARGET_OBJECTS:MlcSupport>)
target_link_libraries(mlc_shared PRIVATE MlcPipeline)
target_link_options(mlc_shared PRIVATE LINKER:--version-script=${exports} LINKER:--gc-sections)
if(NOT MLC_SANITIZE)
  target_link_options(mlc_shared PRIVATE LINKER:-z,defs)
endif()
target_include_directories(mlc_shared INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(mlc_shared INTERFACE cxx_std_20)
set_target_properties(mlc_shared PROPERTIES
  LINKER_LANGUAGE CXX
  OUTPUT_NAME mlcompress
  EXPORT_NAME mlcompress
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  LINK_DEPENDS ${exports})
# LLVM's libraries may lie where the dynamic linker does not look by itself.
set_target_properties(mlc_shared mlcompress PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)

add_library(mlc_model INTERFACE)
target_include_directories(mlc_model INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(mlc_model PROPERTIES EXPORT_NAME model)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/mlcompress)
install(TARGETS mlc_shared mlc_model EXPORT mlcompressTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/mlcompress DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.h)
install(EXPORT mlcompressTargets NAMESPACE mlcompress:: DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/mlcompressConfig.cmake.in
  ${CMAKE_BINARY_DIR}/mlcompressConfig.cmake INSTALL_DESTINATION ${package})
# Before 1.0 a minor version may change the API.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/mlcompressConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/mlcompressConfig.cmake ${CMAKE_BINARY_DIR}/mlcompressConfigVersion.cmake
  DESTINATION ${package})
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
