"""Stylize photographs with the method of Gatys et al."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jaxtyping import Float
from torch import Tensor

from impasto.device import choose_device, choose_precision, free_memory
from impasto.errors import OptionError
from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.memory_plan import Plan, check_memory, given_plan, largest_size
from impasto.methods.gatys.objective import Anchor, layers_needed
from impasto.methods.gatys.stages import GatysStages
from impasto.methods.painting import Painting
from impasto.methods.subject import Style, result_size, styles_of, subject_of
from impasto.nn.resize import FILTERS, Size, size_of
from impasto.nn.vgg import conv_names
from impasto.options.gatys import GatysOptions
from impasto.options.shared import LARGEST
from impasto.step import OnStep
from impasto.weights import WeightsFile, feature_network, resolve


class GatysStylizer:
    """Paints photographs in given styles; built once, then called for each photograph.

    Args:
        style: The style image, (1, 3, H, W) sRGB in [0, 1], of any size, or several, weighted by
            ``options.style_weights``.
        options: The options; their layers must exist in the network.
        weights: The network's weights; by default those that ``options.network`` names.

    Raises:
        OptionError: There is no such device or layer, or not one weight per style.
        WeightsError: The weights are missing or damaged.
    """

    def __init__(
        self,
        style: Tensor | Sequence[Tensor | Style],
        options: GatysOptions,
        weights: WeightsFile | None = None,
    ) -> None:
        if options.method != "gatys":
            raise OptionError("method", "gatys for this stylizer", options.method)
        self.options = options
        self.device = choose_device(options.device)
        self.styles = styles_of(style, options, self.device)
        self.weights = weights or resolve(options.network)
        self.precision = choose_precision(options.precision, self.device)
        check_layers_there(options, self.weights.network)
        self.network = feature_network(
            *(self.weights, layers_needed(options), self.precision, self.device),
            pooling=options.pooling,
            pooling_edge=options.pooling_edge,
        )

    def __call__(
        self, content: Float[Tensor, "1 3 _height _width"], on_step: OnStep | None = None
    ) -> Float[Tensor, "1 3 _height3 _width3"]:
        """Paint a photograph at the size of the options."""
        return self.painting(content).run(on_step)

    def painting(
        self,
        content: Float[Tensor, "1 3 _height _width"],
        *,
        init: Float[Tensor, "1 3 _height4 _width4"] | None = None,
        alpha: Float[Tensor, "1 1 _height _width"] | None = None,
        masks: Sequence[Tensor] | None = None,
        keep: Float[Tensor, "1 1 _height5 _width5"] | None = None,
        faces: Float[Tensor, "1 1 _height6 _width6"] | None = None,
        anchors: Sequence[Anchor] = (),
        temporal_weight: float = 0.0,
    ) -> Painting:
        """Begin a painting, to be advanced step by step.

        Args:
            content: The photograph, sRGB in [0, 1], of any size.
            init: The first image, of any size, instead of ``options.init``.
            alpha: Opacity of the photograph; only visible pixels count for colors and styles.
            masks: Where each style goes, (1, 1, h, w) in [0, 1], one per style, of any size.
            keep: Where the photograph stays unchanged, a mask like those.
            faces: Where and how much faces are preserved, a mask like those.
            anchors: Earlier frames of a video, nearest first, at the size of the result.
            temporal_weight: Weight of the temporal loss of the anchors.

        Raises:
            OptionError: There is not one mask per style.
            MemoryEstimateError: It would not fit into memory.
        """
        size, plan = self._planned(size_of(content))
        subject = subject_of(
            *(content, self.styles, size, self.options),
            init=init,
            alpha=alpha,
            masks=masks,
            keep=keep,
            faces=faces,
            resize=FILTERS[self.options.resampling],
        )
        near = [
            Anchor(each.image.to(self.device), each.weights.to(self.device)) for each in anchors
        ]
        return Painting(
            GatysStages(subject, self.network, self.options, plan, near, temporal_weight)
        )

    def _planned(self, photograph: Size) -> tuple[Size, Plan]:
        """The size of the result, and the plan for the memory that is free now."""
        options, free = self.options, free_memory(self.device)
        work = Work(options, self.weights.network, self.precision)
        if options.size == LARGEST:
            options = replace(options, size=largest_size(photograph, work, free))
        size = result_size(photograph, options)
        # A tile given in the options is always used.
        return size, (check_memory if options.tile is None else given_plan)(size, work, free)


def check_layers_there(options: GatysOptions, network: str) -> None:
    """Raise an OptionError for a layer that the network does not have."""
    known = conv_names(network)
    for option in ("content_layers", "style_layers"):
        for name in getattr(options, option):
            if name.replace("relu", "conv") not in known:
                # Blocks 3 to 5 have three convolutions in VGG-16 and four in VGG-19.
                hint = f"; {name} is in VGG-19, see `impasto weights list`"
                raise OptionError(option, f"layers of {network} ({', '.join(known)}{hint})", name)
