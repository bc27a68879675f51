# Compiler, warnings, sanitizers, ccache, linker: the same for every target.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles C++ coroutines without a warning. "
    "Install clang-19 (packaging/install-deps does) or GCC 13 or newer, "
    "remove the build folder and configure again.")
endif()

option(AGENT_TESTS "Build the tests and the local cloud" ON)
option(AGENT_WERROR "Treat warnings as errors" ON)
option(AGENT_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(AGENT_FUZZ "Build the fuzz targets" OFF)
if(AGENT_FUZZ AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "The fuzz targets need clang's libFuzzer; configure with AGENT_FUZZ=OFF.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header's time stamp is not part of what it means.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wimplicit-fallthrough -Wconversion -Wno-sign-conversion)
if(AGENT_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Without its time stamp a precompiled header is the same after every build, which ccache needs.
  add_compile_options(-fpch-instantiate-templates "SHELL:-Xclang -fno-pch-timestamp"
                      -Wno-missing-designated-field-initializers)
  find_program(LLD NAMES ld.lld-19 ld.lld)
  if(LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,--as-needed -pie)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
if(AGENT_SANITIZE)
  add_compile_options(-O1 -gline-tables-only -fsanitize=address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                        BOOST_ASIO_DISABLE_BOOST_COROUTINE)
