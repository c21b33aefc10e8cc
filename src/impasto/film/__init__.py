"""Films: files to frames, frames painted, and back to files.

Reading: ``readers`` chooses ``container`` (with ``packets`` and ``decoding``) or
``picture_folder``; ``camera`` stands beside them; ``timing`` picks frames, ``srgb`` converts them,
``damage`` counts repairs. Painting: ``frame_style`` (``networked``, ``optimized``), ``motion``,
``scenes``, ``pipeline``; ``keyed`` with ``keyframes`` and ``charts``. Writing: ``codecs``,
``segments``, ``parts``, ``joining``, ``unpacking``. ``timelapse`` writes the films of a run's
snapshots. Whole films: ``video``, ``film``, ``manifest``, ``cluster``, ``scores``.
"""

from impasto.film.frames import Film, Frame, Place, Reader, Reading
from impasto.film.readers import open_film

__all__ = ["Film", "Frame", "Place", "Reader", "Reading", "open_film"]
