"""Pictures in, painting, picture with its manifest out: what the command and the library share."""

from __future__ import annotations

import dataclasses
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

import impasto
from impasto.device import choose_precision, free_memory
from impasto.image import Picture, from_tensor
from impasto.methods.gatys.options import INITS, PaintOptions
from impasto.methods.gatys.painting import Painting
from impasto.methods.gatys.plan import check_memory
from impasto.methods.gatys.presets import preset as preset_options
from impasto.methods.gatys.stylizer import GatysStylizer, fitted, result_size
from impasto.nn.pyramid import crop_fitted, fitted_size, resized, size_of
from impasto.recipe import shareable
from impasto.scoring import score_images
from impasto.source import PictureLike, Source, open_source
from impasto.step import OnStep, Step
from impasto.weights import WeightsFile

_SCORED_PIXELS: Final = 2_000_000
"""Results with more pixels are scored at this many: float32 maps of a poster would not fit."""


class Painter:
    """Paints pictures in the manner of one style: the stylizer, with files and manifests around it.

    Args:
        style: The style image.
        options: The recipe; ``init`` may name a picture file.
        weights: The network's weights; what ``options.network`` names when None.

    Raises:
        ImpastoError: The style or first image cannot be read, or an option cannot be met here.
    """

    def __init__(
        self, style: Source, options: PaintOptions, weights: WeightsFile | None = None
    ) -> None:
        self.style = style
        self.options = options
        self.init = None if options.init in INITS else open_source(options.init)
        self.stylizer = GatysStylizer(style.picture.tensor(), options, weights)

    def begin(self, content: Source) -> Painting:
        """Begin a painting of a photograph.

        Raises:
            MemoryEstimateError: It would not fit into memory.
        """
        stylizer = self.stylizer
        picture = content.picture
        size = result_size((picture.height, picture.width), self.options)
        network, device = stylizer.weights.network, stylizer.device
        check_memory(size, self.options, network, stylizer.precision, free_memory(device))
        alpha = None if picture.alpha is None else torch.from_numpy(picture.alpha)[None, None]
        init = None if self.init is None else self.init.picture.tensor()
        return stylizer.painting(picture.tensor(), init=init, alpha=alpha)

    def finish(self, painting: Painting, content: Source, diary: Diary) -> Picture:
        """The picture as it is now, with the photograph's alpha and EXIF and a manifest."""
        image = painting.image
        picture = from_tensor(image, like=self._alpha_fitted(content.picture))
        manifest = self.recipe(content) | {
            "result": {"size": [picture.width, picture.height], "steps_done": painting.number},
            "scores": self._scores(content, image),
            "losses": diary.losses,
            "timings": diary.timings(),
            "made_with": self._made_with(),
        }
        return dataclasses.replace(picture, manifest=manifest)

    def recipe(self, content: Source) -> dict[str, Any]:
        """The part of a manifest that decides what the picture becomes."""
        sources = {"content": content, "style": self.style}
        if self.init is not None:
            sources["init"] = self.init
        weights = self.stylizer.weights
        return {
            "impasto": impasto.__version__,
            "command": "paint",
            "options": self.options.to_json(),
            "inputs": {role: source.entry() for role, source in sources.items()},
            "network": {
                "name": weights.name,
                "network": weights.network,
                "source": weights.source,
                "sha256": weights.sha256,
            },
            "precision": str(self.stylizer.precision).removeprefix("torch."),
            "device": str(self.stylizer.device),
        }

    def _alpha_fitted(self, picture: Picture) -> Picture:
        # Resizing alone would squeeze the alpha of a photograph that was cut to shape.
        if self.options.crop_fit is None or picture.alpha is None:
            return picture
        width, height = self.options.crop_fit
        alpha = crop_fitted(torch.from_numpy(picture.alpha)[None, None], (height, width))
        blank = np.zeros((height, width, 3), np.float32)
        return dataclasses.replace(picture, pixels=blank, alpha=alpha[0, 0].clamp(0, 1).numpy())

    def _scores(self, content: Source, image: Tensor) -> dict[str, float]:
        size = size_of(image)
        photo = fitted(content.picture.tensor(), size, self.options).clamp(0, 1)
        if size[0] * size[1] > _SCORED_PIXELS:
            shrink = (_SCORED_PIXELS / (size[0] * size[1])) ** 0.5
            size = fitted_size(size, round(max(size) * shrink))
        stylized = resized(image.cpu(), size).clamp(0, 1)
        precision = choose_precision("auto", torch.device("cpu"))
        scores = score_images(photo, self.style.picture.tensor(), stylized, precision)
        return {name: round(value, 5) for name, value in dataclasses.asdict(scores).items()}

    def _made_with(self) -> dict[str, Any]:
        return {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "system": f"{platform.system()} {platform.machine()}",
            "threads": torch.get_num_threads(),
        }


class Diary:
    """Keeps of a run what its manifest tells: the last losses and how long it took."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._times = [clock()]
        self.losses: dict[str, float] = {}
        self.notes: list[str] = []

    def __call__(self, step: Step) -> None:
        """Take note of a step."""
        self._times.append(self._clock())
        self.losses = dict(step.losses)
        if step.note:
            self.notes.append(f"step {step.number}: {step.note}")

    def timings(self) -> dict[str, float]:
        """Seconds of the whole optimisation and of its median step."""
        steps = [
            later - earlier for earlier, later in zip(self._times, self._times[1:], strict=False)
        ]
        return {
            "optimisation_s": round(self._times[-1] - self._times[0], 3),
            "median_step_s": round(statistics.median(steps), 4) if steps else 0.0,
        }


def paint(
    content: PictureLike,
    style: PictureLike,
    *,
    preset: str = "default",
    on_step: OnStep | None = None,
    **options: Any,
) -> Picture:
    """Paint a photograph in the manner of a picture.

    Args:
        content: The photograph: a path, a Pillow image, an array or a ``Picture``.
        style: The picture whose manner is taken, likewise.
        preset: The recipe to start from: quick, default, fine, cs20, blog or gatys.
        on_step: Told of every step.
        **options: Anything of :class:`PaintOptions` that is to differ from the preset.

    Returns:
        The painting, with the photograph's alpha and EXIF and a manifest; ``.save("out.png")``
        writes it, ``.pil()`` gives a Pillow image, ``.pixels`` the array.

    Raises:
        ImpastoError: A picture cannot be read, or an option cannot be met.
    """
    painter = Painter(open_source(style), preset_options(preset, **options))
    source = open_source(content)
    painting = painter.begin(source)
    diary = Diary()

    def tell(step: Step) -> None:
        diary(step)
        if on_step is not None:
            on_step(step)

    painting.run(tell)
    picture = painter.finish(painting, source, diary)
    return dataclasses.replace(picture, manifest=shareable(picture.manifest or {}))
