# LibTorch as an imported target: the CPU libraries of the pip wheel, or of
# LETHE_TORCH_ROOT. No find_package(Torch): it needs nvcc and links CUDA into
# every program; CUDA is opened at run time instead.
if(LETHE_TORCH_ROOT)
  set(torch_root ${LETHE_TORCH_ROOT})
else()
  file(GLOB torch_root
       ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
endif()
if(NOT torch_root OR NOT EXISTS "${torch_root}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch was not found: run ./dev build, which installs "
          "it into .venv, or pass -DLETHE_TORCH_ROOT=DIR")
endif()
find_package(Threads REQUIRED)
foreach(library c10 torch_cpu)
  add_library(torch_wheel::${library} SHARED IMPORTED)
  set_target_properties(
    torch_wheel::${library} PROPERTIES
    IMPORTED_LOCATION ${torch_root}/lib/lib${library}.so
    INTERFACE_INCLUDE_DIRECTORIES
    "${torch_root}/include;${torch_root}/include/torch/csrc/api/include")
endforeach()
add_library(torch_wheel::torch INTERFACE IMPORTED)
target_link_libraries(torch_wheel::torch INTERFACE torch_wheel::torch_cpu
                      torch_wheel::c10 Threads::Threads)
