# vitrine_verilate(LIBRARY TOP module PREFIX prefix [LIST file] [ALSO file] [TRACE] [HASH] [PARAMS NAME=VALUE...]
#                  [OPTIONS ...] [TRAINING source...])
#
# A static library with the Verilated `module` as class `prefix` (header prefix.h, on the library's include path).
# Sources are those of LIST (default: rtl/appliance.f, or the cache variable VITRINE_RTL_LIST) and of ALSO, which
# RTL_HASH leaves out; it is verilated anew at build time when one of them changes. TRACE adds FST waveforms, HASH
# sets the top's parameter RTL_HASH. TRAINING is a program that does with the model what it will mostly do: a release
# build measures it and compiles accordingly.
find_program(VERILATOR verilator REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

set(VITRINE_RTL_LIST ${CMAKE_SOURCE_DIR}/rtl/appliance.f CACHE FILEPATH "list of the card's RTL sources")
set(VERILATOR_INCLUDE /usr/share/verilator/include CACHE PATH "Verilator's run-time sources")

# Asserts of the RTL stop the program in Debug builds and cost nothing in the others.
set(VITRINE_VERILATOR_ASSERT $<IF:$<CONFIG:Debug>,--assert,--noassert>)
# Generated code: no debug information (it triples the compile time), no sanitizers.
set(VITRINE_CXX_FLAGS -O3 -g0 -w -fno-sanitize=all)

# Whether this clang can measure programs and use the figures; without it the card is only slower.
find_program(VITRINE_CLANGXX clang++)
set(VITRINE_TRAINS OFF)
if(VITRINE_CLANGXX AND CMAKE_BUILD_TYPE STREQUAL Release AND NOT VITRINE_SANITIZE AND NOT VITRINE_COVERAGE)
    file(REAL_PATH ${VITRINE_CLANGXX} clang)
    cmake_path(GET clang PARENT_PATH clang)
    find_program(VITRINE_PROFDATA llvm-profdata PATHS ${clang} NO_DEFAULT_PATH) # of the same version
    set(probe ${CMAKE_BINARY_DIR}/CMakeFiles/profile_probe)
    file(WRITE ${probe}.cpp "int main() { return 0; }\n")
    execute_process(COMMAND ${VITRINE_CLANGXX} -fprofile-generate -o ${probe} ${probe}.cpp
        RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(VITRINE_PROFDATA AND failed EQUAL 0)
        set(VITRINE_TRAINS ON)
    endif()
endif()

# The run time, once for all models. It carries FST support; models without TRACE do not call it.
if(NOT TARGET verilated_runtime)
    add_library(verilated_runtime STATIC
        ${VERILATOR_INCLUDE}/verilated.cpp ${VERILATOR_INCLUDE}/verilated_threads.cpp
        ${VERILATOR_INCLUDE}/verilated_fst_c.cpp ${VERILATOR_INCLUDE}/verilated_cov.cpp)
    target_include_directories(verilated_runtime SYSTEM PUBLIC ${VERILATOR_INCLUDE} ${VERILATOR_INCLUDE}/vltstd)
    target_compile_definitions(verilated_runtime PRIVATE VM_TRACE=1 VM_TRACE_FST=1 VM_COVERAGE=1)
    target_compile_options(verilated_runtime PRIVATE ${VITRINE_CXX_FLAGS})
    target_link_libraries(verilated_runtime PUBLIC Threads::Threads ZLIB::ZLIB)
    set_target_properties(verilated_runtime PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()

# Sets `result` to the paths of the files in a list of RTL sources, the contract's header included.
function(vitrine_rtl_sources result list)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
    file(STRINGS ${list} names)
    get_filename_component(folder ${list} DIRECTORY)
    set(sources ${list} ${CMAKE_SOURCE_DIR}/rtl/contract/contract.vh)
    foreach(name ${names})
        if(name MATCHES "^//")
            continue()
        endif()
        cmake_path(ABSOLUTE_PATH name BASE_DIRECTORY ${folder} NORMALIZE)
        list(APPEND sources ${name})
    endforeach()
    set(${result} ${sources} PARENT_SCOPE)
endfunction()

# Sets `object` to an object file of `source` that clang has compiled by the measure of the program of `training`. Of
# the straight line of thousands of instructions a cycle this takes off a tenth or more; gcc's profiles gain nothing.
function(vitrine_trained object source training)
    cmake_path(GET source PARENT_PATH generated)
    set(out ${generated}.trained)
    file(MAKE_DIRECTORY ${out})
    set(compile ${VITRINE_CLANGXX} -std=gnu++17 -O2 -g0 -w -fPIC -DNDEBUG -DVM_COVERAGE=0 -I${generated})
    foreach(folder ${VERILATOR_INCLUDE} ${VERILATOR_INCLUDE}/vltstd ${CMAKE_CURRENT_SOURCE_DIR}
            ${CMAKE_SOURCE_DIR}/rtl/contract ${CMAKE_SOURCE_DIR}/sim/market)
        list(APPEND compile -I${folder})
    endforeach()
    add_custom_command(
        OUTPUT ${out}/profile
        COMMAND ${compile} -fprofile-generate -o ${out}/train ${source} ${training}
                $<TARGET_FILE:vitrine_market> $<TARGET_FILE:verilated_runtime> -lz -pthread
        COMMAND ${CMAKE_COMMAND} -E env LLVM_PROFILE_FILE=${out}/counts ${out}/train
        COMMAND ${VITRINE_PROFDATA} merge -o ${out}/profile ${out}/counts
        DEPENDS ${source} ${training} vitrine_market verilated_runtime
        COMMENT "Training ${source}" VERBATIM)
    add_custom_command(
        OUTPUT ${out}/trained.o
        COMMAND ${compile} -fprofile-use=${out}/profile -c -o ${out}/trained.o ${source}
        DEPENDS ${source} ${out}/profile
        COMMENT "Compiling ${source} as trained" VERBATIM)
    set_source_files_properties(${out}/trained.o PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    set(${object} ${out}/trained.o PARENT_SCOPE)
endfunction()

function(vitrine_verilate library)
    cmake_parse_arguments(ARG "TRACE;HASH" "TOP;PREFIX;LIST;ALSO" "PARAMS;OPTIONS;TRAINING" ${ARGN})
    if(NOT ARG_LIST)
        set(ARG_LIST ${VITRINE_RTL_LIST})
    endif()
    vitrine_rtl_sources(sources ${ARG_LIST})
    if(ARG_ALSO)
        vitrine_rtl_sources(also ${ARG_ALSO})
        list(APPEND sources ${also})
    endif()

    set(options -O3 --x-assign fast --x-initial fast ${VITRINE_VERILATOR_ASSERT} ${ARG_OPTIONS})
    if(ARG_TRACE)
        list(APPEND options --trace-fst)
    endif()
    set(optimise $<$<BOOL:${ARG_TRACE}>:-O1>) # waveforms are slow anyway, and this compiles three times as fast
    set(covered OFF)
    if(VITRINE_COVERAGE AND NOT ARG_TRACE)
        set(covered ON)
        set(optimise -O1)
        list(APPEND options --coverage-line)
        if(VITRINE_COVERAGE STREQUAL TOGGLES AND ARG_PREFIX MATCHES "^(Vbook_odd|Vappliance)$")
            # Every bit is a counter, hence without wide words. Random initial values would count as changes.
            list(APPEND options --coverage-toggle --coverage-max-width 128 --x-initial fast)
            if(ARG_TOP STREQUAL appliance)
                list(APPEND options ${CMAKE_SOURCE_DIR}/tests/coverage/endpoint.vlt)
            else()
                set(optimise -O0) # ten times the code: more takes ten minutes to compile
            endif()
        endif()
    endif()
    foreach(parameter ${ARG_PARAMS})
        list(APPEND options -G${parameter})
    endforeach()
    if(ARG_HASH)
        list(APPEND options --rtl-hash)
    endif()
    if(ARG_ALSO)
        list(APPEND options --also ${ARG_ALSO})
    endif()

    set(out ${CMAKE_CURRENT_BINARY_DIR}/${library}.dir)
    add_custom_command(
        OUTPUT ${out}/${ARG_PREFIX}__ALL.cpp ${out}/${ARG_PREFIX}.h
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/cmake/verilate.py --list ${ARG_LIST} --top ${ARG_TOP}
                --prefix ${ARG_PREFIX} --out ${out} ${options}
        DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/cmake/verilate.py ${CMAKE_SOURCE_DIR}/cmake/quicken.py
                ${CMAKE_SOURCE_DIR}/rtl/hash.py
        COMMENT "Verilating ${ARG_TOP} as ${ARG_PREFIX}" VERBATIM)
    # built for whom it is linked with: some sizes take minutes and are seldom wanted
    set(code ${out}/${ARG_PREFIX}__ALL.cpp)
    if(ARG_TRAINING AND VITRINE_TRAINS)
        vitrine_trained(code ${code} "${ARG_TRAINING}")
    endif()
    add_library(${library} STATIC EXCLUDE_FROM_ALL ${code})
    set_target_properties(${library} PROPERTIES LINKER_LANGUAGE CXX)
    target_include_directories(${library} SYSTEM PUBLIC ${out})
    target_compile_options(${library} PRIVATE ${VITRINE_CXX_FLAGS} ${optimise})
    target_compile_definitions(${library} PRIVATE VM_COVERAGE=$<BOOL:${covered}>)
    target_link_libraries(${library} PUBLIC verilated_runtime)
    set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
