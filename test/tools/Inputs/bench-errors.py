"""Fails where a contender of a result of kdsl-bench is not right."""

import json
import sys

result = json.load(open(sys.argv[1]))
assert result["workloads"]
for row in result["workloads"]:
    bound = 1e-12 if row["name"] == "W10" else 2e-5
    for name, error in row["errors"].items():
        assert error <= bound, (row["name"], name, error)
