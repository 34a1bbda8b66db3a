"""Every case of hostile input to the compiler; see Harness.py."""

import sys

import Harness
import Files, Growth, Meaning, Text  # noqa: F401, E401: they add cases

if __name__ == "__main__":
    sys.exit(Harness.main(sys.argv[1:]))
