"""Painting by optimising the image itself (Gatys, Ecker and Bethge 2016)."""
