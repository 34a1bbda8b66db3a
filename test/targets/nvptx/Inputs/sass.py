"""Reads the machine code of NVIDIA cubins (sm_70 and newer) without a disassembler.

An instruction has 16 bytes. Its low 12 bits say which it is, of which the upper
three say where its operands are (registers, a constant, memory of constants), so
that the lower nine name it: OPCODES, which calibrate-sass.py checks with ptxas.

    kernels(bytes) -> {name: Kernel}
"""

import collections
import dataclasses
import struct

OPCODES = {
    0x002: "MOV", 0x005: "CS2R", 0x006: "VOTE", 0x007: "SEL", 0x008: "FSEL",
    0x009: "FMNMX", 0x00B: "FSETP", 0x00C: "ISETP", 0x010: "IADD3", 0x011: "LEA",
    0x012: "LOP3", 0x016: "PRMT", 0x017: "IMNMX", 0x019: "SHF", 0x01C: "PLOP3",
    0x020: "FMUL", 0x021: "FADD", 0x023: "FFMA", 0x024: "IMAD", 0x025: "IMAD.WIDE",
    0x028: "DMUL", 0x029: "DADD", 0x02A: "DSETP", 0x02B: "DFMA", 0x035: "HFMA2",
    0x036: "VIADD", 0x03C: "HMMA", 0x03F: "DMMA", 0x048: "VIMNMX", 0x049: "FFMA2",
    0x082: "UMOV", 0x08C: "UISETP", 0x090: "UIADD3", 0x097: "UIADD3.64",
    0x107: "FRND", 0x108: "MUFU", 0x118: "NOP", 0x11D: "BAR", 0x141: "BSYNC",
    0x144: "CALL", 0x145: "BSSY", 0x147: "BRA", 0x14D: "EXIT", 0x181: "LDG",
    0x182: "LDC", 0x183: "LDL", 0x184: "LDS", 0x186: "STG", 0x187: "STL",
    0x188: "STS", 0x189: "SHFL",
}
# What is added to the numbers of registers and predicates that a warp has in common.
WARP = 256


@dataclasses.dataclass
class Instruction:
    address: int
    opcode: int  # nine bits
    name: str
    bits: int  # all 128
    target: int  # of a branch, else None
    conditions: list  # (predicate, what it must be), all of them
    arch: int

    @property
    def always(self):
        return not self.conditions


@dataclasses.dataclass
class Kernel:
    registers: int = 0
    shared: int = 0  # bytes of a block, what the system keeps included
    stack: int = 0  # bytes of a thread
    threads: int = 0  # of a block, as the kernel demands
    code: list = dataclasses.field(default_factory=list)

    def blocks_per_sm(self, shared=227 * 1024, warps=64):
        """How many blocks a multiprocessor holds at once."""
        per_warp = -(-self.registers * 32 // 256) * 256
        of_block = -(-self.threads // 32)
        limits = [32, warps // of_block, 65536 // per_warp // of_block]
        if self.shared:
            limits.append(shared // self.shared)
        return min(limits)


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def branch_target(address, bits, arch):
    """Where BRA leads, in bytes from the start of the kernel."""
    far = signed(field(bits, 34, 48), 48)
    if arch >= 90:
        far = far * 256 + field(bits, 16, 8)
    return address + 16 + 4 * far


def loaded_bytes(one):
    """What a load takes for each thread."""
    return (1, 1, 2, 2, 4, 8, 16, 16)[field(one.bits, 73, 3)]


def field(bits, low, size):
    return (bits >> low) & ((1 << size) - 1)


def conditions(bits, name):
    places = [(12, 0)]
    if name == "BRA":
        places.append((87, 0))
        if field(bits, 9, 3) == 2:
            places.append((24, WARP))
    return [(field(bits, low, 3) + warp, not field(bits, low + 3, 1))
            for low, warp in places if field(bits, low, 4) != 7]


def decode(data, arch):
    code = []
    for address in range(0, len(data), 16):
        bits = int.from_bytes(data[address:address + 16], "little")
        opcode = field(bits, 0, 9)
        name = OPCODES.get(opcode, "0x%03x" % opcode)
        one = Instruction(address, opcode, name, bits, None, conditions(bits, name),
                          arch)
        # A call on a condition never returns: a branch of older GPUs.
        if name == "BRA" or name == "CALL" and one.conditions:
            one.target = branch_target(address, bits, arch)
        code.append(one)
    return code


def sections(data):
    """Name, header fields (name, type, flags, address, offset, size, link, info)
    and bytes of each section of an ELF file."""
    start = struct.unpack_from("<Q", data, 0x28)[0]
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQII", data, start + k * size)
               for k in range(count)]
    text = headers[names]
    for header in headers:
        at = text[4] + header[0]
        name = data[at:data.index(b"\0", at)].decode()
        body = b"" if header[1] == 8 else data[header[4]:header[4] + header[5]]
        yield name, header, body


def attributes(info):
    """(kind, value) of a section .nv.info: bytes, or a number of 16 bits."""
    at = 0
    while at + 4 <= len(info):
        form, kind, size = struct.unpack_from("<BBH", info, at)
        at += 4
        if form == 4:
            yield kind, info[at:at + size]
            at += size
        else:
            yield kind, size


REGISTERS, FRAME, THREADS = 0x2F, 0x11, 0x10


def kernels(data):
    """Those of a cubin by their names."""
    # The ABI of newer files moved the number of the GPU to the second byte.
    flags = struct.unpack_from("<I", data, 0x30)[0]
    arch = (flags >> 8) & 0xFF if flags & 0xFF in (2, 4, 6) else flags & 0xFF
    found = collections.defaultdict(Kernel)
    parts = list(sections(data))
    symbols = next(body for name, header, body in parts if header[1] == 2)
    strings = next(body for name, _, body in parts if name == ".strtab")

    def symbol(number):
        at = struct.unpack_from("<I", symbols, 24 * number)[0]
        return strings[at:strings.index(b"\0", at)].decode()

    for name, header, body in parts:
        if name.startswith(".text."):
            found[name[6:]].code = decode(body, arch)
        elif name.startswith(".nv.shared.") and "reserved" not in name:
            found[name[11:]].shared = header[5]
        elif name.startswith(".nv.info."):
            for kind, value in attributes(body):
                if kind == THREADS:
                    x, y, z = struct.unpack("<III", value)
                    found[name[9:]].threads = x * y * z
        elif name == ".nv.info":
            for kind, value in attributes(body):
                if kind == REGISTERS:
                    of, count = struct.unpack("<II", value)
                    found[symbol(of)].registers = count
                elif kind == FRAME:
                    of, count = struct.unpack("<II", value)
                    found[symbol(of)].stack = count
    return {name: one for name, one in found.items() if one.code}


def count_spills(kernel):
    return sum(one.name in ("LDL", "STL") for one in kernel.code)
