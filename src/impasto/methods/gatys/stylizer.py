"""Content -> stylized, by painting."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from impasto.device import choose_device, choose_precision
from impasto.errors import OptionError
from impasto.methods.gatys.objective import layers_needed
from impasto.methods.gatys.options import PaintOptions
from impasto.methods.gatys.painting import Painting, Subject
from impasto.nn.pyramid import Size, crop_fitted, fitted_size, resized, size_of
from impasto.nn.vgg import VGG, conv_names
from impasto.step import OnStep
from impasto.weights import WeightsFile, load, resolve


class GatysStylizer:
    """Paints photographs in the manner of one picture; built once, called for each photograph.

    Args:
        style: The style image, (1, 3, H, W) sRGB in [0, 1], of any size.
        options: The recipe; its layers must exist in the network.
        weights: The network's weights; what ``options.network`` names when None.

    Raises:
        OptionError: No such device, or the network has no such layer.
        WeightsError: The weights are not here or damaged.
    """

    def __init__(
        self,
        style: Float[Tensor, "1 3 _height2 _width2"],
        options: PaintOptions,
        weights: WeightsFile | None = None,
    ) -> None:
        self.options = options
        self.weights = weights or resolve(options.network)
        self.device = choose_device(options.device)
        self.precision = choose_precision(options.precision, self.device)
        self.style = style.to(self.device)
        if options.crop_fit is not None:
            self.style = _cut(self.style, options.crop_fit[::-1])
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
    ) -> Painting:
        """Begin a painting, to be advanced step by step.

        Args:
            content: The photograph, sRGB in [0, 1], of any size.
            init: The first image when it is a picture of its own, of any size.
            alpha: Opacity of the photograph; only visible pixels speak for its colors.
        """
        size = result_size(size_of(content), self.options)
        subject = Subject(
            self._fitted(content, size).clamp(0, 1),
            self.style,
            None if init is None else self._fitted(init, size).clamp(0, 1),
            None if alpha is None else self._fitted(alpha, size).clamp(0, 1),
        )
        return Painting(subject, self.network, self.options)

    def _fitted(self, image: Tensor, size: Size) -> Tensor:
        return fitted(image.to(self.device), size, self.options)

    def _load_network(self) -> VGG:
        network = self.weights.network
        known = conv_names(network)
        for option in ("content_layers", "style_layers"):
            for name in getattr(self.options, option):
                if name.replace("relu", "conv") not in known:
                    raise OptionError(option, f"layers of {network} ({', '.join(known)})", name)
        tensors, convention = load(self.weights)
        vgg = VGG(
            network,
            {name: tensor.to(self.precision) for name, tensor in tensors.items()},
            layers_needed(self.options),
            convention,
            self.options.pooling,
        )
        return vgg.to(self.device)


def result_size(size: Size, options: PaintOptions) -> Size:
    """The size of a painting of a photograph of this size."""
    if options.crop_fit is not None:
        return options.crop_fit[::-1]
    return fitted_size(size, options.size or max(size))


def _cut(style: Tensor, size: Size) -> Tensor:
    # To the shape of the result, but never enlarged: see Painting on the sizes of style images.
    own = size_of(style)
    scale = min(1.0, own[0] / size[0], own[1] / size[1])
    smaller = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return crop_fitted(style, smaller).clamp(0, 1)


def fitted(image: Tensor, size: Size, options: PaintOptions) -> Tensor:
    """An image at the size of the result, cut to its shape if that is what the options ask."""
    return (resized if options.crop_fit is None else crop_fitted)(image, size)
