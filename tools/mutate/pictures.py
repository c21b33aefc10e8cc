"""Pictures, films and TFRecords."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tools.mutate.kind import (
    Kind,
    encoded,
    exif,
    icc,
    pixels,
    with_manifest,
    work,
)


def _png() -> list[bytes]:
    return [
        encoded("PNG", icc_profile=icc(), exif=exif()),
        encoded("PNG", channels=4),
        with_manifest(".png", bits=16),
    ]


def _jpeg() -> list[bytes]:
    return [encoded("JPEG", icc_profile=icc(), exif=exif()), with_manifest(".jpg")]


def _tiff() -> list[bytes]:
    return [
        encoded("TIFF", compression="tiff_lzw", icc_profile=icc()),
        encoded("TIFF", compression="tiff_deflate", channels=4),
        with_manifest(".tif", bits=16),
    ]


def _gif() -> list[bytes]:
    frames = [Image.fromarray(np.roll(pixels(), 3 * each, 1)).quantize(16) for each in range(4)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=40)
    return [file.getvalue()]


def _heif(form: str) -> list[bytes]:
    import pillow_heif

    file = io.BytesIO()
    image = pillow_heif.from_pillow(Image.fromarray(pixels(64, 64)))
    image.save(file, format=form, quality=50)
    return [file.getvalue()]


def _read_picture(path: Path) -> None:
    from impasto.image import picture_size, read_manifest, read_picture

    picture_size(path)
    read_picture(path)
    read_manifest(path)


def _read_mask(path: Path) -> None:
    from impasto.image import read_picture
    from impasto.image.mask import check_mask, mask_levels

    check_mask(mask_levels(read_picture(path)), str(path), inverted=False)


def _read_for_training(path: Path) -> None:
    from impasto.dataset.fast_decode import decoded

    decoded(path, path.name, 16)


def _film(suffix: str, codec: str, pixel: str) -> Callable[[], list[bytes]]:
    def make() -> list[bytes]:
        import av

        path = work() / f"film{suffix}"
        with av.open(str(path), "w") as file:
            stream: Any = file.add_stream(codec, rate=24)
            stream.width, stream.height, stream.pix_fmt = 64, 48, pixel
            for number in range(6):
                picture = np.roll(pixels(48, 64), 4 * number, 1)
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                file.mux(stream.encode(frame.reformat(format=pixel)))
            file.mux(stream.encode(None))
        return [path.read_bytes()]

    return make


def _read_film(path: Path) -> None:
    from impasto.film import open_film
    from impasto.film.manifest import fingerprint, manifest_of

    fingerprint(path)
    manifest_of(path)
    reader = open_film(path)
    try:
        for _ in zip(range(100), reader.frames(), strict=False):
            pass
    finally:
        reader.close()


def _records(pack: Callable[[bytes], bytes]) -> Callable[[], list[bytes]]:
    def make() -> list[bytes]:
        from impasto.dataset.example import Record, to_bytes
        from impasto.dataset.framing import write_record

        file = io.BytesIO()
        shape = pixels().shape
        for image in (encoded("PNG"), encoded("JPEG"), pixels().tobytes()):
            write_record(file, to_bytes(Record(image, 1, shape)))
        return [pack(file.getvalue())]

    return make


def _read_records(path: Path) -> None:
    from impasto.dataset.pictures import open_pictures
    from impasto.dataset.survey import survey

    survey(path, lambda *_: None)
    pictures = open_pictures(path)
    for index in range(min(9, len(pictures))):
        pictures.read(index, 16)


KINDS: tuple[Kind, ...] = (
    Kind("png", ".png", _png, _read_picture, share=2),
    Kind("jpeg", ".jpg", _jpeg, _read_picture, share=2),
    Kind("webp", ".webp", lambda: [encoded("WEBP", icc_profile=icc())], _read_picture),
    Kind("avif", ".avif", lambda: [encoded("AVIF", exif=exif())], _read_picture),
    Kind("heic", ".heic", lambda: _heif("HEIF"), _read_picture),
    Kind("tiff", ".tif", _tiff, _read_picture, share=2),
    Kind("gif", ".gif", _gif, _read_picture),
    Kind("mask", ".png", _png, _read_mask),
    Kind("for-training", ".jpg", _jpeg, _read_for_training),
    Kind("mp4", ".mp4", _film(".mp4", "libx264", "yuv420p"), _read_film),
    Kind("mkv", ".mkv", _film(".mkv", "ffv1", "yuv420p"), _read_film),
    Kind("ts", ".ts", _film(".ts", "mpeg2video", "yuv420p"), _read_film),
    Kind("webm", ".webm", _film(".webm", "libvpx-vp9", "yuv420p"), _read_film, share=0.5),
    Kind("gif-film", ".gif", _gif, _read_film),
    Kind("records", ".tfrecord", _records(bytes), _read_records),
    Kind("records-gzip", ".tfrecord.gz", _records(gzip.compress), _read_records),
    Kind("records-zlib", ".tfrecord", _records(zlib.compress), _read_records),
)
