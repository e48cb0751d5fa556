# The installed driver, as a stranger sees it: example.c is compiled with pkg-config's flags only, and run; the library
# exports what device.h declares and nothing else.
file(REMOVE_RECURSE ${PREFIX})
file(MAKE_DIRECTORY ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --component vitrine_device --prefix ${PREFIX}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
execute_process(COMMAND ${PKG_CONFIG} --cflags --libs vitrine_device
    OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
file(COPY ${DRIVER}/example.c DESTINATION ${PREFIX}) # away from the headers beside it
execute_process(COMMAND ${CC} -o example example.c ${flags} WORKING_DIRECTORY ${PREFIX} COMMAND_ERROR_IS_FATAL ANY)
set(ENV{LD_LIBRARY_PATH} ${PREFIX}/${LIBDIR})
execute_process(COMMAND ${PREFIX}/example model COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${NM} -D --defined-only --format=posix ${PREFIX}/${LIBDIR}/libvitrine_device.so.1
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+\n" lines "${symbols}")
set(exported "")
foreach(line IN LISTS lines)
    string(REGEX REPLACE "[ @].*" "" symbol "${line}")
    if(NOT symbol STREQUAL VITRINE_DEVICE_1)
        list(APPEND exported ${symbol})
    endif()
endforeach()
file(STRINGS ${PREFIX}/include/vitrine/device.h header REGEX "^[a-z].* \\*?device_[a-z_]+\\(")
set(declared "")
foreach(line IN LISTS header)
    string(REGEX REPLACE ".* \\*?(device_[a-z_]+)\\(.*" "\\1" symbol "${line}")
    list(APPEND declared ${symbol})
endforeach()
list(SORT exported)
list(SORT declared)
if(NOT exported STREQUAL declared)
    message(FATAL_ERROR "exported: ${exported}\ndeclared: ${declared}")
endif()
