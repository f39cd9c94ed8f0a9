# lit tests: one ctest entry a directory of .mlir files, label ci.
find_program(MLC_LIT lit HINTS ${MLC_LLVM_PREFIX}/bin NO_DEFAULT_PATH REQUIRED)
configure_file(lit.site.cfg.py.in ${CMAKE_CURRENT_BINARY_DIR}/lit.site.cfg.py @ONLY)
foreach(dir graph passes lowering targets)
  file(GLOB_RECURSE cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/*.mlir)
  if(cases)
    # lit finds its configuration above the directory it is given, and the tests by that directory's name.
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${dir})
    add_test(NAME lit-${dir} COMMAND ${MLC_LIT} -v ${CMAKE_CURRENT_BINARY_DIR}/${dir})
    set_tests_properties(lit-${dir} PROPERTIES LABELS ci)
  endif()
endforeach()
