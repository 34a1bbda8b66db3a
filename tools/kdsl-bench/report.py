"""Tables, comparisons of two results, and a page with bars."""

import html
import json
from pathlib import Path


def rate(seconds, pairs):
    return pairs / seconds / 1e9


def table(result):
    """The result as text: a workload a row, billions of pairs a second."""
    names = result["contenders"]
    lines = [f"{'':8} {'':28}" + "".join(f"{name:>14}" for name in names)]
    for row in result["workloads"]:
        cells = "".join(
            f"{row['gpairs'][name]:14.3f}" if name in row["gpairs"] else f"{'-':>14}"
            for name in names
        )
        lines.append(f"{row['name']:8} {row['title']:28}" + cells)
    return "\n".join(lines)


def compare(old, new):
    """New rates over old ones. Two runs differ by more than two programs in one
    run: below a tenth it means nothing."""
    before = {row["name"]: row["gpairs"] for row in old["workloads"]}
    lines = []
    for row in new["workloads"]:
        for name, value in row["gpairs"].items():
            if name in before.get(row["name"], {}):
                ratio = value / before[row["name"]][name]
                mark = "  <-" if abs(ratio - 1) > 0.1 else ""
                lines.append(f"{row['name']:8} {name:14} {ratio:6.2f}{mark}")
    return "\n".join(lines)


PAGE = """<!doctype html><meta charset="utf-8"><title>kdsl-bench</title>
<style>
 body {{ font: 14px sans-serif; margin: 2em; max-width: 60em }}
 .bar {{ height: 1em; background: #888 }} .ours {{ background: #27c }}
 td {{ padding: 1px 8px; white-space: nowrap }} td.wide {{ width: 100% }}
</style>
<h1>kdsl-bench</h1>
<p>{machine}; {threads} threads; billions of pairs a second, medians of calls in
turn. Error: of float64, in units of the largest result.</p>
"""


def page(result):
    text = PAGE.format(machine=html.escape(result["machine"]["cpu"]),
                       threads=result["threads"])
    for row in result["workloads"]:
        text += f"<h2>{row['name']} {html.escape(row['title'])}</h2><table>"
        most = max(row["gpairs"].values())
        for name, value in row["gpairs"].items():
            kind = "bar ours" if name.startswith("kdslc") else "bar"
            text += (
                f"<tr><td>{name}<td>{value:.3f}<td>{row['errors'][name]:.1e}"
                f'<td class=wide><div class="{kind}" '
                f'style="width:{100 * value / most:.1f}%"></div>'
            )
        text += "</table>"
    return text


def write(result, path):
    path = Path(path)
    as_json = json.dumps(result, indent=1) + "\n"
    path.write_text(page(result) if path.suffix == ".html" else as_json)
