"""How a program is called, of both benchmarks."""

import ctypes


class Exec(ctypes.Structure):
    """kdsl_exec of kdsl.h; zeros are its defaults."""

    _fields_ = [(name, ctypes.c_uint32) for name in ("size", "flags")]
    _fields_ += [
        (name, ctypes.c_int32) for name in ("device", "mem", "threads", "isa")
    ]
    _fields_ += [
        (name, ctypes.c_size_t)
        for name in ("stream", "workspace", "workspace_bytes", "pool", "alloc",
                     "tick", "user", "stats", "err", "err_len")
    ]
