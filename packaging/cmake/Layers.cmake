# A layer is a folder: its sources, its target, its part of the namespace. What it may include is
# what it links; tests/layers checks the include lines themselves.

# instrument(NAME): lets a fuzzer see which of the target's code its input reaches, and what it is
# compared with. What -fsanitize=fuzzer-no-link means, but it goes with a precompiled header that is
# shared with what has no part in this.
function(instrument name)
  if(AGENT_FUZZ)
    target_compile_options(${name} PRIVATE
      -fsanitize-coverage=inline-8bit-counters,indirect-calls,trace-cmp,pc-table
      -fno-builtin-bcmp -fno-builtin-memcmp)
  endif()
endfunction()

# layer(NAME DEPENDS...): a static library of the folder's .cc files.
function(layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARGN})
  instrument(${name})
  if(name STREQUAL "base")
    target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/agent/base/precompiled.h)
  else()
    target_precompile_headers(${name} REUSE_FROM base)
  endif()
endfunction()

# program(NAME): an executable that takes the precompiled header of base, which is -fPIC, not -fPIE.
function(program name)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM base)
endfunction()

# tests_of(NAME DEPENDS...): one test program of the folder's *_test.cc files.
function(tests_of name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE ${ARGN} GTest::gmock GTest::gtest_main)
  program(${name}_test)
  gtest_discover_tests(${name}_test NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 1800)
endfunction()
