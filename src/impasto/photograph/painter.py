"""Paint picture files: a stylizer with inputs, masks, colors and a manifest."""

from __future__ import annotations

import copy
import functools
import importlib
import logging
import platform
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from impasto.errors import ResultError
from impasto.image import Picture, from_tensor
from impasto.methods import METHODS, Stylizer
from impasto.methods.painting import Painting
from impasto.methods.subject import Style
from impasto.networks.faces import face_mask
from impasto.nn.resize import crop_fitted
from impasto.options.gatys import INITS, GatysOptions
from impasto.options.presets import preset as preset_options
from impasto.options.shared import LARGEST, SharedOptions
from impasto.photograph.colors import colors_after, colors_brought_in
from impasto.photograph.diary import Diary, scores_of
from impasto.photograph.first_picture import from_any_style
from impasto.photograph.masks import check_covered, opened, read_masks, shaped, styles_read
from impasto.photograph.settled import Settled, settle
from impasto.recipe import check_inputs, shareable
from impasto.source import Inputs, PictureLike, Source, open_source, warn_if_flat
from impasto.step import OnStep, Step
from impasto.version import __version__
from impasto.weights import WeightsFile

logger = logging.getLogger("impasto")


def reader_of(options: SharedOptions) -> Callable[[PictureLike], Source]:
    """The function that opens the pictures of a painting, no larger than needed."""
    return functools.partial(open_source, longer=_wanted_side(options))


def paint(
    content: PictureLike,
    style: PictureLike | Sequence[PictureLike],
    *,
    masks: Sequence[PictureLike] = (),
    content_mask: PictureLike | None = None,
    style_masks: Sequence[PictureLike] = (),
    preset: str = "default",
    on_step: OnStep | None = None,
    **options: Any,
) -> Picture:
    """Paint a photograph in the style of one picture or several.

    >>> impasto.paint(
    ...     "lake.jpg", ["night.jpg", "wave.jpg"], masks=["sky.png", "water.png"], feather=8
    ... ).save("out.png")  # doctest: +SKIP

    Args:
        content: The photograph: a path, a Pillow image, an array or a ``Picture``.
        style: The style image, given in the same way, or a folder, whose pictures count as one
            style; a list or tuple for several styles.
        masks: Where each style goes, one mask per style: white is full strength, black none;
            ``subject``, ``background`` and ``face`` are automatic masks.
        content_mask: White where the photograph stays unchanged.
        style_masks: The part of each style image to use, given as the masks are.
        preset: The options to start from: quick, default, fine; for the method gatys also cs20,
            blog and gatys.
        on_step: Called with every step.
        **options: Options that differ from the preset, and ``method`` itself.

    Returns:
        The painting, with the photograph's alpha and EXIF and a manifest; ``.save("out.png")``
        writes it, ``.pil()`` gives a Pillow image, ``.pixels`` the array.

    Raises:
        ImpastoError: A picture cannot be read, or an option has an invalid value.
    """
    recipe = preset_options(preset, **options)
    styles = tuple(style) if isinstance(style, (list, tuple)) else (style,)
    inputs: Inputs[Any] = Inputs(styles, tuple(masks), content_mask, tuple(style_masks))
    read = reader_of(recipe)
    painter = Painter(opened(inputs, read), recipe)
    photograph = painter.settle(read(content))
    painting = painter.begin(photograph)
    diary = Diary()

    def record(step: Step) -> None:
        diary(step)
        if on_step is not None:
            on_step(step)

    painting.run(record)
    picture = painter.finish(painting, photograph, diary)
    return replace(picture, manifest=shareable(picture.manifest or {}))


