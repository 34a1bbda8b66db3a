"""The programs of a bundle, called on arrays of PyTorch or of NumPy."""

import ctypes

from kdsl_exec import Exec

ELEMENTS = {"f32": ("float32", ctypes.c_float), "f64": ("float64", ctypes.c_double),
            "f16": ("float16", None), "i32": ("int32", None)}


def dtype(library, elem):
    return getattr(library, ELEMENTS[elem][0])


def address(array):
    return array.data_ptr() if hasattr(array, "data_ptr") else array.ctypes.data


class Ours:
    """One workload on device 0.

    library -- torch or numpy, whose arrays are in device or in host memory
    """

    device, in_device_memory = 1, 1  # KDSL_CUDA(0), KDSL_MEM_DEVICE

    def __init__(self, programs, workload, library, x, y, others):
        self.programs = programs
        self.call = getattr(programs, workload.program + "_ex")
        kept = {"x": x} if workload.own else {"x": x, "y": y}
        kept |= {k: a for k, a in others.items() if k not in workload.late}
        shape = (len(x), *workload.result[1])
        of = {"device": x.device} if hasattr(x, "data_ptr") else {}
        self.result = library.zeros(shape, dtype=dtype(library, workload.result[0]),
                                    **of)
        # The args struct: sizes, bases, arrays with their strides (0: dense), each
        # scalar in a word of its own.
        sizes = [len(x)] if workload.own else [len(x), len(y)]
        words = [ctypes.c_int64(n) for n in (*sizes, 0, 0)]
        late = [others[k] for k in workload.late]
        add = lambda a: words.extend((ctypes.c_int64(address(a)), ctypes.c_int64(0)))
        for array in kept.values():
            add(array)
        for value in workload.scalars.values():
            words.append(ELEMENTS[workload.elem][1](value))
        for array in (*late, self.result):
            add(array)
        self.kept = [*kept.values(), *late]
        self.args = (ctypes.c_char * (8 * len(words)))()
        for k, word in enumerate(words):
            ctypes.memmove(ctypes.addressof(self.args) + 8 * k, ctypes.byref(word),
                           ctypes.sizeof(word))
        self.exec = Exec(size=ctypes.sizeof(Exec), device=self.device)
        if of:
            self.exec.mem = self.in_device_memory
            self.exec.stream = library.cuda.current_stream().cuda_stream

    def __call__(self):
        if self.call(ctypes.byref(self.args), ctypes.byref(self.exec)):
            text = self.programs.kdsl_last_error
            text.restype = ctypes.c_char_p
            raise RuntimeError(text().decode())
        return self.result
