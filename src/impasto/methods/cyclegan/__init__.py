"""Two sets of pictures, each translated into the manner of the other (Zhu et al. 2017)."""
