"""Painting by optimizing the image itself (Gatys, Ecker and Bethge 2016)."""
