"""Painting by features replaced with the nearest of the style (Kolkin et al. 2022)."""
