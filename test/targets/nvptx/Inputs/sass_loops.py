"""Loops in the machine code of a kernel: which lies in which, how often one turns,
and what a turn of it takes.

    loops(kernel) -> [Loop], inner ones before those around them
    Turn(loop) -> what a turn of it takes, with all turns of the loops in it

A turn goes the shortest way round: branches that leave it for what is rare are not
taken. Where tensor cores work it is the shortest of those with most of their work;
threads do what is theirs in a shorter way, for numbers that are not for them.
"""

import collections
import dataclasses
import functools
import operator

import sass


class Unknown(Exception):
    """A loop on the way whose code does not say how often it turns."""


@dataclasses.dataclass(eq=False)
class Loop:
    head: int
    blocks: set  # their addresses
    latches: list  # blocks that lead back to the head
    graph: "Graph"
    turns: int = None  # for one entry; None where it depends on what is computed
    around: "Loop" = None
    inside: list = dataclasses.field(default_factory=list)

    def all_around(self):
        """From the inner to the outer ones."""
        return [self.around] + self.around.all_around() if self.around else []

    def all_inside(self):
        return [loop for inner in self.inside for loop in [inner] + inner.all_inside()]

    def has(self, name):
        return any(one.name == name for at in self.blocks
                   for one in self.graph.blocks[at])


class Graph:
    """The basic blocks of a kernel that are reached, and who leads to whom."""

    def __init__(self, code):
        starts = {0}
        for one in code:
            if one.target is not None:
                starts |= {one.target, one.address + 16}
            elif one.name == "EXIT":
                starts.add(one.address + 16)
        self.blocks, self.after, self.before = {}, {}, collections.defaultdict(list)
        for one in code:
            if one.address in starts:
                self.blocks[one.address] = current = []
            current.append(one)
        todo = [0]
        while todo:
            start = todo.pop()
            if start in self.after:
                continue
            last = self.blocks[start][-1]
            self.after[start] = [last.target] if last.target is not None else []
            next_one = last.address + 16
            ends = last.target is not None or last.name == "EXIT"
            if next_one in self.blocks and not (ends and last.always):
                self.after[start].append(next_one)
            for to in self.after[start]:
                self.before[to].append(start)
            todo += self.after[start]
        self.dominators = self.find_dominators()

    def find_dominators(self):
        """For each block those that every way to it leads through."""
        found = {start: set(self.after) for start in self.after}
        found[0] = {0}
        changed = True
        while changed:
            changed = False
            for start in sorted(self.after):
                if start:
                    now = {start} | set.intersection(
                        *(found[other] for other in self.before[start]))
                    changed |= now != found[start]
                    found[start] = now
        return found


def loops(kernel):
    graph = Graph(kernel.code)
    found = {}
    for start, after in graph.after.items():
        for head in after:
            if head in graph.dominators[start]:
                loop = found.setdefault(head, Loop(head, {head}, [], graph))
                loop.latches.append(start)
                todo = [start]
                while todo:
                    at = todo.pop()
                    if at not in loop.blocks:
                        loop.blocks.add(at)
                        todo += graph.before[at]
    ordered = sorted(found.values(), key=lambda loop: len(loop.blocks))
    for number, loop in enumerate(ordered):
        loop.around = next((other for other in ordered[number + 1:]
                            if loop.head in other.blocks), None)
        if loop.around:
            loop.around.inside.append(loop)
        loop.turns = count_turns(loop)
    return ordered


# How often a loop turns.

# What writes no register; of the rest the destination stands at one place.
NO_RESULT = {"BRA", "CALL", "EXIT", "BAR", "BSSY", "BSYNC", "NOP", "ISETP", "UISETP",
             "FSETP", "DSETP", "PLOP3", "STG", "STS", "STL"}
# What writes one predicate or two.
PREDICATES = {"ISETP": 2, "UISETP": 2, "FSETP": 2, "DSETP": 2, "PLOP3": 2, "IADD3": 2,
              "UIADD3": 2, "UIADD3.64": 2,
              "LOP3": 1, "SHFL": 1, "IMAD": 1, "VOTE": 1}
ZERO, TRUE = 255, 7  # a register, a predicate
COMPARE = {1: operator.lt, 2: operator.eq, 3: operator.le, 4: operator.gt,
           5: operator.ne, 6: operator.ge}


def field(one, low, size):
    return sass.field(one.bits, low, size)


def of_warp(one):
    return sass.WARP if one.name.startswith("U") else 0


