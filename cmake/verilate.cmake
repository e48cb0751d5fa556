# vitrine_verilate(LIBRARY TOP module PREFIX prefix [LIST file] [TRACE] [HASH] [PARAMS NAME=VALUE...] [OPTIONS ...])
#
# A static library with the Verilated `module` as class `prefix` (header prefix.h, on the library's include path).
# Sources are those of LIST (default: rtl/appliance.f, or the cache variable VITRINE_RTL_LIST); it is verilated anew
# at build time when one of them changes. TRACE adds FST waveforms, HASH sets the top's parameter RTL_HASH.
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
        cmake_path(ABSOLUTE_PATH name BASE_DIRECTORY ${folder} NORMALIZE)
        list(APPEND sources ${name})
    endforeach()
    set(${result} ${sources} PARENT_SCOPE)
endfunction()

function(vitrine_verilate library)
    cmake_parse_arguments(ARG "TRACE;HASH" "TOP;PREFIX;LIST" "PARAMS;OPTIONS" ${ARGN})
    if(NOT ARG_LIST)
        set(ARG_LIST ${VITRINE_RTL_LIST})
    endif()
    vitrine_rtl_sources(sources ${ARG_LIST})

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

    set(out ${CMAKE_CURRENT_BINARY_DIR}/${library}.dir)
    add_custom_command(
        OUTPUT ${out}/${ARG_PREFIX}__ALL.cpp ${out}/${ARG_PREFIX}.h
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/cmake/verilate.py --list ${ARG_LIST} --top ${ARG_TOP}
                --prefix ${ARG_PREFIX} --out ${out} ${options}
        DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/cmake/verilate.py ${CMAKE_SOURCE_DIR}/rtl/hash.py
        COMMENT "Verilating ${ARG_TOP} as ${ARG_PREFIX}" VERBATIM)
    # built for whom it is linked with: some sizes take minutes and are seldom wanted
    add_library(${library} STATIC EXCLUDE_FROM_ALL ${out}/${ARG_PREFIX}__ALL.cpp)
    target_include_directories(${library} SYSTEM PUBLIC ${out})
    target_compile_options(${library} PRIVATE ${VITRINE_CXX_FLAGS} ${optimise})
    target_compile_definitions(${library} PRIVATE VM_COVERAGE=$<BOOL:${covered}>)
    target_link_libraries(${library} PUBLIC verilated_runtime)
    set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
