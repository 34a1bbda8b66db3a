"""Reads the machine code of NVIDIA cubins (sm_70 and newer) without a disassembler.

An instruction has 16 bytes. Its low 12 bits say which it is, of which the upper
three say where its operands are (registers, a constant, memory of constants), so
that the lower nine name it: OPCODES, which calibrate-sass.py checks with ptxas.

    kernels(bytes) -> {name: Kernel}
    loop_nest(kernel) -> [Loop], where the kernel spends its time
"""

import collections
import dataclasses
import heapq
import struct

OPCODES = {
    0x002: "MOV", 0x005: "CS2R", 0x007: "SEL", 0x008: "FSEL", 0x009: "FMNMX",
    0x00B: "FSETP", 0x00C: "ISETP", 0x010: "IADD3", 0x011: "LEA", 0x012: "LOP3",
    0x016: "PRMT", 0x017: "IMNMX", 0x019: "SHF", 0x01C: "PLOP3", 0x020: "FMUL", 0x021: "FADD",
    0x023: "FFMA", 0x024: "IMAD", 0x025: "IMAD.WIDE", 0x028: "DMUL",
    0x029: "DADD", 0x02A: "DSETP", 0x02B: "DFMA", 0x035: "HFMA2", 0x03C: "HMMA",
    0x03F: "DMMA", 0x048: "VIMNMX", 0x049: "FFMA2", 0x082: "UMOV",
    0x090: "UIADD3", 0x107: "FRND", 0x108: "MUFU", 0x118: "NOP", 0x11D: "BAR",
    0x141: "BSYNC", 0x145: "BSSY", 0x147: "BRA", 0x14D: "EXIT", 0x181: "LDG",
    0x182: "LDC", 0x183: "LDL", 0x184: "LDS", 0x186: "STG", 0x187: "STL",
    0x188: "STS", 0x189: "SHFL",
}

# What a formula is made of: the loop with most of it is the hot one.
WORK = {"FADD", "FMUL", "FFMA", "FFMA2", "FMNMX", "MUFU", "DADD", "DMUL", "DFMA",
        "HMMA", "DMMA"}


@dataclasses.dataclass
class Instruction:
    address: int
    opcode: int  # nine bits
    name: str
    bits: int  # all 128
    always: bool  # no predicate
    target: int  # of a branch, else None


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


@dataclasses.dataclass
class Loop:
    """The instructions of the shortest way round a loop, by name: branches that
    leave it for what is rare are not taken."""

    head: int
    end: int  # address of the branch back
    counts: collections.Counter
    shared_bytes: int  # that a thread loads from shared memory

    def slots(self):
        return sum(self.counts.values())

    def encloses(self, other):
        return (self.head <= other.head and other.end <= self.end
                and (self.head, self.end) != (other.head, other.end))


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def branch_target(address, bits, arch):
    """Where BRA leads, in bytes from the start of the kernel."""
    far = signed((bits >> 34) & ((1 << 48) - 1), 48)
    if arch >= 90:
        far = far * 256 + ((bits >> 16) & 0xFF)
    return address + 16 + 4 * far


def loaded_bytes(one):
    """What a load takes for each thread."""
    return (1, 1, 2, 2, 4, 8, 16, 16)[(one.bits >> 73) & 7]


def decode(data, arch):
    code = []
    for address in range(0, len(data), 16):
        bits = int.from_bytes(data[address:address + 16], "little")
        opcode = bits & 0x1FF
        name = OPCODES.get(opcode, "0x%03x" % opcode)
        target = branch_target(address, bits, arch) if name == "BRA" else None
        code.append(Instruction(address, opcode, name, bits,
                                (bits >> 12) & 0xF == 7, target))
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


def basic_blocks(code):
    """Blocks as lists of instructions by address, and whom each may lead to."""
    starts = {0}
    for one in code:
        if one.name in ("BRA", "EXIT"):
            starts.add(one.address + 16)
            if one.target is not None:
                starts.add(one.target)
    blocks, next_of = {}, {}
    for one in code:
        if one.address in starts:
            blocks[one.address] = current = []
        current.append(one)
    for start, block in blocks.items():
        last = block[-1]
        after = last.address + 16
        next_of[start] = []
        if last.target is not None:
            next_of[start].append(last.target)
        if not (last.name in ("BRA", "EXIT") and last.always) and after in blocks:
            next_of[start].append(after)
    return blocks, next_of


def shortest(blocks, next_of, start, end):
    """The blocks of the way with the fewest instructions, both ends included."""
    queue, seen = [(len(blocks[start]), start, [start])], set()
    while queue:
        length, at, way = heapq.heappop(queue)
        if at == end:
            return way
        if at in seen:
            continue
        seen.add(at)
        for to in next_of[at]:
            if to in blocks and to not in seen:
                heapq.heappush(queue,
                               (length + len(blocks[to]), to, way + [to]))
    return None


def way_through(blocks, next_of, start, end):
    """The same by all blocks in which tensor cores work: threads do what is
    theirs in a shorter loop, for numbers that are not for them."""
    stops = [at for at in sorted(blocks) if start < at < end
             and any(one.name == "HMMA" for one in blocks[at])]
    way = [start]
    for stop in stops + [end]:
        part = shortest(blocks, next_of, way[-1], stop)
        if part is None:
            return shortest(blocks, next_of, start, end)
        way += part[1:]
    return way


def loops(kernel):
    blocks, next_of = basic_blocks(kernel.code)
    for start, block in blocks.items():
        last = block[-1]
        if last.target is None or last.target > start:
            continue
        way = way_through(blocks, next_of, last.target, start)
        if way:
            body = [one for at in way for one in blocks[at]]
            loaded = sum(loaded_bytes(one) for one in body if one.name == "LDS")
            yield Loop(last.target, last.address,
                       collections.Counter(one.name for one in body), loaded)


def work(loop):
    return sum(loop.counts[name] for name in WORK)


def loop_nest(kernel):
    """The loop with most arithmetic in it, then those around it."""
    known = list(loops(kernel))
    if not known:
        return []
    # Of those in which tensor cores work the innermost one: what is done around
    # it, once for many rows, is arithmetic too.
    tensor = [loop for loop in known if loop.counts["HMMA"]]
    if tensor:
        hot = min(tensor, key=lambda loop: loop.end - loop.head)
    else:
        hot = max(known, key=work)
        # The way round a loop leads through one in it that always runs.
        inside = [loop for loop in known
                  if hot.encloses(loop) and 2 * work(loop) > work(hot)]
        if inside:
            hot = max(inside, key=work)
    around = sorted((loop for loop in known if loop.encloses(hot)),
                    key=lambda loop: loop.end - loop.head)
    if not tensor:
        around = [dataclasses.replace(loop, counts=loop.counts - hot.counts)
                  if work(loop) >= work(hot) else loop for loop in around]
    return [hot] + around
