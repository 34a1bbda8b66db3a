"""Runs a command and fails unless it ends with the exit code given first."""

import subprocess
import sys

wanted = int(sys.argv[1])
got = subprocess.run(sys.argv[2:]).returncode
if got != wanted:
    sys.exit("exit code %d, expected %d" % (got, wanted))
