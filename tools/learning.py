"""A small training that goes on where it was broken off: what two tools have in common."""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from impasto.files import written_whole


class Pictures:
    """Training pictures, kept in memory once they are read."""

    def __init__(self) -> None:
        self._pixels: dict[Path, np.ndarray] = {}

    def read(self, path: Path) -> np.ndarray:
        """The pixels, (H, W, 3) uint8."""
        if path not in self._pixels:
            self._pixels[path] = np.asarray(Image.open(path).convert("RGB"))
        return self._pixels[path]

    def crop(self, path: Path, rng: np.random.Generator, size: int, least: int) -> Tensor:
        """A random square of at least so many pixels, resized: (1, 3, size, size)."""
        pixels = self.read(path)
        shortest = min(pixels.shape[:2])
        side = int(rng.integers(min(least, shortest), shortest + 1))
        top = int(rng.integers(pixels.shape[0] - side + 1))
        left = int(rng.integers(pixels.shape[1] - side + 1))
        cut = as_image(pixels[top : top + side, left : left + side])
        return F.interpolate(cut, (size, size), mode="bilinear", antialias=True)


def as_image(pixels: np.ndarray) -> Tensor:
    """Pixels (H, W, 3) as (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


class Learner:
    """A network that learns by Adam, and the moving average of its weights.

    ``name`` is what checkpoints call it, ``rate`` gives the learning rate by the number of batches
    done, ``ema`` is the decay of the average, ``facts`` must be alike in a checkpoint, ``more`` are
    modules that it also holds.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        rate: Callable[[int], float],
        ema: float,
        facts: Mapping[str, int],
        more: Mapping[str, nn.Module] | None = None,
    ) -> None:
        self.network, self.average = network, copy.deepcopy(network)
        self.optimizer = torch.optim.Adam(network.parameters())
        self.rate, self.ema, self.facts, self.done = rate, ema, facts, 0
        parts = {"average": self.average, "optimizer": self.optimizer}
        self._parts: dict[str, Any] = {name: network, **parts, **(more or {})}

    def learn(self, total: Tensor) -> None:
        """Take one step that makes a loss smaller."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self.done)
        self.optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        decay = min(self.ema, (1 + self.done) / (10 + self.done))
        pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
        with torch.no_grad():
            for mean, value in pairs:
                mean.lerp_(value, 1 - decay)
        self.done += 1

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {name: each.state_dict() for name, each in self._parts.items()}
        with written_whole(path) as temporary:
            torch.save({**self.facts, "done": self.done, **state}, temporary)

    def take_up(self, path: Path) -> None:
        """Go on from a checkpoint of the same facts."""
        state = torch.load(path, weights_only=True)
        for name, value in self.facts.items():
            if state[name] != value:
                raise SystemExit(f"{path}: begun with {name} {state[name]}; take another folder")
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        self.done = state["done"]


def learn_all(
    learner: Learner,
    run_dir: Path,
    batches: int,
    saved_every: int,
    update: Callable[[], Mapping[str, float]],
) -> None:
    """Learn from the batches that are left, with a checkpoint and a line every so many.

    ``update`` learns from the next batch and gives its losses by name.
    """
    checkpoint = run_dir / "checkpoint.pt"
    run_dir.mkdir(parents=True, exist_ok=True)
    if checkpoint.exists():
        learner.take_up(checkpoint)
    while learner.done < batches:
        began, before = time.monotonic(), learner.done
        sums, seen = Counter[str](), Counter[str]()
        for _ in range(min(saved_every, batches - learner.done)):
            losses = update()
            sums.update(losses)
            seen.update(losses.keys())
        learner.save(checkpoint)
        means = " ".join(f"{name} {sums[name] / seen[name]:.3f}" for name in sums)
        speed = (learner.done - before) / (time.monotonic() - began)
        print(f"{learner.done}/{batches} {speed:.2f} batches/s {means}", flush=True)
