"""The stages of a painting by nearest neighbors: all sizes, and a last pass over the finest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.methods.canvas import Canvas, Descent
from impasto.methods.nearest.objective import ColumnsObjective, HeldObjective, LayersObjective
from impasto.methods.nearest.scene import kept_content, scene
from impasto.methods.painting import Stage, steps_per_size
from impasto.methods.subject import Subject
from impasto.nn.resize import Size, laplacian_bands, pyramid_sizes, resized, size_of
from impasto.nn.vgg import VGG
from impasto.options.nearest import NearestOptions

_LAST_PASS: Final = 0.3
"""Share of all steps in the last pass."""


class NearestStages:
    """From the coarsest size to the finest, then a last pass at the finest, layer by layer.

    The optimization of Kolkin et al. 2022, "Neural Neighbor Style Transfer" (arXiv 2203.13215,
    NNST-Opt), as in their program. Differences: a loss keeps colors and contrast during painting
    (:class:`~impasto.methods.nearest.style_palette.Palette`), instead of a correction at the end;
    the photograph is recolored first; the last pass keeps the columns; 120 larger steps with a
    cosine decay of the rate, instead of 1000; rotated copies of the style only on request.

    Args:
        subject: Photograph and styles.
        network: With the layers of blocks 1 to 4, on the device of the subject's tensors.
        options: The options.
    """

    def __init__(self, subject: Subject, network: VGG, options: NearestOptions) -> None:
        self.subject = subject
        self.network = network
        self.options = options
        self.colorless = options.init == "recolor" and subject.colorless
        self.kept = kept_content(subject, options)
        self.order = stages(size_of(subject.content), options)
        # On the CPU, so that a seed gives the same picture on every device.
        self.generator = torch.Generator().manual_seed(options.seed)

    def first_image(self) -> Float[Tensor, "1 3 height width"]:
        """The first image, as ``options.init`` says."""
        size, own, init = self.order[0].size, self.subject.init, self.options.init
        if init == "noise" and own is None:
            return torch.rand(1, 3, *size, generator=self.generator).to(self.kept.device)
        first = self.subject.styles[0].image if init == "style" else self.kept
        return resized(first if own is None else own, size).clamp(0, 1)

    def enlarged(self, image: Tensor, index: int) -> Tensor:
        """A smaller stage's image at the size of the next."""
        return resized(image, self.order[index].size).clamp(0, 1)

    def canvas(self, index: int, image: Tensor) -> Canvas:
        """The canvas of a stage, starting from an image of any size."""
        stage, options = self.order[index], self.options
        image = resized(image, stage.size).clamp(0, 1)
        at_size = scene(self.subject, stage.size, options)
        columns = ColumnsObjective(self.network, self._guide(index, image), at_size)
        layers = LayersObjective(columns, at_size, self.generator) if stage.by_layer else None
        objective = HeldObjective(layers or columns, at_size, options.palette_weight)
        rate = options.learning_rate / 255
        descent = Descent(optimizer="adam", rate=rate, bands=True, falling=stage.steps)
        return Canvas(image, objective, descent, colorless=self.colorless)

    def cost(self, stage: Stage) -> float:
        """The cost of a step of a stage, in proportion to its pixels."""
        return math.prod(stage.size)

    def state_dict(self) -> dict[str, Any]:
        """Other state that later stages depend on."""
        return {"random": self.generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state."""
        self.generator.set_state(state["random"])

    def _guide(self, index: int, image: Tensor) -> Tensor:
        """The picture whose columns are replaced."""
        content = resized(self.kept, self.order[index].size).clamp(0, 1)
        if index == 0:
            return content
        if not self.order[index].by_layer:
            # The enlarged image has no fine detail: add the photograph's.
            image = image + laplacian_bands(content)[0]
        return torch.lerp(image, content, self.options.content_weight)


def stages(size: Size, options: NearestOptions) -> tuple[Stage, ...]:
    """The stages of a picture of this size.

    The authors' program takes 200 steps at each of four sizes and 200 in the last pass. With
    fewer steps than stages the coarsest are left out; with fewer than two, the last pass too.
    """
    sizes = pyramid_sizes(size, options.coarsest)
    last = round(options.steps * _LAST_PASS)
    counts = steps_per_size(options.steps - last, len(sizes))
    chosen = tuple(map(Stage, sizes[-len(counts) :], counts))
    return (*chosen, Stage(size, last, by_layer=True)) if last else chosen
