"""Tables, comparisons of two results, and a page with bars."""

import html
import json
import math
from pathlib import Path


def rate(seconds, pairs):
    return pairs / seconds / 1e9


def lanes(row):
    """Lanes of 32 bits that the arithmetic of a pair takes, counted for AVX-512."""
    return row["operations"] * (2 if row["elem"] == "f64" else 1)


def roof(result, row, level):
    """The most pairs that a level could do, at the rate of its multiply-adds."""
    return result["peak"][level[:2]] / lanes(row)


def table(result):
    """The result as text: a workload a row, billions of pairs a second; then our
    best beside each peer, and the share of the kernels written by hand."""
    names = result["contenders"]
    lines = [f"{'':8} {'':28}" + "".join(f"{name:>14}" for name in names)]
    for row in result["workloads"]:
        cells = "".join(
            f"{row['gpairs'][name]:14.3f}" if name in row["gpairs"] else f"{'-':>14}"
            for name in names
        )
        lines.append(f"{row['name']:8} {row['title']:28}" + cells)
    lines += ["", "times as fast as; share of a level's kernel by hand and of its roof"]
    for row in result["workloads"]:
        ours = {k: v for k, v in row["gpairs"].items() if k.startswith("kdslc")}
        best = max(ours.values())
        parts = [f"{name} {best / value:.3g}x" for name, value in row["gpairs"].items()
                 if name not in ours]
        for name, value in ours.items():
            level = name.removeprefix("kdslc ")
            if level in row["share"]:
                parts.append(f"{level} {row['share'][level]:.2f} by hand")
            parts.append(f"{level} {value / roof(result, row, level):.2f} of the roof")
        lines.append(f"{row['name']:8} " + ", ".join(parts))
    seconds = result["compile_seconds"]
    lines += ["", "seconds to compile all workloads: " + ", ".join(
        f"{name} {value:.2f}" for name, value in seconds.items())]
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
 svg text {{ font: 11px sans-serif }}
</style>
<h1>kdsl-bench</h1>
<p>{machine}; {threads} threads; billions of pairs a second, medians of calls in
turn. Error: of float64, in units of the largest result. Memory: what the calls
added to the process, at most.</p>
"""


def roofline(result):
    """Pairs a second over operations of a pair, both as logarithms; a line for each
    level, at the rate of its multiply-adds."""
    width, height, left, top = 640, 360, 60, 20
    most = max(result["peak"].values())
    x = lambda ops: left + width * math.log(ops / 5) / math.log(400 / 5)
    y = lambda rate: top + height * math.log(most / 5 / rate) / math.log(1000)
    text = (f'<h2>Roofline</h2><svg width="{left + width + 60}" '
            f'height="{top + height + 40}">')
    for ops in (5, 10, 20, 50, 100, 200, 400):
        text += (f'<line x1="{x(ops)}" x2="{x(ops)}" y1="{top}" y2="{top + height}" '
                 f'stroke="#ddd"/><text x="{x(ops) - 8}" y="{top + height + 15}">{ops}'
                 "</text>")
    for rate in (0.01, 0.1, 1, 10, 100):
        if top <= y(rate) <= top + height:
            text += (f'<line x1="{left}" x2="{left + width}" y1="{y(rate)}" '
                     f'y2="{y(rate)}" stroke="#ddd"/><text x="4" y="{y(rate) + 4}">'
                     f"{rate} Gp/s</text>")
    text += (f'<text x="{left + width / 3}" y="{top + height + 34}">vector operations '
             "in a pair, by AVX-512</text>")
    for (level, peak), color in zip(result["peak"].items(), ("#27c", "#c62")):
        text += (f'<line x1="{x(5)}" y1="{y(peak / 5)}" x2="{x(400)}" '
                 f'y2="{y(peak / 400)}" stroke="{color}"/>'
                 f'<text x="{left + width + 4}" y="{y(peak / 400)}">{level}</text>')
        for row in result["workloads"]:
            value = row["gpairs"].get("kdslc " + level)
            if value:
                text += (f'<circle cx="{x(lanes(row))}" cy="{y(value)}" '
                         f'r="4" fill="{color}"><title>{row["name"]} {level} '
                         f"{value:.3f}</title></circle>"
                         f'<text x="{x(lanes(row)) + 6}" '
                         f'y="{y(value) + 4}">{row["name"]}</text>')
    return text + "</svg>"


def page(result):
    text = PAGE.format(machine=html.escape(result["machine"]["cpu"]),
                       threads=result["threads"]) + roofline(result)
    for row in result["workloads"]:
        text += f"<h2>{row['name']} {html.escape(row['title'])}</h2><table>"
        most = max(row["gpairs"].values())
        for name, value in row["gpairs"].items():
            kind = "bar ours" if name.startswith("kdslc") else "bar"
            text += (
                f"<tr><td>{name}<td>{value:.3f}<td>{row['errors'][name]:.1e}"
                f"<td>{row['memory'][name] / 2**20:.1f} MiB"
                f'<td class=wide><div class="{kind}" '
                f'style="width:{100 * value / most:.1f}%"></div>'
            )
        for level, value in row["limit"].items():
            text += (f"<tr><td>by hand, {level}<td>{value:.3f}<td><td>"
                     f'<td class=wide><div class="bar" '
                     f'style="width:{min(100, 100 * value / most):.1f}%"></div>')
        text += "</table>"
    return text


def write(result, path):
    path = Path(path)
    as_json = json.dumps(result, indent=1) + "\n"
    path.write_text(page(result) if path.suffix == ".html" else as_json)
