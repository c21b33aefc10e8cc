"""What moves in a film, and where to: arrays in, arrays out; no file, no print, no clock.

=============  ==========================================================================
flow.py        dense motion between two frames, forward and backward
occlusion.py   where the motion can be relied upon
warp.py        a picture carried along with the motion
detail.py      strokes that stay as strong as they were painted
cuts.py        where one scene ends and the next begins
consistency.py the number by which flicker is judged
=============  ==========================================================================

Frames are (H, W, 3); motion is (H, W, 2) float32, columns then rows, in pixels of the frame.
"""
