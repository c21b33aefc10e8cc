"""The ways in which films are encoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from impasto.errors import OptionError
from impasto.film.picture_folder import is_pattern
from impasto.image import WRITABLE


@dataclass(frozen=True, slots=True)
class Codec:
    """An encoder of FFmpeg with its options.

    Segments are kept in a container that keeps time stamps exactly: NUT moves them where frames
    are decoded ahead, MOV does not know all codecs.
    """

    encoder: str
    pixels: str  # FFmpeg's name of the pixel format
    even: bool  # whether sides must be even
    container: str  # of segments
    crf: tuple[int, int] | None = None  # its quality number at --quality 0 and at 100
    options: Mapping[str, str] = field(default_factory=dict)
    interpolation: str = "BILINEAR"  # how colors are averaged where there are fewer than of light


CODECS: Final[Mapping[str, Codec]] = {
    "h264": Codec(
        "libx264", "yuv420p", True, "mov", (40, 10),
        # x264's mbtree gave other bytes for the same frames, once in five runs in one thread.
        {"preset": "veryfast", "mbtree": "0"},
    ),
    # For the films of a run, which are short: the eye sees no loss.
    "h264-slow": Codec(
        "libx264", "yuv420p", True, "mp4", None, {"crf": "16", "preset": "slow"}, "LANCZOS",
    ),
    "mpeg4": Codec(
        "mpeg4", "yuv420p", True, "mp4", None, {"qmin": "2", "qmax": "4"}, "LANCZOS",
    ),
    "vp9": Codec(
        "libvpx-vp9", "yuv420p", False, "nut", (55, 15),
        {"b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"},
    ),
    "prores": Codec("prores_ks", "yuv422p10le", True, "mov", None, {"vendor": "apl0"}),
    "lossless": Codec("ffv1", "bgr0", False, "nut", None, {"level": "3", "g": "1"}),
    # WebM holds the alpha of VP9 as a second stream of its packets, which NUT loses.
    "vp9-alpha": Codec(
        "libvpx-vp9", "yuva420p", False, "webm", (55, 15),
        {"b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"},
    ),
    "prores-alpha": Codec(
        "prores_ks", "yuva444p10le", False, "mov", None,
        {"vendor": "apl0", "profile": "4", "alpha_bits": "16"},
    ),
    "lossless-alpha": Codec("ffv1", "bgra", False, "nut", None, {"level": "3", "g": "1"}),
}  # fmt: skip
"""What films can be encoded with. Painted strokes are the hardest there is for an encoder: the
presets are those that keep up with the network on two cores."""

WITH_ALPHA: Final = {name: f"{name}-alpha" for name in ("vp9", "prores", "lossless")}
"""The codecs that can hold transparency, and the entry that does."""

CONTAINERS: Final[Mapping[str, tuple[str, ...]]] = {
    ".mp4": ("h264",),
    ".m4v": ("h264",),
    ".mov": ("h264", "prores"),
    ".mkv": ("h264", "vp9", "prores", "lossless"),
    ".webm": ("vp9",),
}
"""Codecs by the suffix of a film, the usual one first."""

PRORES_PROFILES: Final = ("0", "1", "2", "3")  # proxy, LT, standard and HQ, evenly over --quality

GIF: Final = ".gif"


def kind_of(output: Path) -> str:
    """``film``, ``gif`` or ``pictures``, by an output's name; OptionError if it is none."""
    suffix = output.suffix.lower()
    if suffix == GIF:
        return "gif"
    if suffix in CONTAINERS:
        return "film"
    folder = not suffix and "%" not in output.name and output.name != "-"
    if folder or (is_pattern(output) and suffix in WRITABLE):
        return "pictures"
    known = ", ".join([*CONTAINERS, GIF])
    raise OptionError("output", f"a film ({known}), a folder or a pattern as %04d.png", str(output))


def holds_alpha(output: Path, codec: str) -> bool:
    """Whether transparency can be kept in an output of a codec in :data:`CODECS`."""
    kind = kind_of(output)
    if kind == "film":
        return codec in WITH_ALPHA
    return kind == "pictures" and output.suffix.lower() not in (".jpg", ".jpeg")


def codec_for(output: Path, wanted: str = "") -> str:
    """The name of the codec for an output: the usual one when ``wanted`` is "".

    Raises:
        OptionError: There is no such codec, or not in such a file.
    """
    if kind_of(output) != "film":
        if wanted:
            raise OptionError("codec", "none, as the output is no film", wanted)
        return "lossless"
    possible = CONTAINERS[output.suffix.lower()]
    if wanted and wanted not in possible:
        raise OptionError("codec", f"{' or '.join(possible)} in {output.suffix}", wanted)
    return wanted or possible[0]


def settings(codec: Codec, quality: int) -> dict[str, str]:
    """An encoder's options for a quality from 0 to 100."""
    options = dict(codec.options)
    if codec.crf is not None:
        worst, best = codec.crf
        options["crf"] = str(round(worst + (best - worst) * quality / 100))
    elif codec.encoder == "prores_ks":
        options.setdefault("profile", PRORES_PROFILES[min(3, quality * 4 // 100)])
    return options
