"""Neural style transfer: paint a photograph in the manner of any picture."""

__version__ = "0.1.0"
