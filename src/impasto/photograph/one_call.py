"""The library's way to paint a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from impasto.image import Picture
from impasto.options.presets import preset as preset_options
from impasto.photograph.diary import Diary
from impasto.photograph.painter import Painter, reader_of
from impasto.recipe import shareable
from impasto.source import Inputs, PictureLike
from impasto.step import OnStep, Step


def paint(
    content: PictureLike,
    style: PictureLike | Sequence[PictureLike],
    *,
    masks: Sequence[PictureLike] = (),
    content_mask: PictureLike | None = None,
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
        style: The style image, likewise; a list or tuple of several.
        masks: Where each style goes, one mask per style: white is all of it, black none.
        content_mask: White where the photograph stays as it is.
        preset: The recipe to start from: quick, default, fine; for the method gatys also cs20,
            blog and gatys.
        on_step: Called with every step.
        **options: Options of the method that differ from the preset, and ``method`` itself.

    Returns:
        The painting, with the photograph's alpha and EXIF and a manifest; ``.save("out.png")``
        writes it, ``.pil()`` gives a Pillow image, ``.pixels`` the array.

    Raises:
        ImpastoError: A picture cannot be read, or an option has a value it cannot have.
    """
    recipe = preset_options(preset, **options)
    styles = tuple(style) if isinstance(style, (list, tuple)) else (style,)
    inputs: Inputs[Any] = Inputs(styles, tuple(masks), content_mask)
    read = reader_of(recipe)
    painter = Painter(inputs.mapped(read), recipe)
    photograph = painter.settle(read(content))
    painting = painter.begin(photograph)
    diary = Diary()

    def tell(step: Step) -> None:
        diary(step)
        if on_step is not None:
            on_step(step)

    painting.run(tell)
    picture = painter.finish(painting, photograph, diary)
    return dataclasses.replace(picture, manifest=shareable(picture.manifest or {}))
