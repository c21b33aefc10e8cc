"""Pixels of pictures as arrays (H, W, 3): numpy alone, no torch and no file."""
