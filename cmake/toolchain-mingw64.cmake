# SPDX-License-Identifier: Apache-2.0
# Cross toolchain: Debian's gcc-mingw-w64-x86-64-win32. The win32 thread model is named on
# purpose: the unsuffixed compiler name follows update-alternatives and could be the posix one.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-win32)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

# RRAS_DEPS_PREFIX: where cmake/deps/build.sh put the static libraries. It must reach CMake's
# try_compile projects as well.
if(NOT RRAS_DEPS_PREFIX AND DEFINED ENV{RRAS_DEPS_PREFIX})
  set(RRAS_DEPS_PREFIX "$ENV{RRAS_DEPS_PREFIX}" CACHE PATH "static dependencies")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RRAS_DEPS_PREFIX)

# Only the cross compiler's own tree and our prefix: nothing of the host's /usr can leak in.
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32 ${RRAS_DEPS_PREFIX})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
