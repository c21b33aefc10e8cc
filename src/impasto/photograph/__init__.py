"""From picture files to a painted picture with its manifest, for command and library.

==============  ==========================================================
painter.py      Painter and impasto.paint: a stylizer with files and manifests around it
settled.py      a photograph, and everything decided before its first step
masks.py        read, check and fit masks, or make them from the photograph
colors.py       keep the photograph's colors, before painting or after
changing.py     change options during a painting
diary.py        what a manifest says about the run: times, losses, scores
==============  ==========================================================
"""

from impasto.photograph.diary import Diary
from impasto.photograph.masks import opened
from impasto.photograph.painter import Painter, paint, reader_of
from impasto.photograph.settled import Settled

__all__ = ["Diary", "Painter", "Settled", "opened", "paint", "reader_of"]
