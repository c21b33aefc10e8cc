"""A painting in progress, which advances step by step and can be saved and resumed.

All painting methods use this loop. The stages of a method define the first image and the objective
at each size.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from impasto.checkpoint import first_step
from impasto.errors import ResultError, RunError
from impasto.methods.canvas import Canvas
from impasto.methods.subject import Subject, at
from impasto.nn.resize import Size, size_of
from impasto.nn.vgg import VGG
from impasto.step import OnStep, Step

COARSE_SHARE: Final = 1.6
"""Ratio of the steps at a size to those at the next finer one: coarse steps are cheap and save work
at finer sizes."""

PATIENCE: Final = 10
"""Most consecutive steps that may be undone; the tenth is a millionth as long as the first."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps at one size.

    Attributes:
        size: Height and width.
        steps: At least 1.
        by_layer: Whether it is a last pass at the finest size, layer by layer.
        shallow: Whether only the first blocks of the network are used.
    """

    size: Size
    steps: int
    by_layer: bool = False
    shallow: bool = False

    @property
    def label(self) -> str:
        """The stage as text."""
        height, width = self.size
        by_layer, shallow = ", by layer" * self.by_layer, ", strokes" * self.shallow
        return f"{width} x {height}{by_layer}{shallow}"


@runtime_checkable
class Stages(Protocol):
    """How a method paints a subject.

    Attributes:
        subject: Photograph and styles.
        network: The feature extractor.
        options: The options of the method.
        order: The stages, from the coarsest.
        kept: The photograph that the content loss compares with, at full size.
    """

    subject: Subject
    network: VGG
    options: Any
    order: tuple[Stage, ...]
    kept: Tensor

    def first_image(self) -> Tensor:
        """The first image of the first stage, at its size."""

    def enlarged(self, image: Tensor, index: int) -> Tensor:
        """The first image of stage ``index``, from the result of the previous one."""

    def canvas(self, index: int, image: Tensor) -> Canvas:
        """The canvas of a stage, starting from an image of any size."""

    def cost(self, stage: Stage) -> float:
        """The relative cost of a step of a stage."""

    def state_dict(self) -> dict[str, Any]:
        """Other state that later stages depend on."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state from :meth:`state_dict`."""


