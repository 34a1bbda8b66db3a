//===- Process.h - what the process may meet ------------------------------===//

#ifndef KDSLC_TOOLS_KDSLC_PROCESS_H
#define KDSLC_TOOLS_KDSLC_PROCESS_H

namespace kdslc {

/// Makes what the system does to a process an answer with words and an exit
/// code: writes that nobody reads or that are too large, standard streams that
/// are closed, memory that is used up.
void prepareProcess();

/// Whether a standard stream (0 or 1) was closed when the process began.
bool wasClosed(int descriptor);

/// Ends the standard streams. \returns `code`, or FileError when what was
/// written to stdout did not arrive.
int finishProcess(int code);

} // namespace kdslc

#endif // KDSLC_TOOLS_KDSLC_PROCESS_H
