//===- Export.h - the mark of public functions ----------------------------===//
//
// The libraries are compiled with hidden visibility; what applications and
// generated code may call carries this mark.
//
//===----------------------------------------------------------------------===//

#ifndef KDSL_RUNTIME_EXPORT_H
#define KDSL_RUNTIME_EXPORT_H

#define KDSL_EXPORT extern "C" __attribute__((visibility("default")))

#endif // KDSL_RUNTIME_EXPORT_H
