# SPDX-License-Identifier: Apache-2.0
# Compiler and linker options of our own code (target rras_options), the Windows resource and the
# separate debug file.

# A single-configuration build without a type is a release with debug information.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

add_library(rras_options INTERFACE)
set(_optimized "$<CONFIG:Release,RelWithDebInfo,MinSizeRel>")

if(MSVC)
  target_compile_options(rras_options INTERFACE /W4 /utf-8 $<$<BOOL:${RRAS_WERROR}>:/WX>)
  target_compile_definitions(rras_options INTERFACE _CRT_SECURE_NO_WARNINGS)
  target_link_options(rras_options INTERFACE /DYNAMICBASE /NXCOMPAT /HIGHENTROPYVA /DEPENDENTLOADFLAG:0x800)
else()
  target_compile_options(rras_options INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
    -Wundef $<$<BOOL:${RRAS_WERROR}>:-Werror>
    -ffunction-sections -fdata-sections -fstack-protector-strong
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
  # mingw needs the stack protector named at link time as well.
  target_link_options(rras_options INTERFACE -fstack-protector-strong -Wl,--gc-sections)
endif()

if(WIN32)
  target_compile_definitions(rras_options INTERFACE UNICODE _UNICODE _WIN32_WINNT=0x0A00
    WIN32_LEAN_AND_MEAN __USE_MINGW_ANSI_STDIO=1)
  # An import library adds nothing to the program unless one of its functions is called.
  target_link_libraries(rras_options INTERFACE advapi32 crypt32 dnsapi httpapi iphlpapi mprapi
    netapi32 ole32 oleaut32 secur32 shell32 shlwapi user32 uuid version wevtapi ws2_32 wtsapi32)
  if(MINGW)
    # mingw's ncrypt has BCrypt* as well, which Microsoft documents for bcrypt.dll alone. The first
    # that has a function gives it; as one word, their order is not CMake's to change.
    target_link_libraries(rras_options INTERFACE -Wl,-lbcrypt,-lncrypt)
    target_link_options(rras_options INTERFACE -static
      -Wl,--nxcompat,--dynamicbase,--high-entropy-va,--no-insert-timestamp)
  else()
    target_link_libraries(rras_options INTERFACE bcrypt ncrypt)
  endif()
else()
  target_compile_definitions(rras_options INTERFACE _GNU_SOURCE)
  if(NOT APPLE)
    target_link_options(rras_options INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
  endif()
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES C)
endif()

if(RRAS_SANITIZE)
  set(_sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(RRAS_FUZZ) # counts the branches taken; the fuzzer itself is only linked into its programs
    target_compile_options(rras_options INTERFACE -fsanitize=fuzzer-no-link)
  endif()
  target_compile_options(rras_options INTERFACE ${_sanitize})
  target_link_options(rras_options INTERFACE ${_sanitize})
elseif(NOT WIN32)
  target_compile_options(rras_options INTERFACE
    "$<${_optimized}:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
endif()

# The event source's message table: messages.rc, and messages.h with the event numbers.
# windmc (binutils) and mc.exe (Windows SDK) take the same options.
if(WIN32)
  enable_language(RC)
  find_program(RRAS_MC NAMES x86_64-w64-mingw32-windmc windmc mc REQUIRED)
  set(_gen "${PROJECT_BINARY_DIR}/gen")
  file(MAKE_DIRECTORY "${_gen}")
  add_custom_command(OUTPUT "${_gen}/messages.rc" "${_gen}/messages.h" VERBATIM
    COMMAND "${RRAS_MC}" -b -h "${_gen}" -r "${_gen}" "${PROJECT_SOURCE_DIR}/res/messages.mc"
    DEPENDS "${PROJECT_SOURCE_DIR}/res/messages.mc")
  add_custom_target(rras_messages DEPENDS "${_gen}/messages.rc" "${_gen}/messages.h")
endif()

# rras_windows_resource(TARGET): version information, message table and the manifest (UTF-8, long
# paths, asInvoker). Without effect on other systems.
function(rras_windows_resource target)
  if(NOT WIN32)
    return()
  endif()
  set(RRAS_MANIFEST "${PROJECT_SOURCE_DIR}/res/rras-acme.manifest")
  set(RRAS_TARGET "${target}")
  set(gen "${PROJECT_BINARY_DIR}/gen")
  configure_file("${PROJECT_SOURCE_DIR}/res/rras-acme.rc.in" "${gen}/${target}.rc" @ONLY)
  set_property(SOURCE "${gen}/${target}.rc" PROPERTY OBJECT_DEPENDS "${RRAS_MANIFEST};${gen}/messages.rc")
  target_sources(${target} PRIVATE "${gen}/${target}.rc")
  target_include_directories(${target} PRIVATE "${gen}")
  add_dependencies(${target} rras_messages)
  if(MSVC)
    target_link_options(${target} PRIVATE /MANIFEST:NO) # ours is in the .rc
  endif()
endfunction()

# rras_split_debug(TARGET): the program is stripped, its debug information is in FILE.debug beside it.
function(rras_split_debug target)
  if(MSVC OR APPLE OR RRAS_SANITIZE)
    return()
  endif()
  if(MINGW AND CMAKE_CROSSCOMPILING)
    set(prefix x86_64-w64-mingw32-)
  endif()
  find_program(RRAS_OBJCOPY NAMES ${prefix}objcopy REQUIRED)
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
    COMMAND "${RRAS_OBJCOPY}" --only-keep-debug "$<TARGET_FILE:${target}>" "$<TARGET_FILE:${target}>.debug"
    COMMAND "${RRAS_OBJCOPY}" --strip-all "--add-gnu-debuglink=$<TARGET_FILE:${target}>.debug"
      "$<TARGET_FILE:${target}>")
endfunction()
