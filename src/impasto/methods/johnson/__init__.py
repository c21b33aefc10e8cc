"""One feed-forward network that paints in many styles at once (Johnson et al. 2016)."""
