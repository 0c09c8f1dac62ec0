# Fuzz targets: x_fuzz.cc beside x.cpp, a program each, with clang's libFuzzer
# and sanitizers that end the program. Preset "fuzz"; run by ./dev fuzz.
#
# Without NDEBUG, so that the assertions of the JSON library count too.
set(sanitizers address,undefined,float-cast-overflow)
set(CMAKE_CXX_FLAGS_FUZZ
    "-O1 -gline-tables-only -fno-omit-frame-pointer \
-fsanitize=fuzzer-no-link,${sanitizers} -fno-sanitize-recover=all")
set(CMAKE_EXE_LINKER_FLAGS_FUZZ "-fsanitize=${sanitizers}")
set(CMAKE_SHARED_LINKER_FLAGS_FUZZ "-fsanitize=${sanitizers}")

function(lethe_add_fuzzers)
  # What reads files without LibTorch.
  lethe_sources(light harness/base harness/text harness/chat harness/data
                harness/anchors harness/sanitise)
  foreach(name torch_file torch_pickle pickle_machine zip_archive)
    list(APPEND light ${CMAKE_SOURCE_DIR}/harness/model/${name}.cpp)
  endforeach()
  add_library(lethe_fuzz_light STATIC EXCLUDE_FROM_ALL ${light})
  target_link_libraries(
    lethe_fuzz_light PUBLIC nlohmann_json::nlohmann_json fmt::fmt ZLIB::ZLIB
                            OpenSSL::Crypto Boost::headers ICU::uc
                            ${LIBYAML})
  target_precompile_headers(lethe_fuzz_light PRIVATE <nlohmann/json.hpp>
                            <fmt/core.h>)

  # And with it: every family's configuration. An OBJECT library, because
  # families register themselves.
  lethe_sources(families harness/model/families)
  foreach(name config encoder_config rope weights folder safetensors)
    list(APPEND families ${CMAKE_SOURCE_DIR}/harness/model/${name}.cpp)
  endforeach()
  lethe_sources(tensor harness/tensor)
  add_library(lethe_fuzz_families OBJECT EXCLUDE_FROM_ALL ${families}
                                                          ${tensor})
  target_link_libraries(lethe_fuzz_families PUBLIC lethe_fuzz_light
                                                   torch_wheel::torch dl)
  target_precompile_headers(lethe_fuzz_families PRIVATE <nlohmann/json.hpp>
                            <ATen/ATen.h>)
  # Clang's OpenMP would want a library of its own.
  foreach(name linear exponentials last_query row_attention)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/harness/tensor/${name}.cpp
                                PROPERTIES COMPILE_OPTIONS "")
  endforeach()

  add_custom_target(lethe_fuzzers)
  file(GLOB files CONFIGURE_DEPENDS harness/*/*_fuzz.cc)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL ${file})
    set(library lethe_fuzz_light)
    if(name STREQUAL "config_fuzz")
      set(library lethe_fuzz_families)
    endif()
    target_link_libraries(${name} PRIVATE ${library})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(lethe_fuzzers ${name})
  endforeach()
endfunction()