def operands(one):
    """The three of them, each a register or, in a list, a number. None where there
    is memory, or a register of a warp in what each thread does."""
    zero = 63 if of_warp(one) and one.arch < 100 else ZERO

    def register(low):
        number = field(one, low, 8)
        return ZERO if number == zero else number + of_warp(one)

    a, b, c = register(24), register(32), register(64)
    number = [sass.signed(field(one, 32, 32), 32)]
    return {1: (a, b, c), 2: (a, c, number), 4: (a, number, c)}.get(field(one, 9, 3))


def register_written(one):
    return None if one.name in NO_RESULT else field(one, 16, 8) + of_warp(one)


def registers_written(one):
    first = register_written(one)
    # Zeros are written to two at once.
    return [first, first + 1] if one.name == "CS2R" else [first]


def predicates_written(one):
    return [field(one, 81 + 3 * k, 3) + of_warp(one)
            for k in range(PREDICATES.get(one.name, 0))]


def step_of(one):
    """(register or ZERO, number to add) of an instruction that moves a number or
    adds to one, else None."""
    if one.name == "CS2R" and one.always and field(one, 72, 8) == ZERO:
        return ZERO, 0
    if not one.always or operands(one) is None:
        return None
    a, b, c = operands(one)
    plain = not field(one, 72, 4)  # no carry, no sign turned
    if one.name in ("MOV", "UMOV"):
        terms = [c if type(c) is list else b]
    elif one.name == "VIADD" and plain and type(b) is list:
        terms = [a, b]
    elif one.name in ("IADD3", "UIADD3", "UIADD3.64") and plain and type(b) is list:
        terms = [a, b, c]
    elif a == ZERO and (one.name == "HFMA2" or one.name == "IMAD" and plain):
        terms = [c]  # so numbers are moved in the pipe for products
    else:
        return None
    registers = [term for term in terms if term != ZERO and type(term) is int]
    added = sum(term[0] for term in terms if type(term) is list)
    return (*(registers or [ZERO]), added) if len(registers) <= 1 else None


def backwards(way, register, elsewhere=()):
    """(register, number): what is in one after some instructions is what was in
    that other one before them, and the number. None if it is anything else, or
    written elsewhere too."""
    total = 0
    for one in reversed(way):
        if register != ZERO and register in registers_written(one):
            step = step_of(one)
            if step is None or register in elsewhere:
                return None
            register, total = step[0], total + step[1]
    return None if register in elsewhere else (register, total)


def start_of(loop, register):
    """The number that is in a register when a loop is entered, if it is known."""
    numbers, seen = set(), set()
    todo = [(start, register) for start in loop.graph.before[loop.head]
            if start not in loop.blocks]
    while todo:
        at, register = todo.pop()
        if (at, register) in seen:
            continue
        seen.add((at, register))
        moved = backwards(loop.graph.blocks[at], register)
        if moved is None or moved[0] != ZERO and (moved[1]
                                                  or not loop.graph.before[at]):
            return None
        if moved[0] == ZERO:
            numbers.add(moved[1])
        else:
            todo += [(start, moved[0]) for start in loop.graph.before[at]]
    return numbers.pop() if len(numbers) == 1 else None


def copies_predicate(one):
    """Whether a thread takes over one of its warp: by a table of two that are true
    and it."""
    table = field(one, 72, 5) << 3 | field(one, 64, 3)
    return (one.name == "PLOP3" and one.always and table == 0x80
            and field(one, 77, 4) == field(one, 87, 4) == TRUE
            and field(one, 67, 1) and not field(one, 71, 1))


def comparison(way, predicate, elsewhere=()):
    """The instruction that compares a number and sets a predicate, which nothing
    elsewhere does."""
    for one in reversed(way):
        if predicate in elsewhere:
            return None
        if predicate in predicates_written(one):
            if copies_predicate(one) and predicate == predicates_written(one)[0]:
                predicate = field(one, 68, 3) + sass.WARP
                continue
            if (one.name not in ("ISETP", "UISETP") or not one.always
                    or predicate != predicates_written(one)[0]):
                return None
            if not field(one, 72, 1):
                return one
            # The upper half of 64 bits, which goes on with what the lower one says.
            predicate = field(one, 68, 3) + of_warp(one)
    return None


