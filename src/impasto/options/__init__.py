"""Every option a user can set: one file a method, its fields, checks, help text and JSON.

=============  ===========================================================
gatys.py       painting by statistics of feature maps
nearest.py     painting by nearest neighbors
presets.py     recipes by name, for each method that paints
johnson.py     style networks          adain.py     any-style networks
cyclegan.py    pairs of translators    training.py  how any network is trained
apply.py       pictures through a trained network
video.py       films
shared.py      what several of them have in common
checks.py      checks of values        values.py    plain values, for JSON
=============  ===========================================================

Standard library only: help and mistakes do not wait for numpy or torch.
"""
