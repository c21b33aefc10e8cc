"""What is published, and how to recognize it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

NETWORKS: Final = ("vgg16", "vgg19")

Convention: TypeAlias = Literal["torchvision", "caffe", "matconvnet"]

CONVENTIONS: Final[Mapping[Convention, Mapping[str, str]]] = {
    "torchvision": {
        "channels": "RGB",
        "scale": "1.0",
        "mean": "0.485 0.456 0.406",
        "std": "0.229 0.224 0.225",
    },
    "caffe": {
        "channels": "BGR",
        "scale": "255.0",
        "mean": "103.939 116.779 123.68",
        "std": "1.0 1.0 1.0",
    },
    "matconvnet": {
        "channels": "RGB",
        "scale": "255.0",
        "mean": "123.68 116.779 103.939",
        "std": "1.0 1.0 1.0",
    },
}
"""The pixel values each publisher trained on, as they stand in the metadata of a canonical file.

Keras keeps Caffe's. MatConvNet keeps Caffe's weights with the first layer turned to RGB.
"""


@dataclass(frozen=True, slots=True)
class Published:
    """A file of weights that somebody publishes.

    Attributes:
        name: As in ``impasto weights fetch NAME``; begins with the network.
        url: Where the publisher keeps it.
        convention: The pixel values the weights expect.
        source: Who trained and who converted them.
        reader: The format of the file.
        sha256: Of the publisher's file; only the first digits where no more is known.
        md5: Where the publisher gives no SHA-256. It shows a damaged file, not a forged one.
        licence: Under which the weights may be passed on.
    """

    name: str
    url: str
    convention: Convention
    source: str
    reader: str
    sha256: str = ""
    md5: str = ""
    licence: str = "CC-BY-4.0"

    @property
    def network(self) -> str:
        """``vgg16`` or ``vgg19``."""
        return self.name.partition("-")[0]


_TORCHVISION = "https://download.pytorch.org/models"
_JOHNSON = "https://web.eecs.umich.edu/~justincj/models"
_MATCONVNET = "https://www.vlfeat.org/matconvnet/models"
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"

WEIGHTS: Final = (
    Published(
        name="vgg19",
        url=f"{_TORCHVISION}/vgg19-dcbb9e9d.pth",
        convention="torchvision",
        sha256="dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
        licence="BSD-3-Clause",
        source="torchvision, IMAGENET1K_V1",
        reader="torch",
    ),
    Published(
        name="vgg19-caffe",
        url=f"{_JOHNSON}/vgg19-d01eb7cb.pth",
        convention="caffe",
        sha256="d01eb7cb",
        source="Simonyan and Zisserman, converted by jcjohnson/pytorch-vgg",
        reader="torch",
    ),
    Published(
        name="vgg19-matconvnet",
        url=f"{_MATCONVNET}/beta16/imagenet-vgg-verydeep-19.mat",
        convention="matconvnet",
        md5="8ee3263992981a1d26e73b3ca028a123",
        source="Simonyan and Zisserman, converted by MatConvNet",
        reader="matconvnet",
    ),
    Published(
        name="vgg19-keras",
        url=f"{_KERAS}/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        convention="caffe",
        md5="253f8cb515780f3b799900260a226db6",
        source="Simonyan and Zisserman, converted by Keras",
        reader="keras",
    ),
    Published(
        name="vgg16",
        url=f"{_TORCHVISION}/vgg16-397923af.pth",
        convention="torchvision",
        sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        licence="BSD-3-Clause",
        source="torchvision, IMAGENET1K_V1",
        reader="torch",
    ),
    Published(
        name="vgg16-caffe",
        url=f"{_JOHNSON}/vgg16-00b39a1b.pth",
        convention="caffe",
        sha256="00b39a1b",
        source="Simonyan and Zisserman, converted by jcjohnson/pytorch-vgg",
        reader="torch",
    ),
    Published(
        name="vgg16-matconvnet",
        url=f"{_MATCONVNET}/imagenet-vgg-verydeep-16.mat",
        convention="matconvnet",
        md5="f72d927587ca4c97fbd165ec9cb9997f",
        source="Simonyan and Zisserman, converted by MatConvNet",
        reader="matconvnet",
    ),
    Published(
        name="vgg16-keras",
        url=f"{_KERAS}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        convention="caffe",
        md5="6d6bbae143d832006294945121d1f1fc",
        source="Simonyan and Zisserman, converted by Keras",
        reader="keras",
    ),
)

FINGERPRINTS: Final[Mapping[tuple[str, Convention], tuple[float, float, float]]] = {
    ("vgg16", "torchvision"): (-0.5537306, 0.17548391, 0.31302562),
    ("vgg19", "torchvision"): (-0.05347426, 0.01701478, -0.04488515),
    ("vgg16", "caffe"): (0.42947057, 0.55037946, 0.4800154),
    ("vgg19", "caffe"): (0.34119523, 0.46418372, 0.39416704),
    ("vgg16", "matconvnet"): (0.4800154, 0.55037946, 0.42947057),
    ("vgg19", "matconvnet"): (0.39416704, 0.46418372, 0.34119523),
}
"""``conv1_1.weight[0, :, 0, 0]`` of the published networks.

The magnitude of the first layer does not distinguish them: Caffe's weights act on values 60 times
as large and are of the same size, so the activations are larger instead. Values do, exactly, and
also when a file was saved again and has another checksum, as the download script of
neural-style-pt does.
"""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file of weights in the canonical format.

    Attributes:
        name: Which weights these are, as in ``WEIGHTS``, or the name of the file they came from.
        network: ``vgg16`` or ``vgg19``.
        path: Where the file is.
        sha256: As recorded when it was made or imported.
        source: Who trained and who converted the weights.
        licence: Of the weights.
        where: ``bundled``, ``imported`` or ``file``.
    """

    name: str
    network: str
    path: Path
    sha256: str
    source: str
    licence: str
    where: str
