"""How far the network comes in one pass, in steps of optimization (Johnson et al. 2016, figure 5).

Usage: python -m benchmarks.bench_quality PHOTOS PAINTINGS [--model FILE|RUN_DIR] [--size 256]
           [--steps 200] [--count 20] [--markdown FILE]

For each photograph and a style in turn the network's result is measured by the loss that the
network was trained with, and the same loss is then minimized by Adam on the pixels, beginning
with the photograph. Told is the number of steps after which Adam has come as far, as a median,
and the mean loss curve. PHOTOS must be photographs that the network has not seen in training;
scikit-image's are added where PHOTOS holds fewer than asked for.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.tables import MEASURED, Result, parser_of, tell
from impasto.device import choose_precision
from impasto.image import pictures_in, read_picture
from impasto.methods.johnson.method import METHOD, TrainedStyles
from impasto.methods.johnson.objective import StyleObjective, layers_needed
from impasto.networks.resolve import located
from impasto.nn.blocks import grained
from impasto.nn.resize import crop_fitted, fitted_size, resized, size_of
from impasto.nn.vgg import VGG
from impasto.training.trained import read_networks
from impasto.weights import load, resolve

RATE = 0.02
"""Of Adam, in a range of 1: 5 levels of 255. The best of 0.005, 0.01, 0.02 and 0.05."""

EXTRA = ("astronaut", "coffee", "chelsea", "rocket", "camera", "coins", "grass", "brick", "gravel")

SHOWN = (0, 10, 20, 50, 100, 150, 200, 300, 500)


def photographs(folder: Path, count: int, size: int) -> Iterator[Tensor]:
    import skimage.data

    paths = pictures_in(folder)[:count]
    yield from (
        crop_fitted(read_picture(each).tensor(), (size, size)).clamp(0, 1) for each in paths
    )
    for name in EXTRA[: count - len(paths)]:
        pixels = getattr(skimage.data, name)()
        pixels = np.stack([pixels] * 3, -1) if pixels.ndim == 2 else pixels
        yield crop_fitted(read_picture(pixels).tensor(), (size, size)).clamp(0, 1)


def objective_of(trained: TrainedStyles, paintings: Path) -> StyleObjective:
    options = trained.options
    tensors, convention = load(resolve(options.network))
    dtype = choose_precision("auto", torch.device("cpu"))
    kept = {name: each.to(dtype) for name, each in tensors.items()}
    network = VGG("vgg16", kept, layers_needed(options), convention, options.pooling)
    styles = []
    for style in trained.styles:
        [path] = paintings.glob(f"{style['name']}*.jpg")
        image = read_picture(path).tensor()
        side = min(int(style.get("size") or options.style_size), max(size_of(image)))
        styles.append(resized(image, fitted_size(size_of(image), side)).clamp(0, 1))
    return StyleObjective(network, styles, options)


def optimized(objective: StyleObjective, content: Tensor, style: Tensor, steps: int) -> list[float]:
    """The total loss before each step and after the last."""
    image = content.clone().requires_grad_()
    adam = torch.optim.Adam([image], RATE)
    curve = []
    kept = objective.kept(content, style)
    for _ in range(steps):
        adam.zero_grad()
        loss = objective(image, content, style, kept)["total"].sum()
        loss.backward()
        adam.step()
        with torch.no_grad():
            image.clamp_(0, 1)
        curve.append(loss.item())
    with torch.no_grad():
        curve.append(objective(image, content, style, kept)["total"].sum().item())
    return curve


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--model", default="masters")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--count", type=int, default=20)
    given = parser.parse_args()
    [trained] = read_networks(located(given.model).path, METHOD)
    objective = objective_of(trained, given.paintings)
    curves, reached, passed = [], [], []
    for number, content in enumerate(photographs(given.photos, given.count, given.size)):
        style = torch.tensor([number % len(trained.styles)])
        weights = F.one_hot(style, trained.network.styles).float()
        with torch.no_grad():
            seen = grained(content, trained.options.grain, [number])
            painted = trained.network(seen, weights).clamp(0, 1)
            one_pass = objective(painted, content, style)["total"].item()
        curve = optimized(objective, content, style, given.steps)
        steps = next((step for step, loss in enumerate(curve) if loss <= one_pass), given.steps + 1)
        curves.append(curve)
        reached.append(steps)
        passed.append(one_pass)
        name = trained.styles[int(style)]["name"]
        print(f"{number + 1}: {name}: network {one_pass:.3f}, Adam needs {steps} steps", flush=True)
    mean = np.mean(curves, axis=0)
    rows = {"the network, one pass": f"{statistics.mean(passed):.2f}"}
    rows |= {f"Adam, {step}": f"{mean[step]:.2f}" for step in SHOWN if step < len(mean)}
    median = statistics.median(reached)
    told = f"{median:.0f}" if median <= given.steps else f"more than {given.steps}"
    rows["steps that Adam needs to come as far, median"] = told
    results: list[Result] = [(what, MEASURED, told) for what, told in rows.items()]
    tell("quality", results, given.markdown, f"{len(curves)} photographs, {given.size} px")


if __name__ == "__main__":
    main()
