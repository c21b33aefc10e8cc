"""Content -> stylized, by painting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jaxtyping import Float
from torch import Tensor

from impasto.device import choose_device, choose_precision, free_memory
from impasto.errors import OptionError
from impasto.methods.gatys.objective import layers_needed
from impasto.methods.gatys.painting import Painting
from impasto.methods.gatys.plan import Plan, as_told, check_memory, largest_size
from impasto.methods.gatys.subject import Style, Subject
from impasto.nn.blur import blurred
from impasto.nn.pyramid import Size, crop_fitted, fitted_size, resized, size_of
from impasto.nn.vgg import VGG, conv_names
from impasto.options.gatys import PaintOptions
from impasto.options.shared import LARGEST, SharedOptions
from impasto.step import OnStep
from impasto.weights import WeightsFile, load, resolve


class GatysStylizer:
    """Paints photographs in the manner of pictures; built once, called for each photograph.

    Args:
        style: The style image, (1, 3, H, W) sRGB in [0, 1], of any size, or several of them; how
            much of each there is to be is ``options.style_weights``.
        options: The recipe; its layers must exist in the network.
        weights: The network's weights; what ``options.network`` names when None.

    Raises:
        OptionError: No such device, no such layer in the network, or not a weight for each style.
        WeightsError: The weights are not here or damaged.
    """

    def __init__(
        self,
        style: Float[Tensor, "1 3 _height2 _width2"] | Sequence[Tensor],
        options: PaintOptions,
        weights: WeightsFile | None = None,
    ) -> None:
        images = [style] if isinstance(style, Tensor) else list(style)
        self.options = options
        self.style_weights = _style_weights(len(images), options)
        self.weights = weights or resolve(options.network)
        self.device = choose_device(options.device)
        self.precision = choose_precision(options.precision, self.device)
        self.styles = [image.to(self.device) for image in images]
        if options.crop_fit is not None:
            self.styles = [_cut(image, options.crop_fit[::-1]) for image in self.styles]
        self.network = self._load_network()

    def __call__(
        self, content: Float[Tensor, "1 3 _height _width"], on_step: OnStep | None = None
    ) -> Float[Tensor, "1 3 _height3 _width3"]:
        """Paint a photograph at the size the options ask for."""
        return self.painting(content).run(on_step)

    def painting(
        self,
        content: Float[Tensor, "1 3 _height _width"],
        *,
        init: Float[Tensor, "1 3 _height4 _width4"] | None = None,
        alpha: Float[Tensor, "1 1 _height _width"] | None = None,
        masks: Sequence[Tensor] | None = None,
        keep: Float[Tensor, "1 1 _height5 _width5"] | None = None,
    ) -> Painting:
        """Begin a painting, to be advanced step by step.

        Args:
            content: The photograph, sRGB in [0, 1], of any size.
            init: The first image when it is a picture of its own, of any size.
            alpha: Opacity of the photograph; only visible pixels speak for its colors, and only
                there styles are measured.
            masks: Where each style goes, (1, 1, h, w) in [0, 1], one a style, of any size.
            keep: Where the photograph stays as it is, likewise.

        Raises:
            OptionError: Not a mask for each style.
            MemoryEstimateError: It would not fit into memory.
        """
        given = [None] * len(self.styles) if masks is None else masks
        if len(given) != len(self.styles):
            raise OptionError("masks", f"one for each of the {len(self.styles)} styles", len(given))
        size = self._size(size_of(content))
        plan = self.plan(size)
        places = [None if mask is None else self._mask(mask, size) for mask in given]
        styles = tuple(map(Style, self.styles, self.style_weights, places))
        subject = Subject(
            self._fitted(content, size),
            styles,
            None if init is None else self._fitted(init, size),
            None if alpha is None else self._fitted(alpha, size),
            None if keep is None else self._mask(keep, size),
        )
        return Painting(subject, self.network, self.options, plan)

    def plan(self, size: Size) -> Plan:
        """How a result of a size fits into the memory that is free now.

        Where the options say in how large pieces, it is as they say and is not refused.

        Raises:
            MemoryEstimateError: It does not fit.
        """
        plan = check_memory if self.options.tile is None else as_told
        network = self.weights.network
        return plan(size, self.options, network, self.precision, free_memory(self.device))

    def _size(self, size: Size) -> Size:
        options = self.options
        if options.size == LARGEST:
            network, free = self.weights.network, free_memory(self.device)
            side = largest_size(size, options, network, self.precision, free)
            options = replace(options, size=side)
        return result_size(size, options)

    def _fitted(self, image: Tensor, size: Size) -> Tensor:
        return fitted(image.to(self.device), size, self.options).clamp(0, 1)

    def _mask(self, mask: Tensor, size: Size) -> Tensor:
        place = self._fitted(mask, size)
        if self.options.invert_masks:
            place = 1 - place
        return blurred(place, self.options.feather)

    def _load_network(self) -> VGG:
        network = self.weights.network
        check_layers_there(self.options, network)
        tensors, convention = load(self.weights)
        vgg = VGG(
            network,
            {name: tensor.to(self.precision) for name, tensor in tensors.items()},
            layers_needed(self.options),
            convention,
            self.options.pooling,
        )
        return vgg.to(self.device)


def check_layers_there(options: PaintOptions, network: str) -> None:
    """Refuse layers that a network does not have.

    Raises:
        OptionError: The first of them.
    """
    known = conv_names(network)
    for option in ("content_layers", "style_layers"):
        for name in getattr(options, option):
            if name.replace("relu", "conv") not in known:
                raise OptionError(option, f"layers of {network} ({', '.join(known)})", name)


def _style_weights(styles: int, options: PaintOptions) -> tuple[float, ...]:
    weights = options.style_weights or (1.0,) * styles
    if len(weights) != styles:
        raise OptionError("style_weights", f"one for each of the {styles} styles", weights)
    return weights


def result_size(size: Size, options: SharedOptions) -> Size:
    """The size of a painting of a photograph of this size; ``options.size`` must be a number."""
    if options.crop_fit is not None:
        return options.crop_fit[::-1]
    if options.size == LARGEST:
        raise ValueError("the largest size there is memory for is not known here")
    return fitted_size(size, options.size or max(size))


def _cut(style: Tensor, size: Size) -> Tensor:
    # To the shape of the result, but never enlarged: see subject_at on the sizes of style images.
    own = size_of(style)
    scale = min(1.0, own[0] / size[0], own[1] / size[1])
    smaller = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return crop_fitted(style, smaller).clamp(0, 1)


def fitted(image: Tensor, size: Size, options: SharedOptions) -> Tensor:
    """An image at the size of the result, cut to its shape if that is what the options ask."""
    return (resized if options.crop_fit is None else crop_fitted)(image, size)
