"""Every option a user can set: fields, checks, help text and JSON, one file for each method.

=============  ===========================================================
gatys.py       painting by statistics of feature maps
nearest.py     painting by nearest neighbors
presets.py     presets of each painting method
johnson.py     style networks          adain.py     any-style networks
cyclegan.py    pairs of generators    training.py  how any network is trained
apply.py       pictures through a trained network
video.py       videos
shared.py      what several of them have in common
checks.py      checks of values        values.py    plain values, for JSON
=============  ===========================================================

Standard library only, so that help and errors do not wait for numpy or torch.
"""