def count_turns(loop, most=1 << 20):
    """How often a loop turns that counts in equal steps up to a number."""
    graph, dominators = loop.graph, loop.graph.dominators
    exits = [(start, to) for start in loop.blocks for to in graph.after[start]
             if to not in loop.blocks]
    if len(exits) != 1 or len(loop.latches) != 1:
        return None
    (leave, out), = exits
    once = (loop.blocks & dominators[loop.latches[0]]).difference(
        *(inner.blocks for inner in loop.inside))
    if leave not in once:
        return None
    turn = [one for at in sorted(once, key=lambda at: len(dominators[at]))
            for one in graph.blocks[at]]
    rare = [one for at in loop.blocks - once for one in graph.blocks[at]]
    elsewhere = {number for one in rare for number in registers_written(one)}

    branch = graph.blocks[leave][-1]
    if len(branch.conditions) != 1:
        return None
    (predicate, wanted), = branch.conditions
    test = comparison(graph.blocks[leave], predicate) or comparison(
        turn[:turn.index(branch)], predicate,
        {number for one in rare for number in predicates_written(one)})
    if not test or field(test, 87, 4) != TRUE or operands(test) is None:
        return None
    register, bound, _ = operands(test)
    compare = COMPARE.get(field(test, 76, 3))
    tested = backwards(turn[:turn.index(test)], register, elsewhere)
    if compare is None or tested is None or bound != ZERO and type(bound) is int:
        return None
    counter, ahead = tested
    step, number = backwards(turn, counter, elsewhere), start_of(loop, counter)
    if step is None or step[0] != counter or not step[1] or number is None:
        return None

    bound = 0 if bound == ZERO else bound[0]
    leaves_if = (branch.target == out) == wanted
    mask = -1 if field(test, 73, 1) else (1 << 32) - 1  # with a sign or without
    for turns in range(1, most):
        if compare((number + ahead) & mask, bound & mask) == leaves_if:
            return turns
        number += step[1]
    return None


# What a turn takes.

@functools.lru_cache(maxsize=None)
def way_round(loop):
    """The blocks and the inner loops that a turn leads through."""
    graph = loop.graph
    node_of = {at: inner for inner in loop.inside for at in inner.blocks}

    @functools.lru_cache(maxsize=None)
    def way_from(node):
        """(products of tensor cores, but negative; instructions; nodes) of the best
        way from a node to the end of the turn; None if there is none."""
        if type(node) is Loop:
            own = times(node, unknown_once=True)
            own = {at: count * (node.turns or 1) for at, count in own.items()}
            members = node.blocks
        else:
            own, members = {node: 1}, {node}
        found = []
        for to in ({to for at in members for to in graph.after[at]}
                   - (members - {loop.head})):
            if to == loop.head:
                found.append((0, 0, ()))
            elif to in loop.blocks:
                found.append(way_from(node_of.get(to, to)))
        found = [one for one in found if one is not None]
        if not found:
            return None
        hmma, length, nodes = min(found, key=lambda one: one[:2])
        for at, count in own.items():
            hmma -= count * sum(one.name == "HMMA" for one in graph.blocks[at])
            length += count * len(graph.blocks[at])
        return hmma, length, (node, *nodes)

    return way_from(loop.head)[2]


def times(loop, without=None, unknown_once=False):
    """Block -> how often it runs in a turn. An inner loop `without` is left out; one
    whose turns nobody knows is an error, or counts once."""
    found = collections.Counter()
    for node in way_round(loop):
        if type(node) is not Loop:
            found[node] += 1
        elif node is not without:
            if node.turns is None and not unknown_once:
                raise Unknown("how often the loop at 0x%x turns, inside that at "
                              "0x%x, its code does not say" % (node.head, loop.head))
            for at, count in times(node, without, unknown_once).items():
                found[at] += (node.turns or 1) * count
    return found


class Turn:
    """What a turn of a loop takes: instructions by name, and the bytes that a thread
    loads from shared memory."""

    def __init__(self, loop, without=None):
        self.counts, self.shared_bytes = collections.Counter(), 0
        for at, count in times(loop, without).items():
            for one in loop.graph.blocks[at]:
                self.counts[one.name] += count
                if one.name == "LDS":
                    self.shared_bytes += count * sass.loaded_bytes(one)

    def slots(self):
        return sum(self.counts.values())


def nests(kernel, depth, turns):
    """Each loop that lies in depth - 1 of unknown turns, and those. Its own turns are
    unknown, or as given."""
    for loop in loops(kernel):
        around = [one for one in loop.all_around() if one.turns is None]
        if loop.turns in (None, turns) and len(around) == depth - 1:
            yield [loop] + around
