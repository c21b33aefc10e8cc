"""Small versions of the files named in the pages, made when a documented command needs them."""

from pathlib import Path

from PIL import Image

from cli_pictures import write_photograph, write_style
from film_clips import moving_square, write_film

STYLES = ("night", "wood", "wave", "glass", "mine", "any", "mosaic", "new", "a", "b", "c", "new")

MASKS = ("sky", "ground", "face")

MADE_BY = {
    "runs/mine": "impasto train johnson --style mine.jpg --data PHOTOS --run-dir runs/mine",
    "runs/any": "impasto train adain --contents PHOTOS --styles PAINTINGS --run-dir runs/any",
    "runs/vg/photo-to-van-gogh.onnx": "impasto train cyclegan --photos PHOTOS "
    "--paintings VAN_GOGH --run-dir runs/vg --painting-name van-gogh",
    "mine.onnx": "impasto export runs/mine mine.onnx",
    "night.imp": "impasto encode night.jpg --model runs/any -o night.imp",
    "photos.tfrecord": "impasto tfrecord write PHOTOS photos.tfrecord",
    "lake-night.png": "impasto paint lake.jpg --style night.jpg",
    "lake-painted.png": "impasto paint lake.jpg --style night.jpg -o lake-painted.png",
    "calm.mp4": "impasto video clip.mp4 --model starry-night -o calm.mp4",
    "lake-starry-night.mp4": "impasto video lake.mp4 --model starry-night",
}
"""Files that one page makes with a command of impasto and another page uses."""

MADE_BY["runs/vg/van-gogh-to-photo.onnx"] = MADE_BY["runs/vg/photo-to-van-gogh.onnx"]


def lay(path: Path) -> None:
    """Make one of the reader's files if it is missing; ignore other names."""
    maker = _MAKERS.get(path.name)
    if maker is not None and not path.exists():
        maker(path)


def _photographs(folder: Path) -> None:
    for number in range(4):
        write_photograph(folder / f"{number}.jpg", 80, 64, seed=number)


def _paintings(folder: Path) -> None:
    folder.mkdir()
    for number in range(4):
        write_style(folder / f"{number}.png", number)


def _mask(path: Path) -> None:
    mask = Image.new("L", (48, 36))
    mask.paste(255, (0, 0, 48, 18) if path.stem == "sky" else (0, 18, 48, 36))
    mask.save(path)


def _logo(path: Path) -> None:
    write_photograph(path, mode="RGBA")


def _clip(path: Path) -> None:
    write_film(path, moving_square(6))


def _keys(folder: Path) -> None:
    folder.mkdir()
    for name, picture in (("0001.png", moving_square(1)[0]), ("0005.png", moving_square(5)[4])):
        Image.fromarray(255 - picture).save(folder / name)


_MAKERS = {
    "keys": _keys,
    "lake.jpg": write_photograph,
    "shore.jpg": write_photograph,
    "coffee.jpg": write_photograph,
    "night-swirl.jpg": write_style,
    "painting.jpg": write_style,
    **{f"{name}.jpg": write_style for name in STYLES},
    **{f"{name}.png": _mask for name in MASKS},
    "logo.png": _logo,
    "start.png": write_photograph,
    "holidays": _photographs,
    "PHOTOS": _photographs,
    "OTHERS": _photographs,
    "PAINTINGS": _paintings,
    "VAN_GOGH": _paintings,
    "clip.mp4": _clip,
    "lake.mp4": _clip,
    "cat.mp4": _clip,
    "coffee.mp4": _clip,
}
