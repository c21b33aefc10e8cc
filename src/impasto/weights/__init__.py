"""Network weights, offline first: bundled, imported from a file, or fetched when asked.

VGG-16 is part of the package. VGG-19 comes from whichever publisher's file the user has, converted
once into the canonical format (`canonical`), or from the network on an explicit command.
"""

from impasto.weights.canonical import feature_network, load
from impasto.weights.fetching import fetch
from impasto.weights.importing import Imported, import_file
from impasto.weights.published import CONVENTIONS, WEIGHTS, Published, WeightsFile
from impasto.weights.store import bundled, faults, present, resolve

__all__ = [
    "CONVENTIONS",
    "WEIGHTS",
    "Imported",
    "Published",
    "WeightsFile",
    "bundled",
    "faults",
    "feature_network",
    "fetch",
    "import_file",
    "load",
    "present",
    "resolve",
]
