"""A stylizer with files and manifests around it."""

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
from impasto.nn.resize import crop_fitted
from impasto.options.gatys import INITS
from impasto.options.shared import LARGEST, SharedOptions
from impasto.photograph.colors import colors_after, colors_brought_in
from impasto.photograph.diary import Diary, scores_of
from impasto.photograph.masks import check_covered, read_masks, shaped
from impasto.photograph.settled import Settled, settle
from impasto.recipe import check_inputs
from impasto.source import Inputs, PictureLike, Source, open_source, tell_if_flat
from impasto.version import __version__
from impasto.weights import WeightsFile

logger = logging.getLogger("impasto")


def reader_of(options: SharedOptions) -> Callable[[PictureLike], Source]:
    """What opens the pictures of a painting: as large as they need to be."""
    return functools.partial(open_source, longer=_wanted_side(options))


class Painter:
    """Paints pictures in the manner of one style or several.

    Args:
        inputs: The style images, and masks that say where each goes; or the one style image.
        options: The recipe; ``init`` may name a picture file.
        weights: The network's weights; what ``options.network`` names when None.

    Raises:
        ImpastoError: A picture cannot be read, a mask means nothing, or an option cannot be met
            here.
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
            tell_if_flat(style)
        self.styles = [each.picture.tensor() for each in self.inputs.styles]
        self.stylizer = stylizer_of(options, self.styles, weights)

    def settle(self, content: Source, *, size: int | None = None) -> Settled:
        """Decide how a photograph is painted.

        Args:
            content: The photograph.
            size: What ``max`` was, where a painting goes on that was begun with it.

        Raises:
            MemoryEstimateError: No size at all fits into memory.
        """
        return settle(content, self.options, self.stylizer, size)

    def begin(self, content: Settled) -> Painting:
        """Begin a painting of a photograph.

        Raises:
            MemoryEstimateError: It would not fit into memory.
            PictureError: The masks leave nothing of it to paint.
        """
        # Whatever memory there is by now: a picture that was to be in one piece may need tiles.
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
        painting = stylizer.painting(painted, init=init, alpha=alpha, **places)
        painting.recolor = colors_after(photograph, alpha, painting.subject.keep, options)
        return painting

    def finish(self, painting: Painting, content: Settled, diary: Diary) -> Picture:
        """The picture as it is now, with the photograph's alpha and EXIF and a manifest."""
        return self.scored(self.unscored(painting, content, diary), painting, content)

    def unscored(self, painting: Painting, content: Settled, diary: Diary) -> Picture:
        """Like :meth:`finish`, at once and without scores: what is painted goes to the disk first.

        Raises:
            ResultError: The picture holds values that are no numbers.
        """
        image = painting.image
        if not image.isfinite().all():
            raise ResultError("the picture holds values that are no numbers")
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
        """The picture with its scores in the manifest; as it is, with a warning, where they fail.

        Scores are a by-product: whatever is wrong with them, the painting is not lost.
        """
        photograph = content.source.picture.tensor()
        try:
            scores = scores_of(photograph, self.styles, painting.image, self.options)
        except Exception as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            logger.warning("impasto: the picture is not scored (%s)", reason)
            return picture
        return replace(picture, manifest={**(picture.manifest or {}), "scores": scores})

    def recipe(self, content: Settled) -> dict[str, Any]:
        """The part of a manifest that decides what the picture becomes."""
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
        """Masks as a stylizer takes them; nothing where there are none."""
        found = self.masks.mapped(lambda mask: shaped(mask, content.source))
        check_covered(found.masks, found.content_mask, alpha, self.options)
        places: dict[str, Any] = {}
        if found.masks:
            places["masks"] = found.masks
        if found.content_mask is not None:
            places["keep"] = found.content_mask
        return places

    def _alpha_fitted(self, picture: Picture) -> Picture:
        # Resizing alone would squeeze the alpha of a photograph that was cut to shape.
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
    options: SharedOptions, styles: Sequence[Tensor], weights: WeightsFile | None
) -> Stylizer:
    """Build the method that the options name.

    Raises:
        ImpastoError: Its options, layers, device or weights cannot be had.
    """
    module, name = METHODS[options.method]
    kind = getattr(importlib.import_module(module), name)
    built: Stylizer = kind(styles if len(styles) > 1 else styles[0], options, weights)
    return built


def _wanted_side(options: SharedOptions) -> int:
    """Longer side that pictures need to have for a painting; 0 where all of them counts."""
    # What is cut to shape may be far longer than its cut.
    side = options.size if options.crop_fit is None else 4 * max(options.crop_fit)
    if side == LARGEST:
        return 0
    return max(side, round(side * options.style_scale), options.style_size) if side else 0
