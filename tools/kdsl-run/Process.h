//===- Process.h - what the process may meet ------------------------------===//

#ifndef KDSL_RUN_PROCESS_H
#define KDSL_RUN_PROCESS_H

namespace kdslrun {

/// Makes what the system does to a process an answer with words and an exit
/// code: writes that nobody reads or that are too large, standard streams that
/// are closed, memory that is used up.
/// \param tool  the name before messages; it lives as long as the process.
void prepareProcess(const char *tool);

/// Whether a standard stream (0 or 1) was closed when the process began.
bool wasClosed(int descriptor);

/// Ends the standard streams. \returns `code`, or Exit::Io when what was written
/// to stdout did not arrive.
int finishProcess(int code);

} // namespace kdslrun

#endif // KDSL_RUN_PROCESS_H
