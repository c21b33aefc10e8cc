"""The version of impasto, for manifests and ``impasto --version``."""

__version__ = "0.1.0"
