# What `cmake --install` gives, and the package that find_package(kdsl) reads:
#
#   bin/kdslc, bin/kdsl-run       kdslc is the target kdsl::compiler
#   lib/libkdslrt.a, .so          the archive is the target kdsl::runtime
#   include/kdsl/kdsl.h
#   lib/cmake/kdsl                the targets, and kdsl_add_library

include(CMakePackageConfigHelpers)

set_target_properties(kdslc PROPERTIES EXPORT_NAME compiler)
set_target_properties(kdsl_runtime PROPERTIES EXPORT_NAME runtime)
# LLVM's libraries may lie outside of the linker's folders.
set_target_properties(kdslc kdsl-run PROPERTIES
  INSTALL_RPATH_USE_LINK_PATH TRUE)

install(TARGETS kdslc kdsl_runtime EXPORT kdslTargets
  RUNTIME DESTINATION bin
  ARCHIVE DESTINATION lib)
install(TARGETS kdsl-run kdsl_runtime_shared
  RUNTIME DESTINATION bin
  LIBRARY DESTINATION lib)
install(FILES "${PROJECT_SOURCE_DIR}/runtime/include/kdsl/kdsl.h"
  DESTINATION include/kdsl)

set(package_dir lib/cmake/kdsl)
install(EXPORT kdslTargets NAMESPACE kdsl:: DESTINATION ${package_dir})
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/kdslConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/kdslConfig.cmake"
  INSTALL_DESTINATION ${package_dir})
# Before 1.0 a new minor version may change anything.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/kdslConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/kdslConfig.cmake"
  "${PROJECT_BINARY_DIR}/kdslConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/KdslAddLibrary.cmake"
  DESTINATION ${package_dir})
