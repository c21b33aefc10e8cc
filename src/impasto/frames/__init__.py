"""Films: files in, frames out, and back.

===========  ============================================================================
film.py      what a film is: Film, Frame, Place, Reading
reading.py   any film, folder or pattern of pictures becomes a Reader
container.py a film file, by PyAV
streams.py   which of its streams is the film; packets and frames, the bad ones left out
room.py      whether frames fit into memory
decoding.py  its frames from any time on
clock.py     a time that goes on where the file's jumps
damage.py    what was put right, counted and told
animation.py an animated WebP
pictures.py  a folder of pictures as a film
sequence.py  names of pictures that are frames: %04d.png
timing.py    which frames are wanted, when they are shown
color.py     what a decoder gives as 8-bit sRGB, HDR too
codecs.py    in which ways films are written: a literal table
segment.py   a stretch of frames encoded, and read again
joining.py   segments, sound and subtitles put together without encoding anything again
order.py     decoding times of packets that come from several segments
unpacking.py segments as an animated GIF or a folder of pictures
camera.py    the frames of a camera
===========  ============================================================================
"""

from impasto.frames.film import Film, Frame, Place, Reader, Reading
from impasto.frames.reading import open_film

__all__ = ["Film", "Frame", "Place", "Reader", "Reading", "open_film"]
