"""Faces before and after painting: are they found, are they like themselves, is the style lost?

Usage: python -m benchmarks.bench_faces --data FOLDER STYLE [--preset quick] [--faces 0 1]

The portraits of ``portraits.json`` were chosen before anything was painted. Each is painted in the
style with every value of ``--faces``. The table has the faces that are found where they were, with
the certainty that impasto asks of a photograph and with the one that the detector's publishers ask
for (MediaPipe, ``min_detection_confidence``); the distance of their features (relu4_2 of VGG-16, 1
- cosine); and the style distance of the picture, and of the faces alone, measured like it within
their boxes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import impasto
from benchmarks.tables import Result, parser_of, tell
from impasto.image import Picture, read_picture, scaled
from impasto.networks.faces import Face, found_faces
from impasto.nn.metrics import STYLE_LAYERS
from impasto.nn.style import gram_matrix
from impasto.nn.vgg import VGG
from impasto.samples import sample
from impasto.weights import bundled, feature_network, resolve

PORTRAITS = Path(__file__).parent / "portraits.json"
PLACE = torch.float32, torch.device("cpu")
PUBLISHED = 0.5  # certainty from which its publishers call something a face
SIDE = 128  # pixels square at which the features of a face are compared


def portrait(name: str, data: Path) -> Picture:
    is_sample = name.startswith("samples/")
    return read_picture(sample("content", Path(name).stem).path if is_sample else data / name)


def features(network: torch.nn.Module, picture: Picture, face: Face) -> torch.Tensor:
    """Of a face, without their mean."""
    rows = slice(round(face.top), round(face.bottom))
    part = picture.tensor()[..., rows, round(face.left) : round(face.right)]
    maps: torch.Tensor = network(F.interpolate(part, (SIDE, SIDE), mode="bilinear"))["relu4_2"]
    return (maps - maps.mean((2, 3), keepdim=True)).flatten()


def near(face: Face, others: list[Face]) -> bool:
    """Whether a face is found again: one whose middle is within a quarter of its side."""

    def middle(each: Face) -> np.ndarray:
        return np.array([each.left + each.right, each.top + each.bottom]) / 2

    side = face.right - face.left
    return any(float(np.abs(middle(each) - middle(face)).max()) < side / 4 for each in others)


def style_within(
    face: Face, before: Picture, style: Picture, painted: Picture, judge: VGG
) -> float:
    """The style distance of the box of a face."""
    height, width = painted.height, painted.width

    def grams(picture: Picture, *, whole: bool = False) -> list[torch.Tensor]:
        found = []
        for name in STYLE_LAYERS:
            maps = judge(picture.tensor())[name]
            if not whole:
                down, across = maps.shape[2] / height, maps.shape[3] / width
                top, left = int(face.top * down), int(face.left * across)
                rows = slice(top, max(top + 1, int(face.bottom * down)))
                maps = maps[..., rows, left : max(left + 1, int(face.right * across))]
            found.append(gram_matrix(maps).double())
        return found

    wanted = grams(scaled(style, max(height, width)), whole=True)
    layers = zip(grams(painted), grams(before), wanted, strict=True)
    shares = [
        (own - goal).square().sum() / (was - goal).square().sum() for own, was, goal in layers
    ]
    return float(torch.stack(shares).mean())


def measured(given: argparse.Namespace, share: float) -> list[Result]:
    network = feature_network(resolve("vgg16"), ["relu4_2"], *PLACE)
    judge = feature_network(bundled("vgg16"), STYLE_LAYERS, *PLACE, pooling="max")
    style = read_picture(given.style)
    again, published, of = 0, 0, 0
    distances, styles, within = list[float](), list[float](), list[float]()
    for name in json.loads(PORTRAITS.read_text(encoding="utf-8")):
        photograph = portrait(name, given.data)
        painted = impasto.paint(photograph, given.style, preset=given.preset, faces=share)
        before = scaled(photograph, max(painted.width, painted.height))
        faces = found_faces(before)
        of += len(faces)
        later, likely = found_faces(painted), found_faces(painted, PUBLISHED)
        again += sum(near(each, later) for each in faces)
        published += sum(near(each, likely) for each in faces)
        for face in faces:
            with torch.no_grad():
                here, there = (features(network, each, face) for each in (before, painted))
                within.append(style_within(face, before, style, painted, judge))
            distances.append(1 - float(F.cosine_similarity(here, there, dim=0)))
        styles.append(impasto.score(before, style, painted).style_distance)
        print(f"{name}: {again} of {of}, {distances[-1]:.3f}, {styles[-1]:.3f}", flush=True)
    column = f"--faces {share:g}"
    return [
        ("faces found again", column, f"{again} of {of}"),
        (f"with certainty {PUBLISHED:g}", column, f"{published} of {of}"),
        ("distance of their features", column, f"{np.mean(distances):.3f}"),
        ("style distance", column, f"{np.mean(styles):.3f}"),
        ("style distance of the faces", column, f"{np.mean(within):.3f}"),
    ]


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("style", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--preset", default="default")
    parser.add_argument("--faces", type=float, nargs="+", default=[0.0, 1.0])
    given = parser.parse_args()
    results = [result for share in given.faces for result in measured(given, share)]
    tell("faces", results, given.markdown, f"{given.style.stem}, preset {given.preset}")


if __name__ == "__main__":
    main()
