"""Checks what sass.py takes for the names of instructions.

    calibrate-sass.py PTXAS GPU..

Assembles PTX that loads numbers, does one thing and stores them, for each GPU, and
looks for the instruction that it must become; then loops, a spill and the sizes of
a kernel, which ptxas tells itself.
"""

import re
import subprocess
import sys
import tempfile

import sass
import sass_loops

# The PTX of one instruction, and how often it comes out.
BECOMES = [
    ("add.f32 %f1, %f1, %f2;", {"FADD": 1}),
    ("mul.f32 %f1, %f1, %f2;", {"FMUL": 1}),
    ("mul.f32 %f1, %f1, 0f40400000;", {"FMUL": 1}),
    ("fma.rn.f32 %f1, %f1, %f2, %f3;", {"FFMA": 1}),
    ("fma.rn.f32 %f1, %f1, 0f40400000, %f3;", {"FFMA": 1}),
    ("min.f32 %f1, %f1, %f2;", {"FMNMX": 1}),
    ("ex2.approx.ftz.f32 %f1, %f1;", {"MUFU": 1}),
    ("setp.lt.f32 %p1, %f1, %f2; selp.f32 %f1, %f3, %f2, %p1;",
     {"FSETP": 1, "FSEL": 1}),
    ("add.f64 %d1, %d1, %d2;", {"DADD": 1}),
    ("mul.f64 %d1, %d1, %d2;", {"DMUL": 1}),
    ("fma.rn.f64 %d1, %d1, %d2, %d2;", {"DFMA": 1}),
    ("ld.shared.f32 %f1, [rows+4];", {"LDS": 1}),
    ("ld.shared.v2.f32 {%f1, %f2}, [rows];", {"LDS": 1}),
    ("ld.shared.v4.f32 {%f1, %f2, %f3, %f4}, [rows];", {"LDS": 1}),
    ("st.shared.f32 [rows], %f2;", {"STS": 1}),
    ("ld.global.f32 %f1, [%rd1+64];", {"LDG": 1}),
    ("bar.sync 0;", {"BAR": 1}),
    ("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
     "{%f1, %f2, %f3, %f4}, {%r1, %r2, %r1, %r2}, {%r1, %r2}, "
     "{%f1, %f2, %f3, %f4};", {"HMMA": 1}),
]
# Bytes of the loads from shared memory above.
LOADED = {"ld.shared.f32": 4, "ld.shared.v2": 8, "ld.shared.v4": 16}

KERNEL = """.version 8.7
.target %s
.address_size 64
.visible .entry k(.param .u64 .ptr .global p)
.reqntid 96
{
.reg .f32 %%f<9>; .reg .f64 %%d<5>; .reg .b32 %%r<9>; .reg .b64 %%rd<9>;
.reg .pred %%p<3>;
.shared .align 16 .b8 rows[512];
ld.param.u64 %%rd1, [p];
ld.global.f32 %%f1, [%%rd1]; ld.global.f32 %%f2, [%%rd1+4];
ld.global.f32 %%f3, [%%rd1+8]; ld.global.f32 %%f4, [%%rd1+12];
ld.global.f64 %%d1, [%%rd1+16]; ld.global.f64 %%d2, [%%rd1+24];
ld.global.b32 %%r1, [%%rd1+32]; ld.global.b32 %%r2, [%%rd1+36];
%s
st.global.f32 [%%rd1], %%f1; st.global.f32 [%%rd1+4], %%f2;
st.global.f32 [%%rd1+8], %%f3; st.global.f32 [%%rd1+12], %%f4;
st.global.f64 [%%rd1+16], %%d1; st.global.f64 [%%rd1+24], %%d2;
st.global.b32 [%%rd1+32], %%r1; st.global.b32 [%%rd1+36], %%r2;
ret;
}
"""
# A few instructions a turn; a branch leaves out many that are rare.
LOOP = """
mov.b32 %r3, 0;
turn: .pragma "nounroll";
ld.volatile.global.f32 %f3, [%rd1]; add.f32 %f1, %f1, %f3;
setp.lt.f32 %p1, %f1, %f2; @%p1 bra usual;
RARE
usual: add.s32 %r3, %r3, 1; setp.lt.s32 %p2, %r3, %r2; @%p2 bra turn;
""".replace("RARE", 20 * """
mul.f32 %f1, %f1, %f4; st.volatile.global.f32 [%rd1], %f1;
ld.volatile.global.f32 %f4, [%rd1];""")
# In it, another one that counts START, START + STEP .. up to BOUND, as TYPE.
NESTED = """
mov.b32 %r3, 0;
turn: .pragma "nounroll";
add.f32 %f1, %f1, %f4;
mov.TYPE %c1, START;
inner: .pragma "nounroll";
ld.volatile.global.f32 %f3, [%rd1]; fma.rn.f32 %f1, %f1, %f3, %f2;
add.TYPE %c1, %c1, STEP; setp.lt.TYPE %p1, %c1, BOUND; @%p1 bra inner;
add.s32 %r3, %r3, 1; setp.lt.s32 %p2, %r3, %r2; @%p2 bra turn;
"""
# The numbers, and how often the inner loop turns.
NUMBERS = [({"TYPE": "u64", "%c1": "%rd3", "START": "-4", "STEP": "4", "BOUND": "60"},
            16),
           ({"TYPE": "s32", "%c1": "%r4", "START": "-3", "STEP": "5", "BOUND": "23"},
            6),
           ({"TYPE": "u32", "%c1": "%r4", "START": "7", "STEP": "1", "BOUND": "64"},
            57),
           ({"TYPE": "s32", "%c1": "%r4", "START": "0", "STEP": "1", "BOUND": "%r1"},
            None)]
