"""The old place of :mod:`impasto.options.johnson`."""

from impasto.options.johnson import TRAINING, JohnsonOptions

__all__ = ["TRAINING", "JohnsonOptions"]
