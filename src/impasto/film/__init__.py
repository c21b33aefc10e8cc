"""Films: files to frames, frames painted, and back to files.

Reading: ``opening`` chooses a reader (``container`` with ``streams`` and ``decoding``, or
``pictures``, ``animation``, ``camera``); ``timing`` picks frames, ``color`` makes them sRGB,
``damage`` counts repairs. Painting: ``frame_style`` (``networked``, ``optimized``), ``motion``,
``scenes``, ``pipeline``. Writing: ``codecs``, ``segments``, ``parts``, ``joining``, ``unpacking``.
``timelapse`` writes the films of a run's snapshots. Whole films:
``filming``, ``recipe``, ``cluster``, ``scoring``.
"""

from impasto.film.film import Film, Frame, Place, Reader, Reading
from impasto.film.opening import open_film

__all__ = ["Film", "Frame", "Place", "Reader", "Reading", "open_film"]
