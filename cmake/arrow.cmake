# liblethe_arrow.so, which reads Parquet and Arrow files with pyarrow's C++
# libraries. Built only where they are: in LETHE_ARROW_ROOT, where `./dev arrow`
# puts them, or in .venv. Everything else builds and runs without.
set(LETHE_ARROW_ROOT "" CACHE PATH "pyarrow, or an Arrow of your own (holds \
include/ and libarrow.so, itself or in lib/); default: ./dev arrow's")
set(LETHE_ARROW FALSE)

# Sets OUT to the one file libNAME.so* below the root, empty if none.
function(lethe_arrow_library NAME OUT)
  file(GLOB found ${arrow_root}/lib${NAME}.so ${arrow_root}/lib${NAME}.so.*
       ${arrow_root}/lib/lib${NAME}.so ${arrow_root}/lib/lib${NAME}.so.*)
  set(first)
  if(found)
    list(GET found 0 first)
  endif()
  set(${OUT} "${first}" PARENT_SCOPE)
endfunction()

if(LETHE_ARROW_ROOT)
  set(roots ${LETHE_ARROW_ROOT})
else()
  file(GLOB roots ${CMAKE_SOURCE_DIR}/.cache/arrow/pyarrow
       ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/pyarrow)
endif()
foreach(arrow_root ${roots})
  lethe_arrow_library(arrow arrow_library)
  lethe_arrow_library(parquet parquet_library)
  if(arrow_library AND parquet_library AND
     EXISTS ${arrow_root}/include/parquet/arrow/reader.h)
    set(LETHE_ARROW TRUE)
    set(arrow_home ${arrow_root})
    break()
  endif()
endforeach()
if(LETHE_ARROW_ROOT AND NOT LETHE_ARROW)
  message(FATAL_ERROR "${LETHE_ARROW_ROOT} holds no libarrow, libparquet and "
          "their headers: run ./dev arrow, or name another LETHE_ARROW_ROOT")
endif()
if(NOT LETHE_ARROW)
  message(STATUS "Parquet and Arrow files: off (./dev arrow turns them on)")
  return()
endif()
message(STATUS "Parquet and Arrow files: ${arrow_home}")

foreach(library arrow parquet)
  add_library(arrow_wheel::${library} SHARED IMPORTED)
  set_target_properties(
    arrow_wheel::${library} PROPERTIES
    IMPORTED_LOCATION ${${library}_library}
    INTERFACE_INCLUDE_DIRECTORIES ${arrow_home}/include)
endforeach()
file(GLOB sources CONFIGURE_DEPENDS
     ${CMAKE_SOURCE_DIR}/harness/data/arrow/*.cpp)
list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
# A module: opened when such a file is read, linked by nothing.
add_library(lethe_arrow MODULE ${sources})
set_target_properties(lethe_arrow PROPERTIES CXX_VISIBILITY_PRESET hidden
                                             VISIBILITY_INLINES_HIDDEN ON)
target_link_libraries(lethe_arrow PRIVATE arrow_wheel::parquet
                                          arrow_wheel::arrow)
