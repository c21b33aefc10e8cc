"""A picture being painted by nearest neighbors, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.checkpoint import first_step
from impasto.errors import RunError
from impasto.methods.nearest.canvas import Canvas
from impasto.methods.nearest.objective import ColumnsObjective, HeldObjective, LayersObjective
from impasto.methods.nearest.scene import first_image, kept_content, scene
from impasto.methods.nearest.stages import Stage, stages
from impasto.methods.nearest.subject import Subject
from impasto.nn.color import is_gray
from impasto.nn.laplacian import laplacian_bands
from impasto.nn.pyramid import resized, size_of
from impasto.nn.vgg import VGG
from impasto.options.nearest import NearestOptions
from impasto.step import Step
from impasto.success import Failures


class NearestPainting:
    """Goes from the coarsest size to the finest, then over that layer by layer.

    The optimization of Kolkin et al. 2022, "Neural Neighbor Style Transfer" (arXiv 2203.13215,
    NNST-Opt), after what their program does. Different are: colors and contrast are held while
    painting (:class:`~impasto.methods.nearest.palette.Palette`) and not moved at the end; the
    photograph is recolored first; the last pass keeps the columns; 120 longer steps that shrink
    in place of 1000; no turned copies of the style unless asked for.

    ``advance`` until ``done``; between steps the state can be saved, and a painting built from the
    same subject, network and options takes it up and ends with the same bytes.

    Args:
        subject: Photograph and styles.
        network: Gives the layers of blocks 1 to 4, on the device of the subject's tensors.
        options: The recipe.
    """

    def __init__(self, subject: Subject, network: VGG, options: NearestOptions) -> None:
        self.subject = subject
        self.network = network
        self.options = options
        self.colorless = options.init == "recolor" and all(map(is_gray, subject.styles))
        self.kept = kept_content(subject, options, colorless=self.colorless)
        self.stages = stages(size_of(subject.content), options)
        self.sizes = [stage.size for stage in self.stages]
        self.steps = [stage.steps for stage in self.stages]
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
        image = resized(self.canvas.finish(), self.sizes[-1]).clamp(0, 1)
        keep = self.subject.keep
        return image if keep is None else torch.lerp(image, self.subject.content, keep)

    def advance(self) -> Step:
        """Take one step; its losses are those of the image before the step.

        Raises:
            ResultError: No step could be taken for a long time.
        """
        index, within = self._place(self.number)
        if within == 0 and self.number:
            self.canvas = self._canvas(index, self.canvas.finish())
        with first_step(taken_up=self._taken_up):
            losses, note = self.canvas.advance()
        self._taken_up = False
        self.number += 1
        self.failures.note(note)
        return Step(self.number, self.options.steps, losses, self.canvas.finish, note)

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
        begun = state["canvas"].get("begun")
        if begun is None or size_of(begun) != self.sizes[index]:
            raise RunError(
                "checkpoint of a picture of another size or method: use the options it was made "
                "with"
            )
        self.number = number
        self.canvas = self._canvas(index, begun.to(self.subject.content.device))
        self.canvas.load_state_dict(state["canvas"])
        self.generator.set_state(state["random"])
        self._taken_up = True

    def marks(self) -> list[tuple[int, str]]:
        """The step at which each stage begins, with the size as text."""
        starts = [sum(self.steps[:index]) for index in range(len(self.steps))]
        return [
            (start + 1, _label(stage)) for start, stage in zip(starts, self.stages, strict=True)
        ]

    def _place(self, number: int) -> tuple[int, int]:
        for index, count in enumerate(self.steps):
            if number < count:
                return index, number
            number -= count
        return len(self.steps) - 1, self.steps[-1]

    def _canvas(self, index: int, image: Tensor) -> Canvas:
        stage = self.stages[index]
        image = resized(image, stage.size).clamp(0, 1)
        seen = scene(self.subject, stage.size, self.options)
        columns = ColumnsObjective(self.network, self._guide(index, image), seen)
        layers = LayersObjective(columns, seen, self.generator) if stage.by_layer else None
        objective = HeldObjective(layers or columns, seen, self.options.palette_weight)
        rate = self.options.learning_rate / 255
        return Canvas(image, objective, rate, stage.steps, colorless=self.colorless)

    def _first_image(self) -> Tensor:
        return first_image(self.subject, self.kept, self.sizes[0], self.generator, self.options)

    def _guide(self, index: int, image: Tensor) -> Tensor:
        content = resized(self.kept, self.sizes[index]).clamp(0, 1)
        if index == 0:
            return content
        if not self.stages[index].by_layer:
            # The image was enlarged and has no fine detail: it is seen with the photograph's.
            image = image + laplacian_bands(content)[0]
        return torch.lerp(image, content, self.options.content_weight)


def _label(stage: Stage) -> str:
    height, width = stage.size
    return f"{width} x {height}" + (", by layer" if stage.by_layer else "")
