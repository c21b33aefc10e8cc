"""Pictures to train on: a folder tree or TFRecord files, as an endless stream of crops.

::

    folder or .tfrecord -> open_pictures -> Pictures -> Crops -> DataLoader(..., collate) -> Batch

============  ====================================================================
pictures.py   Pictures, what every source of pictures can do; open_pictures
folder.py     a folder tree as Pictures
shards.py     TFRecord files as Pictures
framing.py    TFRecord: lengths, checksums, where each record begins
example.py    tf.train.Example, the message in a record
features.py   which feature is the image, the label, the shape
unpacking.py  compressed files of records, unpacked
record.py     a record's image, label and shape, and its pixels
decode.py     encoded bytes to pixels, as small as will do
order.py      the order of an epoch and the chance of a crop, from numbers alone
crops.py      Crops and Batch for training, centered for validation
writing.py    a folder becomes TFRecord files
storing.py    one of its images as a record
survey.py     what is in a TFRecord file
============  ====================================================================

Importing this package imports nothing heavy; ``Crops``, ``centered`` and ``collate`` need torch,
the rest numpy and Pillow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from impasto.dataset.crops import Batch, Crop, Crops, centered, collate
    from impasto.dataset.folder import FolderPictures
    from impasto.dataset.pictures import Pictures, open_pictures
    from impasto.dataset.shards import RecordPictures

__all__ = [
    "Batch",
    "Crop",
    "Crops",
    "FolderPictures",
    "Pictures",
    "RecordPictures",
    "centered",
    "collate",
    "open_pictures",
]

_HOMES: Final = {
    "Batch": "impasto.dataset.crops",
    "Crop": "impasto.dataset.crops",
    "Crops": "impasto.dataset.crops",
    "FolderPictures": "impasto.dataset.folder",
    "Pictures": "impasto.dataset.pictures",
    "RecordPictures": "impasto.dataset.shards",
    "centered": "impasto.dataset.crops",
    "collate": "impasto.dataset.crops",
    "open_pictures": "impasto.dataset.pictures",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that `impasto tfrecord` does not wait for torch.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
