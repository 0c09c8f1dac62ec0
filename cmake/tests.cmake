# Tests stand beside the code. Few big programs (each start of LibTorch costs
# 0.3 s); one ctest entry for each file: x_test.cpp is labelled unit,
# x_parity_test.cpp parity, x_slow_test.cpp slow.

# Short tests run beside each other: threads that wait leave the processor. One
# that trains would pay for it.
set(calm GOMP_SPINCOUNT=0)

# The test suites of one file as a GoogleTest filter.
function(lethe_filter_of FILE OUT)
  file(STRINGS ${FILE} lines REGEX "^(TEST|TEST_F|TEST_P)\\(")
  set(suites)
  foreach(line ${lines})
    string(REGEX REPLACE "^TEST(_F|_P)?\\(([A-Za-z0-9_]+).*" "\\2" suite
           "${line}")
    if(NOT line MATCHES "^TEST_P")
      list(APPEND suites "${suite}.*")
    else()
      list(APPEND suites "${suite}.*" "*/${suite}.*")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES suites)
  list(JOIN suites ":" filter)
  set(${OUT} "${filter}" PARENT_SCOPE)
endfunction()

function(lethe_add_tests PROGRAM LIBRARIES)
  set(files)
  foreach(folder ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS ${folder}/*_test.cpp)
    list(APPEND files ${found})
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  add_executable(${PROGRAM} ${files} ${CMAKE_SOURCE_DIR}/harness/base/test_main.cc)
  target_link_libraries(${PROGRAM} PRIVATE ${LIBRARIES} GTest::gtest
                        GTest::gmock)
  # Half of a test's compilation is these headers, a third of the rest is
  # optimising what runs once.
  target_compile_options(${PROGRAM} PRIVATE -O1)
  set(tensors)
  if("lethe_engine" IN_LIST LIBRARIES)
    set(tensors <ATen/ATen.h>)
  endif()
  target_precompile_headers(${PROGRAM} PRIVATE <gtest/gtest.h> <gmock/gmock.h>
                            <nlohmann/json.hpp> <fmt/core.h> ${tensors})
  target_compile_definitions(
    ${PROGRAM} PRIVATE LETHE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    LETHE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  foreach(file ${files})
    lethe_filter_of(${file} filter)
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${file})
    string(REGEX REPLACE "_test\\.cpp$" "" name ${name})
    set(label unit)
    set(limit 120)
    if(name MATCHES "_parity$")
      set(label parity)
    elseif(name MATCHES "_slow$")
      set(label slow)
      set(limit 1800)
    endif()
    add_test(NAME ${name} COMMAND ${PROGRAM} --gtest_filter=${filter}
             --gtest_brief=1)
    set_tests_properties(
      ${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT ${limit}
      ENVIRONMENT
      "LETHE_FIXTURES=${LETHE_FIXTURES};LETHE_DATA=${LETHE_DATA};${calm}")
  endforeach()
endfunction()

# Shell tests of the program as a user types it: tests/x_test.sh.
function(lethe_add_script_tests)
  file(GLOB scripts CONFIGURE_DEPENDS
       ${CMAKE_SOURCE_DIR}/harness/app/*_test.sh)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    set(label unit)
    set(limit 120)
    set(waiting ${calm})
    set(first)
    if(name MATCHES "_slow$")
      set(label slow)
      set(limit 3600)
    elseif(name MATCHES "_suite$")
      set(label suite)
      set(limit 1200)
      set(waiting)
      # The longest first: others run beside it, but no two that train.
      set(first COST 100 RESOURCE_LOCK training)
    endif()
    if(name STREQUAL "browser")
      set(label browser)
      set(limit 900)
    endif()
    add_test(NAME app/${name} COMMAND bash ${script})
    set_tests_properties(
      app/${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 ${first}
      TIMEOUT ${limit} ENVIRONMENT
      "LETHE=${CMAKE_BINARY_DIR}/lethe;LETHE_SOURCE_DIR=${CMAKE_SOURCE_DIR};LETHE_FIXTURES=${LETHE_FIXTURES};LETHE_DATA=${LETHE_DATA};${waiting}")
  endforeach()
endfunction()

# x_bench.cpp beside x.cpp, all in one program.
function(lethe_add_benchmarks)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS harness/*_bench.cpp
       metrics/*_bench.cpp attacks/*_bench.cpp methods/*_bench.cpp
       results/*_bench.cpp)
  if(NOT files)
    return()
  endif()
  add_executable(lethe_bench ${files})
  target_link_libraries(lethe_bench PRIVATE lethe_engine benchmark::benchmark
                        benchmark::benchmark_main)
  target_compile_definitions(lethe_bench PRIVATE
                             LETHE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endfunction()
