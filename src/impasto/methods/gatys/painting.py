"""A picture being painted: state that advances step by step, is saved and is taken up again."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.checkpoint import first_step
from impasto.errors import RunError
from impasto.methods.gatys.canvas import Canvas
from impasto.methods.gatys.objective import Objective
from impasto.methods.gatys.plan import WHOLE, Plan
from impasto.methods.gatys.subject import Subject, at, blended, kept_content, subject_at
from impasto.methods.gatys.tiled import TiledObjective
from impasto.nn.pyramid import pyramid_sizes, resized, size_of
from impasto.nn.vgg import VGG
from impasto.options.gatys import PaintOptions
from impasto.step import Step
from impasto.success import Failures

_COARSE_SHARE = 1.6
"""How many more steps each size gets than the next finer one: coarse steps are cheap, and what a
fine size inherits it need not find again."""

_PHOTOGRAPHIC = ("recolor", "content", "mix")
"""First images that the photograph's detail belongs to; over any other it would be a ghost."""

_NOISE_LEVELS = 20
"""Half the range of the noise in a mix, of 255 (CS20, assignment 2)."""


class Painting:
    """Goes from the coarsest size to the finest, one optimizer step at a time.

    ``advance`` until ``done``; between steps the state can be saved, and a painting built from
    the same subject, network and options takes it up and ends with the same bytes.

    Args:
        subject: Photograph and style.
        network: Feature extractor on the device of the subject's tensors.
        options: The recipe.
        plan: How it fits into memory; in one piece when not given.
    """

    def __init__(
        self, subject: Subject, network: VGG, options: PaintOptions, plan: Plan = WHOLE
    ) -> None:
        self.subject = subject
        self.network = network
        self.options = options
        self.plan = plan
        # A style without colors is to give a picture without: VGG hardly sees faint colored noise
        # and would leave it in a pencil drawing.
        self.colorless = options.init == "recolor" and subject.colorless
        self.kept = kept_content(subject, options)
        self.sizes = pyramid_sizes(size_of(subject.content), options.coarsest)
        self.steps = steps_per_size(options.steps, len(self.sizes))
        self.sizes = self.sizes[-len(self.steps) :]
        self.number = 0
        self._taken_up = False
        self.failures = Failures(options.steps)
        # On the processor, so that a seed means the same picture on every device.
        self.generator = torch.Generator().manual_seed(options.seed)
        self.canvas = self._canvas(0, self._first_image())

    @property
    def done(self) -> bool:
        """Whether every step has been taken."""
        return self.number >= self.options.steps

    @property
    def image(self) -> Float[Tensor, "1 3 height width"]:
        """The picture so far at its full size, sRGB in [0, 1]."""
        return at(self._shown(self.canvas), self.sizes[-1])

    def advance(self) -> Step:
        """Take one step; its losses are those of the image before the step.

        Raises:
            ResultError: No step could be taken for a long time.
        """
        index, within = self._place(self.number)
        if within == 0 and self.number:
            image = self._enlarged(self.canvas.finish(), index)
            self.canvas.put_away()
            self.canvas = self._canvas(index, image)
        with first_step(taken_up=self._taken_up):
            losses, note = self.canvas.advance()
        self._taken_up = False
        self.number += 1
        self.failures.note(note)
        shown = functools.partial(self._shown, self.canvas)
        return Step(self.number, self.options.steps, losses, shown, note)

    def run(self, on_step: Callable[[Step], None] | None = None) -> Tensor:
        """Advance until done; give the finished picture."""
        while not self.done:
            step = self.advance()
            if on_step is not None:
                on_step(step)
        return self.image

    def state_dict(self) -> dict[str, Any]:
        """Everything that the rest of the run depends on."""
        return {
            "number": self.number,
            "random": self.generator.get_state(),
            "canvas": self.canvas.state_dict(),
            "tile": self.plan.tile,
            "optimizer": self.plan.optimizer,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up a state that :meth:`state_dict` gave.

        Raises:
            RunError: It is of a painting of another size or with fewer steps.
        """
        number = int(state["number"])
        if not 0 <= number <= self.options.steps:
            raise RunError(f"checkpoint at step {number}, but the run has {self.options.steps}")
        index, _ = self._place(max(0, number - 1))
        image = state["canvas"]["image"]
        if size_of(image) != self.sizes[index]:
            raise RunError(
                "checkpoint of a picture of another size: use the options it was made with"
            )
        self.number = number
        # The rest is computed as what there is was, whatever memory there is now.
        tile, optimizer = state.get("tile", 0), state.get("optimizer", self.plan.optimizer)
        self.plan = replace(self.plan, tile=tile, optimizer=optimizer)
        self.generator.set_state(state["random"])
        self.canvas.put_away()
        self.canvas = self._canvas(index, image.to(self.subject.content.device))
        self.canvas.load_state_dict(state["canvas"])
        self._taken_up = True

    def take_over(self, image: Float[Tensor, "1 3 _height _width"], number: int) -> None:
        """Go on with a picture that another recipe has brought to a step.

        The optimizer begins anew, as what it has learned is of another loss.

        Args:
            image: The picture as it was, of any size.
            number: Steps that have been taken.

        Raises:
            RunError: This recipe has fewer steps.
        """
        if not 0 <= number <= self.options.steps:
            raise RunError(f"a painting at step {number}, but the recipe has {self.options.steps}")
        index, _ = self._place(max(0, number - 1))
        self.canvas.put_away()
        self.canvas = self._canvas(index, image.to(self.subject.content.device))
        self.number = number

    def marks(self) -> list[tuple[int, str]]:
        """The step at which each size begins, with the size as text."""
        starts = [sum(self.steps[:index]) for index in range(len(self.steps))]
        labels = [f"{width} x {height}" for height, width in self.sizes]
        return [(start + 1, label) for start, label in zip(starts, labels, strict=True)]

    def _place(self, number: int) -> tuple[int, int]:
        for index, count in enumerate(self.steps):
            if number < count:
                return index, number
            number -= count
        return len(self.steps) - 1, self.steps[-1]

    def _canvas(self, index: int, image: Tensor) -> Canvas:
        size = self.sizes[index]
        share = max(size) / max(self.sizes[-1])
        subject = subject_at(replace(self.subject, content=self.kept), size, share, self.options)
        objective: Objective | TiledObjective
        if self.plan.is_tiled(size):
            arguments = self.plan.tile, self.plan.keepable
            objective = TiledObjective(self.network, subject, self.options, *arguments)
        else:
            objective = Objective(self.network, subject, self.options)
        options = replace(self.options, optimizer=self.plan.optimizer or self.options.optimizer)
        return Canvas(resized(image, size), objective, options, colorless=self.colorless)

    def _shown(self, canvas: Canvas) -> Tensor:
        # What is to stay photographic is the photograph, not what came out of keeping it.
        image, keep = canvas.finish(), self.subject.keep
        if keep is None:
            return image
        size = size_of(image)
        return image.lerp_(at(self.subject.content, size), at(keep, size))

    def _enlarged(self, image: Tensor, index: int) -> Tensor:
        # What the smaller size could not hold comes from the photograph. Edges are there at once
        # instead of being found again, and the fine style layers have something to work on.
        size = self.sizes[index]
        if self.options.init not in _PHOTOGRAPHIC:
            return resized(image, size).clamp(0, 1)
        coarse = resized(resized(self.kept, size_of(image)), size)
        detail = resized(self.kept, size) - coarse
        return (resized(image, size) + self.options.detail * detail).clamp(0, 1)

    def _first_image(self) -> Tensor:
        size = self.sizes[0]
        if self.subject.init is not None:
            return at(self.subject.init, size)
        if self.options.init == "style":
            styles = [at(style.image, size) for style in self.subject.styles]
            return blended(styles, subject_at(self.subject, size, 1.0, self.options))
        if self.options.init == "noise":
            noise = torch.rand(1, 3, *size, generator=self.generator)
            return noise.to(self.kept.device)
        content = at(self.kept, size)
        return self._mixed(content) if self.options.init == "mix" else content

    def _mixed(self, content: Tensor) -> Tensor:
        # Mixed around the color that is zero to the network. CS20's own program mixes first and
        # then takes the result for one without that color, which brightens the picture by it.
        noise = torch.rand(content.shape, generator=self.generator).to(content.device)
        noise = (noise - 0.5) * (2 * _NOISE_LEVELS / 255)
        neutral = self.network.neutral_color
        share = self.options.noise_ratio
        return neutral + noise * share + (content - neutral) * (1 - share)


def steps_per_size(steps: int, sizes: int) -> list[int]:
    """Share steps out over sizes, more to the coarse ones, at least one each.

    With fewer steps than sizes the coarsest sizes are left out.
    """
    sizes = min(sizes, steps)
    shares = [_COARSE_SHARE ** (sizes - 1 - index) for index in range(sizes)]
    spare = steps - sizes
    edges = [round(spare * sum(shares[:end]) / sum(shares)) for end in range(sizes + 1)]
    return [1 + after - before for before, after in itertools.pairwise(edges)]
