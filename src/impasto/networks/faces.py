"""Faces in a photograph, found by a network.

Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond neural face detection on mobile GPUs". It sees
128 x 128 pixels and finds faces that span a sixth of that or more, so it is applied to the whole
photograph and to parts of it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np

from impasto.image import Picture, resampled, scaled
from impasto.networks.finders import opened_finder
from impasto.networks.pieces import FloatArray
from impasto.networks.session import run

FACE: Final = "finders/face.onnx"

SIDE: Final = 128  # of the square that the network sees

GRIDS: Final = ((16, 2), (8, 6))
"""Cells along each side of the network's two grids, and faces that each cell may hold."""

MOST: Final = 512  # longer side of a photograph whose quarters have enough detail for the network

SURE: Final = 0.8
"""Certainty from which something counts as a face. Some muzzles are above it, gongs below."""

SAME: Final = 0.3  # overlap from which two boxes are of one face

PARTS: Final = 2  # parts along each side of the photograph, overlapping by half

GROWN: Final = 1.4
"""A face's oval relative to its box, which spans from the brows to the chin."""

SOFT: Final = 0.35  # share of the oval's radius over which it fades


@dataclass(frozen=True)
class Face:
    """A face in a photograph.

    Attributes:
        left, top, right, bottom: Its box in pixels, from the brows to the chin.
        certainty: From 0 to 1.
    """

    left: float
    top: float
    right: float
    bottom: float
    certainty: float


def found_faces(picture: Picture, sure: float = SURE) -> list[Face]:
    """The faces in a photograph, most certain first.

    Args:
        picture: The photograph.
        sure: Certainty from which something counts as a face.

    Raises:
        ModelError: The network is damaged.
    """
    longer = max(picture.width, picture.height)
    small = scaled(picture, min(longer, MOST))
    windows = _windows(small.width, small.height)
    boxes = np.concatenate([_seen(small.pixels, sure, *window) for window in windows])
    boxes[:, :4] *= longer / max(small.width, small.height)
    return _each_once(boxes)


def face_mask(picture: Picture) -> FloatArray:
    """Soft ovals over the faces of a photograph, (H, W) in [0, 1]; all 0 if there are none."""
    found = np.zeros((picture.height, picture.width), np.float32)
    across, down = (np.arange(side, dtype=np.float32) for side in (picture.width, picture.height))
    for face in found_faces(picture):
        wide, high = (face.right - face.left) / 2, (face.bottom - face.top) / 2
        columns = (across - face.left - wide) / (GROWN * wide)
        rows = (down - face.top - 0.85 * high) / (1.15 * GROWN * high)
        oval = (1 - np.hypot(columns, rows[:, None])) / SOFT
        np.maximum(found, oval.clip(0, 1), out=found)
    return found


def _windows(width: int, height: int) -> list[tuple[int, int, int]]:
    """Left, top and side of the squares to search; the first contains the whole picture."""
    longer = max(width, height)
    side = longer // PARTS
    whole = [((width - longer) // 2, (height - longer) // 2, longer)]
    if side < SIDE:
        return whole
    lefts, tops = (_starts(length, side) for length in (width, height))
    return whole + [(left, top, side) for top in tops for left in lefts]


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [(length - side) // 2]
    count = -(-(length - side) // (side // 2)) + 1
    return [round(each) for each in np.linspace(0, length - side, count)]


def _seen(pixels: FloatArray, least: float, left: int, top: int, side: int) -> FloatArray:
    """Boxes in a square of a picture, (N, 5): left, top, right, bottom, certainty."""
    height, width = pixels.shape[:2]
    rows, columns = slice(max(0, top), top + side), slice(max(0, left), left + side)
    part = pixels[rows, columns]
    scale = SIDE / side
    high, wide = (max(1, round(length * scale)) for length in part.shape[:2])
    square = np.full((SIDE, SIDE, 3), -1, np.float32)
    down, along = round(max(0, -top) * scale), round(max(0, -left) * scale)
    high, wide = min(high, SIDE - down), min(wide, SIDE - along)
    square[down : down + high, along : along + wide] = 2 * resampled(part, wide, high) - 1
    feeds = {"image": square.transpose(2, 0, 1)[None]}
    [boxes], [logits] = run(opened_finder(FACE, 1), ["boxes", "scores"], feeds)
    certainty = 1 / (1 + np.exp(-logits[:, 0].clip(-80, 80)))
    sure = certainty >= least
    middles = boxes[sure, :2] / SIDE + _anchors()[sure]
    halves = boxes[sure, 2:4] / (2 * SIDE)
    corners = np.hstack([middles - halves, middles + halves]) * side
    corners += np.array([left, top, left, top])
    limits = np.array([width, height, width, height])
    return np.hstack([corners.clip(0, limits), certainty[sure, None]]).astype(np.float32)


@functools.cache
def _anchors() -> FloatArray:
    """The centers of the cells in the network's order, (896, 2): x and y, over [0, 1]."""
    grids = []
    for cells, held in GRIDS:
        middles = (np.arange(cells) + 0.5) / cells
        across, down = np.meshgrid(middles, middles)
        grids.append(np.stack([across, down], -1).reshape(-1, 2).repeat(held, 0))
    return np.concatenate(grids).astype(np.float32)


def _each_once(boxes: FloatArray) -> list[Face]:
    """One face from overlapping boxes: their mean, weighted by certainty."""
    left = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    faces = []
    while len(left):
        same = _overlap(left, left[0]) >= SAME
        same[0] = True
        group = left[same]
        mean = (group[:, :4] * group[:, 4:]).sum(0) / group[:, 4].sum()
        faces.append(Face(*(float(each) for each in (*mean, left[0, 4]))))
        left = left[~same]
    return faces


def _overlap(boxes: FloatArray, box: FloatArray) -> FloatArray:
    """Intersection over union of boxes with one box."""
    corners = np.minimum(boxes[:, 2:4], box[2:4]) - np.maximum(boxes[:, :2], box[:2])
    common = corners.clip(0).prod(1)
    areas = (boxes[:, 2:4] - boxes[:, :2]).prod(1)
    found: FloatArray = common / (areas + (box[2:4] - box[:2]).prod() - common).clip(1e-6)
    return found
