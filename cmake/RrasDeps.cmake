# SPDX-License-Identifier: Apache-2.0
# Finds libcurl, OpenSSL, c-ares and jansson and offers them as one target, rras::deps.
# Where they come from, the first that applies:
#   1. vcpkg       its toolchain file is in use (VCPKG_TARGET_TRIPLET is set)
#   2. the system  -DRRAS_DEPS=system: the distribution's packages, found by pkg-config
#   3. own builds  RRAS_DEPS_PREFIX, or what "cmake/deps/build.sh --where" names
set(RRAS_DEPS "auto" CACHE STRING "auto, own or system")
set_property(CACHE RRAS_DEPS PROPERTY STRINGS auto own system)
set(RRAS_DEPS_PREFIX "" CACHE PATH "static dependencies made by cmake/deps/build.sh (empty: ask it)")

if(DEFINED VCPKG_TARGET_TRIPLET)
  set(_rras_from vcpkg)
elseif(RRAS_DEPS STREQUAL "system" OR (RRAS_DEPS STREQUAL "auto" AND MSVC))
  set(_rras_from system)
else()
  set(_rras_from own)
endif()

if(_rras_from STREQUAL "own")
  set(_prefix "${RRAS_DEPS_PREFIX}")
  if(NOT _prefix)
    set(_target linux)
    if(MINGW)
      set(_target mingw64)
    endif()
    execute_process(COMMAND "${CMAKE_CURRENT_LIST_DIR}/deps/build.sh" --where ${_target}
      OUTPUT_VARIABLE _prefix OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE _failed)
    if(_failed)
      message(FATAL_ERROR "The static libraries for ${_target} are not built yet. "
        "Run once: cmake/deps/build.sh ${_target}")
    endif()
  endif()
  message(STATUS "Dependencies: ${_prefix}")
  # What an earlier run found in another prefix must not stay.
  if(NOT "${RRAS_DEPS_FOUND_IN}" STREQUAL "${_prefix}")
    foreach(_found OPENSSL_INCLUDE_DIR OPENSSL_SSL_LIBRARY OPENSSL_CRYPTO_LIBRARY LIB_EAY SSL_EAY
        c-ares_DIR jansson_DIR CURL_DIR)
      unset(${_found} CACHE)
    endforeach()
  endif()
  set(RRAS_DEPS_FOUND_IN "${_prefix}" CACHE INTERNAL "")
  list(PREPEND CMAKE_PREFIX_PATH "${_prefix}")
  if(CMAKE_FIND_ROOT_PATH)
    list(APPEND CMAKE_FIND_ROOT_PATH "${_prefix}")
  endif()
  set(OPENSSL_ROOT_DIR "${_prefix}")
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(_only_there NO_DEFAULT_PATH PATHS "${_prefix}" NO_CMAKE_FIND_ROOT_PATH)
endif()

if(NOT WIN32) # with MinGW it would add winpthreads for nothing
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
endif()
find_package(OpenSSL 3.0 REQUIRED)

add_library(rras_deps INTERFACE)
add_library(rras::deps ALIAS rras_deps)
if(_rras_from STREQUAL "system")
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(RRAS_SYSTEM REQUIRED IMPORTED_TARGET libcurl>=8.5 libcares>=1.28 jansson>=2.12)
  target_link_libraries(rras_deps INTERFACE PkgConfig::RRAS_SYSTEM)
else()
  find_package(c-ares 1.28 CONFIG REQUIRED ${_only_there})
  find_package(jansson CONFIG REQUIRED ${_only_there}) # its version file takes the exact version only
  find_package(CURL 8.5 CONFIG REQUIRED ${_only_there})
  target_link_libraries(rras_deps INTERFACE CURL::libcurl c-ares::cares jansson::jansson)
endif()
target_link_libraries(rras_deps INTERFACE OpenSSL::SSL OpenSSL::Crypto)
if(WIN32)
  target_link_libraries(rras_deps INTERFACE iphlpapi ws2_32 crypt32 bcrypt advapi32 secur32)
else()
  target_link_libraries(rras_deps INTERFACE Threads::Threads)
endif()
