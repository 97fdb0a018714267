# SPDX-License-Identifier: Apache-2.0
# Given as CMAKE_PROJECT_INCLUDE: precompiles the Windows headers for a dependency's
# library targets (every file includes them, 0.5 to 1 s of CPU each with mingw gcc).
function(rras_windows_pch)
  foreach(t IN LISTS RRAS_PCH_TARGETS)
    if(TARGET ${t})
      target_precompile_headers(${t} PRIVATE <winsock2.h> <ws2tcpip.h> <windows.h>)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL rras_windows_pch)
