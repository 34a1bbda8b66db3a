#!/usr/bin/python3
"""check-layout - what the house rules say that no compiler checks.

usage: check-layout.py [root of the source tree]

Passes   each record of a Passes.td has a file of its name, a text test named by
         its flag, and a line in compiler/Pipeline.cpp; the example that its
         description names exists
Sources  each one is listed in a CMakeLists.txt
Labels   each one that the compiler uses has a sentence and a text test
Guides   their links lead somewhere, and README.md shows the files of its first
         program, which are tests, word by word
Files    begin with a line that names them; none has more than 700 lines

Prints what is wrong, one line each; exit status 1 if anything is. Files of more
than 450 lines are named, without harm.
"""

import pathlib
import re
import sys

FOLDERS = ["compiler", "dialects", "runtime", "tools", "examples", "test"]
CODE = {".cpp", ".h", ".c", ".td", ".def", ".py"}
TEXT = {".txt", ".md", ".kdsl", ".mlir", ".test"}
LONG_LINES, MOST_LINES = 450, 700
README_SHOWS = "test/package/app/"
# The compiler's own failure: no source text provokes it.
UNTESTED_LABELS = {"K000"}


class Tree:
    """The files of the source tree, read once, and what is wrong with them."""

    def __init__(self, root):
        self.root = root
        self.wrong = []
        self.text = {}
        for path in [root / "README.md"] + [
            path for folder in FOLDERS for path in sorted((root / folder).rglob("*"))
        ]:
            if path.is_file() and path.suffix in CODE | TEXT:
                name = path.relative_to(root).as_posix()
                self.text[name] = path.read_text(errors="replace")

    def complain(self, name, what):
        self.wrong.append(f"{name}: {what}")

    def under(self, folder, suffixes):
        return {
            name: text
            for name, text in self.text.items()
            if name.startswith(folder)
            and pathlib.PurePath(name).suffix in suffixes
        }


def check_passes(tree):
    pipeline = tree.text.get("compiler/Pipeline.cpp", "")
    tests = tree.under("test/", {".mlir"})
    record = re.compile(
        r'^def (\w+) : Pass<"([\w-]+)".*?description = \[\{(.*?)\}\];', re.M | re.S
    )
    for name, text in tree.under("compiler/", {".td"}).items():
        if len(record.findall(text)) != len(re.findall(r": Pass<", text)):
            tree.complain(name, "a pass has no description in [{ }]")
        for pass_name, flag, description in record.findall(text):
            source = f"{name.rsplit('/', 1)[0]}/{pass_name}.cpp"
            if source not in tree.text:
                tree.complain(name, f"pass '{flag}' needs a file {source}")
            if not any(
                test.endswith(f"/{flag}.mlir") and re.search(f"RUN:.*{flag}", body)
                for test, body in tests.items()
            ):
                tree.complain(
                    name, f"pass '{flag}' needs a test {flag}.mlir that runs it"
                )
            if f"create{pass_name}(" not in pipeline:
                tree.complain(
                    name, f"pass '{flag}' has no line in compiler/Pipeline.cpp"
                )
            example = re.search(r"Example:\s+(test/\S+?)\.?\s", description)
            if not example:
                tree.complain(name, f"pass '{flag}' names no example")
            elif example[1] not in tree.text:
                tree.complain(
                    name, f"the example of pass '{flag}', {example[1]}, is missing"
                )


def check_sources(tree):
    listed = set()
    for name, text in tree.text.items():
        if name.endswith("/CMakeLists.txt"):
            folder = name[: -len("CMakeLists.txt")]
            listed |= {folder + word for word in re.split(r"[\s()]+", text)}
    for name in tree.text:
        if name.endswith((".cpp", ".c")) and name not in listed:
            tree.complain(name, "is listed in no CMakeLists.txt")


def check_labels(tree):
    table = "compiler/Diagnostics.def"
    entries = "\n".join(tree.under("compiler/diagnostics/", {".def"}).values())
    sources = tree.under("compiler/", {".cpp", ".h"})
    used = set(re.findall(r"\bK\d\d\d\b", "\n".join(sources.values())))
    tests = tree.under("test/frontend/", {".kdsl", ".test"})
    tested = set(re.findall(r"\[(K\d\d\d)\]", "\n".join(tests.values())))
    declared = set(re.findall(r"KDSL_LABEL\((K\d\d\d)", entries))
    for label in sorted(used - declared):
        tree.complain(table, f"label {label} is used and has no entry")
    for label in sorted((declared & used) - tested - UNTESTED_LABELS):
        tree.complain(table, f"no test in test/frontend expects [{label}]")


def check_guides(tree):
    for name, text in tree.under("", {".md"}).items():
        code = r"```.*?```|`[^`\n]*`|^    [^\n]*$"
        prose = re.sub(code, "", text, flags=re.S | re.M)
        for link in re.findall(r"\]\(([^)#:]+)\)", prose):
            if not (tree.root / name).parent.joinpath(link).exists():
                tree.complain(name, f"the link to {link} leads nowhere")
    readme = tree.text.get("README.md", "")
    for name, text in tree.under(README_SHOWS, CODE | TEXT).items():
        if text not in readme:
            tree.complain("README.md", f"does not show {name} as it is")


def check_files(tree):
    for name, text in tree.text.items():
        path = pathlib.PurePath(name)
        if path.suffix not in CODE:
            continue
        lines = text.count("\n")
        if lines > MOST_LINES:
            tree.complain(name, f"has {lines} lines, {MOST_LINES} at most")
        elif lines > LONG_LINES:
            print(f"{name}: {lines} lines; look whether it is one thing")
        if path.suffix == ".py" or name.startswith(README_SHOWS):
            continue
        if f"===- {path.name} - " not in text[:200]:
            tree.complain(name, f"does not begin with '===- {path.name} - what it is'")


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    tree = Tree(root)
    if not tree.text:
        sys.exit(f"check-layout: {root}: no source tree")
    for check in (
        check_passes, check_sources, check_labels, check_guides, check_files
    ):
        check(tree)
    for line in tree.wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if tree.wrong else 0)


if __name__ == "__main__":
    main()
