"""Two sets of pictures, each translated into the style of the other (Zhu et al. 2017)."""
