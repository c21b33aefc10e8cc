"""The stages of a painting after Gatys et al.: the first images and the objective at each size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

from impasto.methods.canvas import ADAM_LEVELS, Canvas, Descent
from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.memory_plan import WHOLE, Plan, stage_cost
from impasto.methods.gatys.objective import (
    Anchor,
    Objective,
    TemporalObjective,
    layers_needed,
    made_up,
    scale_in_faces,
)
from impasto.methods.gatys.regions import place_of, style_targets
from impasto.methods.gatys.schedule import options_of, stage_order
from impasto.methods.gatys.tiled import TiledObjective
from impasto.methods.painting import Stage
from impasto.methods.subject import Sample, Subject, at, palette_of
from impasto.nn.color import gray, with_palette
from impasto.nn.resize import FILTERS, Size, fitted_size, resized, size_of
from impasto.nn.vgg import VGG
from impasto.options.gatys import RECOLORED, GatysOptions

_PHOTOGRAPHIC: Final = (*RECOLORED, "content", "mix")
"""First images that resemble the photograph; on others, its detail would look like a ghost."""

_NOISE_LEVELS: Final = 20
"""Half the range of the noise in a mix, in levels of 255 (CS20, assignment 2)."""

_STRENGTH_POWERS: Final = 1.5, 3.0
"""Of the style weight's growth with the strength up to 1 and above it: from 0.5 to 1 the logarithm
of the style distance falls evenly. Above 1 the number of steps limits the effect."""

_RUNAWAY: Final = 100.0
"""Without a line search L-BFGS may exceed the first loss a few times and recover, but not by this
factor."""


class GatysStages:
    """The stages of a painting after Gatys et al.; see :func:`.schedule.stage_order`.

    Args:
        subject: Photograph and styles.
        network: Feature extractor on the device of the subject's tensors.
        options: The options.
        plan: How it fits into memory; by default in one piece.
        anchors: Earlier frames of a video, nearest first; the nearest is also the first image.
        temporal_weight: Weight of the temporal loss of the anchors.
    """

    def __init__(
        self,
        subject: Subject,
        network: VGG,
        options: GatysOptions,
        plan: Plan = WHOLE,
        anchors: Sequence[Anchor] = (),
        temporal_weight: float = 0.0,
    ) -> None:
        self.subject = subject
        self.network = network
        growth = options.strength ** _STRENGTH_POWERS[options.strength > 1]
        weight = options.style_weight * growth * made_up(subject)
        self.options = options = replace(options, style_weight=weight)
        self.plan = plan
        self.anchors = anchors
        self.temporal_weight = temporal_weight
        # A gray style should give a gray picture: VGG hardly responds to faint colored noise and
        # would leave it in a pencil drawing.
        whole = options.init in RECOLORED and options.strength >= 1
        self.colorless = whole and subject.colorless
        self.kept = kept_content(subject, options)
        self.order = stage_order(size_of(subject.content), options)
        self._known: tuple[Size, list[dict[str, Any]]] = ((0, 0), [])
        # On the CPU, so that a seed gives the same picture on every device.
        self.generator = torch.Generator().manual_seed(options.seed)

    def first_image(self) -> Float[Tensor, "1 3 height width"]:
        """The first image, as ``options.init`` says."""
        size, init = self.order[0].size, self.options.init
        if self.anchors:
            return torch.lerp(self.kept, self.anchors[0].image, self.anchors[0].weights)
        if self.subject.init is not None:
            return at(self.subject.init, size)
        if init == "style":
            styles = [at(style.image, size) for style in self.subject.styles]
            return blended(styles, subject_at(self.subject, size, 1.0, self.options))
        if init == "noise":
            return torch.rand(1, 3, *size, generator=self.generator).to(self.kept.device)
        content = at(self.kept, size)
        return self._mixed(content) if init == "mix" else content

    def enlarged(self, image: Tensor, index: int) -> Tensor:
        """A smaller stage's image, enlarged, with the photograph's finer detail added.

        So edges need not be painted again, and the fine style layers have detail to work on.
        """
        size = self.order[index].size
        larger = FILTERS[self.options.resampling]
        if self.options.init not in _PHOTOGRAPHIC:
            return larger(image, size).clamp(0, 1)
        coarse = larger(resized(self.kept, size_of(image)), size)
        detail = resized(self.kept, size) - coarse
        return (larger(image, size) + self.options.detail * detail).clamp(0, 1)

    def canvas(self, index: int, image: Tensor) -> Canvas:
        """The canvas of a stage, starting from an image of any size."""
        stage = self.order[index]
        share = max(stage.size) / max(self.order[-1].size)
        whole = replace(self.subject, content=self.kept)
        subject = subject_at(whole, stage.size, share, self.options)
        image = resized(image, stage.size)
        if stage.shallow:
            subject = replace(subject, content=image)
        return Canvas(
            image,
            self._objective(stage, subject),
            self._descent(),
            colorless=self.colorless,
            anchored=stage.shallow,
            may_rest=not self.options.style_weight,
            scale=scale_in_faces(subject, options_of(stage, self.options)),
        )

    def cost(self, stage: Stage) -> float:
        """The cost of a step of a stage; see :func:`.memory_plan.stage_cost`."""
        work = Work(self.options, self.network.name, torch.float32)  # of any precision
        return stage_cost(stage, work, self.plan)

    def state_dict(self) -> dict[str, Any]:
        """Other state that later stages depend on."""
        plan = {"tile": self.plan.tile, "optimizer": self.plan.optimizer}
        return {"random": self.generator.get_state(), **plan}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a state, with its tiles and optimizer, regardless of the memory that is free now."""
        tile, optimizer = state.get("tile", 0), state.get("optimizer", self.plan.optimizer)
        self.plan = replace(self.plan, tile=tile, optimizer=optimizer)
        self.generator.set_state(state["random"])

    def _objective(
        self, stage: Stage, subject: Subject
    ) -> Objective | TiledObjective | TemporalObjective:
        options = options_of(stage, self.options)
        network, targets = self.network.only(layers_needed(options)), self._targets(stage, subject)
        objective: Objective | TiledObjective
        if self.plan.is_tiled(stage.size):
            arguments = self.plan.tile, self.plan.keepable, targets
            objective = TiledObjective(network, subject, options, *arguments)
        else:
            objective = Objective(network, subject, options, targets)
        if self.anchors:
            return TemporalObjective(objective, self.anchors, self.temporal_weight)
        return objective

    def _targets(self, stage: Stage, subject: Subject) -> list[dict[str, Any]]:
        """The styles' targets; those of a stage of the first blocks serve the next one as well."""
        size, targets = self._known
        if size != stage.size:
            whole = any(each.size == stage.size and not each.shallow for each in self.order)
            options = self.options if whole else options_of(stage, self.options)
            network = self.network.only(layers_needed(options))
            targets = style_targets(network, subject, options)
            self._known = stage.size, targets
        return targets

    def _descent(self) -> Descent:
        options = self.options
        optimizer = self.plan.optimizer or options.optimizer
        rate = options.learning_rate or 1.0
        if optimizer == "adam":
            rate = (options.learning_rate or ADAM_LEVELS) / 255
        return Descent(
            optimizer=optimizer,
            rate=rate,
            history=options.history,
            first=options.first_step,
            runaway=_RUNAWAY,
        )

    def _mixed(self, content: Tensor) -> Tensor:
        noise = torch.rand(content.shape, generator=self.generator).to(content.device)
        noise = (noise - 0.5) * (2 * _NOISE_LEVELS / 255)
        neutral = self.network.neutral_color
        share = self.options.noise_ratio
        # CS20's program subtracts the mean color after mixing.
        zero = 0 if self.options.mix_around == "black" else neutral
        return neutral + noise * share + (content - zero) * (1 - share)