class Painting:
    """Goes from the coarsest stage to the finest, one optimizer step at a time.

    Call ``advance`` until ``done``. Between steps the state can be saved; a painting with the same
    stages can load it and ends with the same bytes.

    Attributes:
        number: Steps taken.
        failures: Counts the steps that were undone.
        recolor: Changes the colors of each picture that is shown, possibly in place. It affects
            neither the painting nor its checkpoint.
    """

    def __init__(self, stages: Stages) -> None:
        self.stages = stages
        self.subject = stages.subject
        self.network = stages.network
        self.options = stages.options
        self.steps = [stage.steps for stage in stages.order]
        self.number = 0
        self.failures = Failures(self.options.steps)
        self.recolor: Callable[[Tensor], Tensor] | None = None
        self._taken_up = False
        self.canvas = stages.canvas(0, stages.first_image())

    @property
    def done(self) -> bool:
        """Whether every step has been taken."""
        return self.number >= sum(self.steps)

    @property
    def image(self) -> Float[Tensor, "1 3 height width"]:
        """The current picture at full size, sRGB in [0, 1]; a copy."""
        return self._shown(self.canvas, self.stages.order[-1].size)

    def advance(self) -> Step:
        """Take one step; its losses are those before the step.

        Raises:
            ResultError: Too many steps in a row failed.
        """
        index, within = self._place(self.number)
        if within == 0 and self.number:
            image = self.stages.enlarged(self.canvas.finish(), index)
            self.canvas.put_away()
            self.canvas = self.stages.canvas(index, image)
        with first_step(taken_up=self._taken_up):
            losses, note = self.canvas.advance()
        self._taken_up = False
        self.number += 1
        self.failures.note(note)
        shown = functools.partial(self._shown, self.canvas)
        return Step(self.number, self.options.steps, losses, shown, note)

    def run(self, on_step: OnStep | None = None) -> Tensor:
        """Advance until done; return the finished picture."""
        while not self.done:
            step = self.advance()
            if on_step is not None:
                on_step(step)
        return self.image

    @property
    def costs(self) -> list[float]:
        """The relative cost of each step."""
        return step_costs(self.stages.order, self.stages.cost)

    def marks(self) -> list[tuple[int, str]]:
        """The first step of each stage, with its size as text."""
        begins = [1 + sum(self.steps[:index]) for index in range(len(self.steps))]
        labels = [stage.label for stage in self.stages.order]
        return list(zip(begins, labels, strict=True))

    def state_dict(self) -> dict[str, Any]:
        """Everything that the rest of the run depends on."""
        state = {"number": self.number, "canvas": self.canvas.state_dict()}
        return {**state, **self.stages.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state from :meth:`state_dict`.

        Raises:
            RunError: It belongs to a painting of another size or method, or is beyond the last
                step.
        """
        number = int(state["number"])
        if not 0 <= number <= self.options.steps:
            raise RunError(f"checkpoint at step {number}, but the run has {self.options.steps}")
        index, _ = self._place(max(0, number - 1))
        image = self.canvas.beginning(state["canvas"])
        if image is None or size_of(image) != self.stages.order[index].size:
            raise RunError(
                "checkpoint of a painting of another size or method: use the options it was made "
                "with"
            )
        self.number = number
        self.stages.load_state_dict(state)
        self._begin(index, image)
        self.canvas.load_state_dict(state["canvas"])
        self._taken_up = True

    def take_over(self, image: Float[Tensor, "1 3 _height _width"], number: int) -> None:
        """Continue from a picture, of any size, that was painted with other options.

        The optimizer restarts, as its history belongs to another loss.

        Raises:
            RunError: The step ``number`` is beyond the last.
        """
        if not 0 <= number <= self.options.steps:
            raise RunError(f"painting at step {number}, but the options have {self.options.steps}")
        index, _ = self._place(max(0, number - 1))
        self._begin(index, image)
        self.number = number

    def _begin(self, index: int, image: Tensor) -> None:
        self.canvas.put_away()
        self.canvas = self.stages.canvas(index, image.to(self.subject.content.device))

    def _place(self, number: int) -> tuple[int, int]:
        """The stage that a step belongs to, and the step's number within it, from 0."""
        for index, count in enumerate(self.steps):
            if number < count:
                return index, number
            number -= count
        return len(self.steps) - 1, self.steps[-1]

    def _shown(self, canvas: Canvas, size: Size | None = None) -> Tensor:
        image, keep = canvas.finish(), self.subject.keep
        own = size_of(image)
        if keep is not None:
            # Kept parts show the photograph itself, not the optimized image.
            image.lerp_(at(self.subject.content, own), at(keep, own))
        image = at(image, size or own)
        return image if self.recolor is None else self.recolor(image)


def step_costs(order: Sequence[Stage], cost: Callable[[Stage], float]) -> list[float]:
    """What each step costs, compared with the others.

    The first step of a stage costs twice as much, because it also prepares the targets (measured
    from 80 to 1024 pixels: 1.5 to 2.5 times).
    """
    return [cost(stage) * (1 if number else 2) for stage in order for number in range(stage.steps)]


def steps_per_size(
    steps: int, sizes: int, alike: int = 1, share: float = COARSE_SHARE
) -> list[int]:
    """Divide steps over sizes: more for coarse ones, and at least one for each.

    With fewer steps than sizes, only the finest get steps. The ``alike`` finest sizes get equally
    many. ``share`` is the ratio of the steps at a size to those at the next finer one.
    """
    sizes = min(sizes, steps)
    shares = [share ** max(0, sizes - alike - index) for index in range(sizes)]
    spare = steps - sizes
    edges = [round(spare * sum(shares[:end]) / sum(shares)) for end in range(sizes + 1)]
    return [1 + after - before for before, after in itertools.pairwise(edges)]


class Failures:
    """Counts undone steps, and gives up after `PATIENCE` in a row, or all ``of`` steps if fewer."""

    def __init__(self, of: int) -> None:
        self.count = 0
        self._in_a_row = 0
        self._good = 0
        self._patience = min(PATIENCE, max(of, 1))

    def note(self, fault: str) -> None:
        """Record a step and its fault, or "".

        Raises:
            ResultError: Too many steps in a row were undone.
        """
        if fault:
            # The previous step caused the fault, so it is undone, too.
            self._in_a_row += 1 + self._good
            self.count += 1 + self._good
        elif self._good:
            self._in_a_row = 0
        self._good = int(not fault)
        if fault and self._in_a_row >= self._patience:
            steps = f"{self._in_a_row} steps in a row" if self._in_a_row > 1 else "its only step"
            raise ResultError(
                f"painting failed in {steps} ({fault.partition(':')[0]}): the weights or "
                "a picture may be damaged, or the learning rate too high"
            )
