"""One feed-forward network for any style, given as a picture (Huang and Belongie 2017)."""