def blended(
    images: Sequence[Float[Tensor, "1 3 height width"]], subject: Subject
) -> Float[Tensor, "1 3 height width"]:
    """Combine one image per style by masks and weights; the photograph shows elsewhere."""
    if len(images) == 1 and subject.styles[0].mask is None and subject.keep is None:
        return images[0]
    total = torch.zeros_like(subject.content)
    shares, masks = torch.zeros_like(total[:, :1]), torch.zeros_like(total[:, :1])
    for style, image in zip(subject.styles, images, strict=True):
        mask = torch.ones_like(masks) if style.mask is None else style.mask
        total.addcmul_(image, mask, value=style.weight)
        shares.add_(mask, alpha=style.weight)
        masks += mask
    total /= shares.clamp_min(1e-12)
    covered = masks.clamp_(max=1).mul_(shares > 0)
    if subject.keep is not None:
        covered *= 1 - subject.keep
    return subject.content.lerp(total, covered)


def kept_content(subject: Subject, options: GatysOptions) -> Float[Tensor, "1 3 height width"]:
    """The photograph for the content loss: recolored to the styles, or unchanged.

    Each style recolors the part where it applies; see :func:`impasto.nn.color.with_palette`.
    """
    if options.init not in RECOLORED:
        return subject.content
    images = [
        with_palette(subject.content, palette_of(style), place_of(style, subject))
        for style in subject.styles
    ]
    moved = blended(images, subject)
    moved = gray(moved).clone() if subject.colorless else moved
    return moved if options.strength >= 1 else subject.content.lerp(moved, options.strength)


def subject_at(subject: Subject, size: Size, share: float, options: GatysOptions) -> Subject:
    """A subject at another size, with ``share`` of the result's longer side."""

    def sized(image: Tensor, part: Tensor | None) -> Sample:
        smaller = _style_image(image, size, share, options)
        return smaller, _at(part, size_of(smaller))

    styles = [replace(style.mapped(sized), mask=_at(style.mask, size)) for style in subject.styles]
    return Subject(
        at(subject.content, size),
        tuple(styles),
        alpha=_at(subject.alpha, size),
        keep=_at(subject.keep, size),
        faces=_at(subject.faces, size),
    )


def _at(image: Tensor | None, size: Size) -> Tensor | None:
    return None if image is None else at(image, size)


def _style_image(image: Tensor, size: Size, share: float, options: GatysOptions) -> Tensor:
    # Never enlarged, which would blur the strokes. Statistics are means, so a small style image can
    # be used for a large picture.
    wanted = max(size) * options.style_scale
    if options.style_size:
        wanted = options.style_size * share
    own = size_of(image)
    return at(image, fitted_size(own, max(1, min(max(own), round(wanted)))))