LOCAL = """
.local .align 4 .b8 own[4096];
mov.b64 %rd3, own; cvt.u64.u32 %rd4, %r1; add.s64 %rd3, %rd3, %rd4;
st.local.b32 [%rd3], %r2; st.local.b32 [%rd3+8], %r1; ld.local.b32 %r1, [own+4];
"""


class Assembler:
    def __init__(self, ptxas, gpu, folder):
        self.ptxas, self.gpu, self.folder = ptxas, gpu, folder

    def kernel(self, body):
        """The kernel around some lines, and what ptxas says of it."""
        source, cubin = self.folder + "/k.ptx", self.folder + "/k.cubin"
        with open(source, "w") as file:
            file.write(KERNEL % (self.gpu, body))
        said = subprocess.run(
            [self.ptxas, "-v", "-arch=" + self.gpu, source, "-o", cubin],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if said.returncode:
            sys.exit(said.stdout)
        with open(cubin, "rb") as file:
            return sass.kernels(file.read())["k"], said.stdout


def names(kernel):
    return sass.collections.Counter(one.name for one in kernel.code)


def check(assembler):
    """What is wrong for one GPU."""
    empty = names(assembler.kernel("")[0])
    for line, expected in BECOMES:
        kernel, _ = assembler.kernel(line)
        more = names(kernel) - empty
        for name, count in expected.items():
            if more[name] != count:
                yield "%s is %s" % (line, dict(more))
        for start, size in LOADED.items():
            if line.startswith(start):
                loads = [one for one in kernel.code if one.name == "LDS"]
                if [sass.loaded_bytes(one) for one in loads] != [size]:
                    yield "%s: not %d bytes" % (line, size)

    kernel, said = assembler.kernel("st.shared.f32 [rows], %f2;" + LOOP)
    registers = int(re.search(r"Used (\d+) registers", said).group(1))
    if kernel.registers != registers:
        yield "%d registers, not %d" % (registers, kernel.registers)
    # What the system keeps for itself comes on top of it.
    if kernel.shared not in (512, 512 + 1024) or kernel.threads != 96:
        yield "%d bytes for %d threads" % (kernel.shared, kernel.threads)
    if sass.count_spills(kernel) or kernel.stack:
        yield "a spill where there is none"
    loop = next(iter(sass_loops.loops(kernel)))
    turn = sass_loops.Turn(loop)
    if loop.turns is not None or turn.counts["LDG"] != 1 or \
            turn.counts["FADD"] != 1 or turn.counts["FMUL"] or turn.counts["STG"] or \
            turn.slots() > 9:
        yield "a turn of a loop is %s" % turn.counts
    for numbers, turns in NUMBERS:
        body = NESTED
        for name, value in numbers.items():
            body = body.replace(name, value)
        inner, outer = list(sass_loops.loops(assembler.kernel(body)[0]))[:2]
        if inner.around is not outer or inner.turns != turns or \
                outer.turns is not None:
            yield "a loop turns %s times, not %s, in one that turns %s" % (
                turns, inner.turns, outer.turns)
        try:
            counts = sass_loops.Turn(outer).counts
            if counts["FFMA"] != turns or counts["FADD"] != 1:
                yield "a turn of two loops is %s" % counts
        except sass_loops.Unknown:
            if turns:
                yield "a turn of two loops is unknown"

    kernel, _ = assembler.kernel(LOCAL)
    if not sass.count_spills(kernel) or kernel.stack < 4096:
        yield "local memory is not seen"


def main():
    ptxas, *gpus = sys.argv[1:]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for gpu in gpus:
            for problem in check(Assembler(ptxas, gpu, folder)):
                found.append("%s: %s" % (gpu, problem))
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
