"""How long painting takes, what it needs and how good it is, on this machine.

Usage: python -m benchmarks.bench_paint [CONTENT STYLE] [--runs 3] [--markdown FILE]

Without pictures of your own the bundled coffee and night-swirl are painted. Every number is a
median. Beside the times stands the machine's own rate of 3x3 convolutions, measured in the same
run. pystiche runs the same kind of step where it is installed
(it needs torchvision, which has no build for torch's CPU release 2.13).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import torch
import torch.nn.functional as F

from benchmarks.tables import MEASURED, Result, median_seconds, parser_of, tell
from impasto.device import choose_precision
from impasto.methods.gatys.stylizer import GatysStylizer
from impasto.options.presets import preset
from impasto.samples import sample
from impasto.source import open_source

SIZE = 512


def convolution_rate() -> float:
    """GFLOP/s of the convolution in the middle of VGG at 512x384, in the painting's precision."""
    dtype = choose_precision("auto", torch.device("cpu"))
    layout = torch.channels_last
    maps = torch.randn(1, 256, 96, 128).to(dtype).to(memory_format=layout)
    kernel = torch.randn(256, 256, 3, 3).to(dtype).to(memory_format=layout)
    with torch.no_grad():
        seconds = median_seconds(lambda: F.conv2d(maps, kernel, padding=1), 15)
    return 2 * 9 * 256 * 256 * 96 * 128 / seconds / 1e9


def step_seconds(content: Path, style: Path, network: str) -> float:
    """One L-BFGS step at full size, everything included."""
    options = preset("default", size=SIZE, coarsest=0, steps=1000, network=network)
    stylizer = GatysStylizer(open_source(style).picture.tensor(), options)
    painting = stylizer.painting(open_source(content).picture.tensor())
    for _ in range(3):
        painting.advance()
    return median_seconds(painting.advance, 15)


def cold_paint(content: Path, style: Path, name: str) -> dict[str, float]:
    """The command from its start to the saved PNG, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.png"
        command = [sys.executable, "-m", "impasto", "paint", str(content), "--style", str(style)]
        command += ["--preset", name, "-o", str(out), "--json"]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        peak = 0
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.02)
        seconds = time.perf_counter() - begin
        assert process.stdout is not None
        json.loads(process.stdout.read())
        return {"seconds": seconds, "gigabytes": peak / 1e9, **scores(content, style, out)}


def scores(content: Path, style: Path, result: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "impasto", "score", str(content), str(style), str(result)]
    answer = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    numbers: dict[str, float] = json.loads(answer.stdout)
    return numbers


def help_seconds() -> float:
    command = [sys.executable, "-m", "impasto", "--help"]
    return median_seconds(lambda: subprocess.run(command, capture_output=True, check=True), 9)


def pystiche_says() -> str:
    """Whether the peer that installs with pip can be measured here, and if not why."""
    command = [sys.executable, "-c", "import pystiche"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        return "installed, but its VGG weights cannot be downloaded offline: not measured"
    return f"cannot be imported here ({answer.stderr.strip().splitlines()[-1]})"


def measured(content: Path, style: Path, runs: int, presets: list[str]) -> dict[str, str]:
    rows = {"3x3 convolutions of this machine": f"{convolution_rate():.0f} GFLOP/s"}
    rows["one L-BFGS step, 512 px, VGG-16"] = f"{step_seconds(content, style, 'vgg16'):.2f} s"
    for name in presets:
        painted = [cold_paint(content, style, name) for _ in range(runs)]
        middle = {key: statistics.median(each[key] for each in painted) for key in painted[0]}
        rows[f"cold paint, {name}"] = f"{middle['seconds']:.1f} s"
        distances = f"{middle['style_distance']:.3f} / {middle['content_distance']:.3f}"
        rows[f"style / content distance, {name}"] = distances
        rows[f"peak memory, {name}"] = f"{middle['gigabytes']:.2f} GB"
    rows["`impasto --help`"] = f"{help_seconds():.3f} s"
    return rows


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("pictures", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--presets", nargs="+", default=["quick", "default"])
    given = parser.parse_args()
    own = sample("content", "coffee").path, sample("style", "night-swirl").path
    content, style = given.pictures or own
    rows = measured(content, style, given.runs, given.presets)
    results: list[Result] = [(what, MEASURED, told) for what, told in rows.items()]
    precision = str(choose_precision("auto", torch.device("cpu"))).removeprefix("torch.")
    print(f"pystiche: {pystiche_says()}")
    tell("paint", results, given.markdown, f"{content.stem} x {style.stem}, {precision}")


if __name__ == "__main__":
    main()
