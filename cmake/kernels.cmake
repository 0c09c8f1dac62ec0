# Kernels: files for one instruction set, and threads from LibTorch's OpenMP.
function(lethe_kernels TARGET)
  set(folder ${CMAKE_SOURCE_DIR}/harness/tensor)
  set(kernel -O3 -ffp-contract=fast)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(avx2 -mavx2 -mfma -mf16c)
    set(avx512 ${avx2} -mavx512f
        -Wno-maybe-uninitialized)  # false alarm of g++'s own header
    set(avx512bf16 ${avx512} -mavx512bf16 -mavx512bw)
  endif()
  foreach(set avx2 avx512 avx512bf16)
    set_source_files_properties(
      ${folder}/kernels_${set}.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON
      COMPILE_OPTIONS "${kernel};${${set}}")
  endforeach()
  # Without OpenMP at::parallel_for is a loop.
  set_source_files_properties(
    ${folder}/adam.cpp ${folder}/linear.cpp ${folder}/exponentials.cpp
    ${folder}/last_query.cpp ${folder}/row_attention.cpp PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS -fopenmp)
  # Compiled for OpenMP, but linked with the copy that LibTorch brings: a
  # second one would bring a second set of threads.
  get_filename_component(libraries ${torch_root}/lib ABSOLUTE)
  file(GLOB openmp ${libraries}/libgomp*.so*)
  if(openmp)
    list(GET openmp 0 openmp)
    target_link_libraries(${TARGET} PUBLIC ${openmp})
  else()
    find_package(OpenMP REQUIRED)
    target_link_libraries(${TARGET} PUBLIC OpenMP::OpenMP_CXX)
  endif()
endfunction()

# The loops of metrics/clusters.h, as above. Eigen stays on one thread: with
# OpenMP it is slower, and a second set of threads.
function(lethe_cluster_kernels TARGET)
  set(plain)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(avx2 -mavx2 -mfma)
    set(avx512 ${avx2} -mavx512f -mavx512dq
        -Wno-maybe-uninitialized)  # false alarm of g++'s own header
  endif()
  foreach(set plain avx2 avx512)
    set_source_files_properties(
      ${CMAKE_SOURCE_DIR}/metrics/clusters_${set}.cpp PROPERTIES
      SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "-O3;${${set}}")
  endforeach()
  target_link_libraries(${TARGET} PRIVATE Eigen3::Eigen)
endfunction()
