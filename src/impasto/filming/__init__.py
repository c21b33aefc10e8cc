"""Films painted: frames in, painted frames out, one after the other and with a memory.

=============  ==========================================================================
options.py     what can be asked
manner.py      in which manner: data that can travel, and the painter it becomes
networked.py   a trained network with a memory of the last frame
optimized.py   frames that are optimized, each tied to those before
watching.py    what is known of each frame's past
stages.py      work that goes on ahead in threads, and never far ahead
room.py        whether a film fits into memory
stretch.py     decoder, motion and painter as a pipeline
writing.py     painted frames become segments
parts.py       the folder of a film in the making
film.py        from file to file
recipe.py      what a film is made from, and whether it has been made
pieces.py      a film divided for many workers
cluster.py     and painted by them
scoring.py     a painted film judged by numbers
=============  ==========================================================================
"""