class Painter:
    """Paints photographs in one style or several.

    Args:
        inputs: The style images with their masks, or a single style image.
        options: ``init`` may name a picture file.
        weights: The network's weights; by default those of ``options.network``.

    Raises:
        ImpastoError: A picture cannot be read, a mask is empty, or an option cannot be used on
            this machine.
    """

    def __init__(
        self,
        inputs: Inputs[Source] | Source,
        options: SharedOptions,
        weights: WeightsFile | None = None,
    ) -> None:
        self.inputs = Inputs((inputs,)) if isinstance(inputs, Source) else inputs
        self.options = options
        check_inputs(self.inputs, options)
        self.masks = read_masks(self.inputs, options)
        self.init = None if options.init in INITS else reader_of(options)(options.init)
        for style in self.inputs.styles:
            warn_if_flat(style)
        self.styles = styles_read(self.inputs)
        self.stylizer = stylizer_of(options, self.styles, weights)

    def settle(self, content: Source, *, size: int | None = None) -> Settled:
        """Decide how a photograph is painted; see :func:`impasto.photograph.settled.settle`."""
        return settle(content, self.options, self.stylizer, size)

    def begin(self, content: Settled) -> Painting:
        """Begin a painting of a photograph.

        Raises:
            MemoryEstimateError: It would not fit into memory.
            PictureError: The masks leave nothing of it to paint.
        """
        # Free memory may have changed since then: tiles may be needed now.
        options = replace(content.options, tile=content.options.tile or self.options.tile)
        picture = content.source.picture
        alpha = None if picture.alpha is None else torch.from_numpy(picture.alpha)[None, None]
        places = self._places(content, alpha)
        photograph = picture.tensor()
        styles, painted = colors_brought_in(self.styles, photograph, alpha, options)
        if styles is self.styles:
            stylizer = copy.copy(self.stylizer)  # with its network
            stylizer.options = options
        else:
            stylizer = stylizer_of(options, styles, self.stylizer.weights)
        init = None if self.init is None else self.init.picture.tensor()
        if isinstance(options, GatysOptions):
            if options.init == "instant":
                init = from_any_style(picture, self.styles, options, max(content.size))
            if options.faces and (faces := face_mask(picture)).any():
                places["faces"] = options.faces * torch.from_numpy(faces)[None, None]
        painting = stylizer.painting(painted, init=init, alpha=alpha, **places)
        painting.recolor = colors_after(photograph, alpha, painting.subject.keep, options)
        return painting

    def finish(self, painting: Painting, content: Settled, diary: Diary) -> Picture:
        """The current picture, with the photograph's alpha and EXIF and a manifest."""
        return self.scored(self.unscored(painting, content, diary), painting, content)

    def unscored(self, painting: Painting, content: Settled, diary: Diary) -> Picture:
        """Like :meth:`finish`, but without scores, which take time: save this picture first.

        Raises:
            ResultError: The picture has values that are not finite.
        """
        image = painting.image
        if not image.isfinite().all():
            raise ResultError("the picture has values that are not finite")
        manifest = self.recipe(content) | {
            "result": {"size": [image.shape[3], image.shape[2]], "steps_done": painting.number},
            "scores": None,
            "losses": diary.losses,
            "timings": diary.timings(),
            "made_with": self._made_with(),
        }
        picture = from_tensor(image, like=self._alpha_fitted(content.source.picture))
        return replace(picture, manifest=manifest)

    def scored(self, picture: Picture, painting: Painting, content: Settled) -> Picture:
        """The picture with its scores in the manifest; unchanged, with a warning, if they fail."""
        photograph = content.source.picture.tensor()
        try:
            scores = scores_of(photograph, self.styles, painting.image, self.options)
        except (
            Exception
        ) as error:  # scores are secondary: a painting must never be lost because of them
            reason = str(error).partition("\n")[0] or type(error).__name__
            logger.warning("impasto: the picture is not scored (%s)", reason)
            return picture
        return replace(picture, manifest={**(picture.manifest or {}), "scores": scores})

    def recipe(self, content: Settled) -> dict[str, Any]:
        """The part of a manifest that determines the picture."""
        sources = {"content": content.source} | self.inputs.roles()
        if self.init is not None:
            sources["init"] = self.init
        weights = content.weights
        return {
            "impasto": __version__,
            "command": "paint",
            "options": content.options.to_json(),
            "inputs": {role: source.entry() for role, source in sources.items()},
            "network": {
                "name": weights.name,
                "network": weights.network,
                "source": weights.source,
                "sha256": weights.sha256,
            },
            "precision": str(content.precision).removeprefix("torch."),
            "device": str(content.device),
        }

    def _places(self, content: Settled, alpha: Tensor | None) -> dict[str, Any]:
        """The masks as arguments of a stylizer; empty without masks."""
        found = self.masks.mapped(lambda mask: shaped(mask, content.source))
        check_covered(found.masks, found.content_mask, alpha, self.options)
        places: dict[str, Any] = {}
        if found.masks:
            places["masks"] = found.masks
        if found.content_mask is not None:
            places["keep"] = found.content_mask
        return places

    def _alpha_fitted(self, picture: Picture) -> Picture:
        # Resizing alone would distort the alpha of a cropped photograph.
        if self.options.crop_fit is None or picture.alpha is None:
            return picture
        width, height = self.options.crop_fit
        alpha = crop_fitted(torch.from_numpy(picture.alpha)[None, None], (height, width))
        blank = np.zeros((height, width, 3), np.float32)
        return replace(picture, pixels=blank, alpha=alpha[0, 0].clamp(0, 1).numpy())

    def _made_with(self) -> dict[str, Any]:
        return {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "system": f"{platform.system()} {platform.machine()}",
            "threads": torch.get_num_threads(),
        }


def stylizer_of(
    options: SharedOptions, styles: Sequence[Tensor | Style], weights: WeightsFile | None
) -> Stylizer:
    """Build the stylizer of the method that the options name."""
    module, name = METHODS[options.method]
    kind = getattr(importlib.import_module(module), name)
    built: Stylizer = kind(styles, options, weights)
    return built


def _wanted_side(options: SharedOptions) -> int:
    """Longer side at which the pictures of a painting are needed; 0 for full size."""
    # A photograph may be much longer than its crop.
    side = options.size if options.crop_fit is None else 4 * max(options.crop_fit)
    if side == LARGEST:
        return 0
    return max(side, round(side * options.style_scale), options.style_size) if side else 0
