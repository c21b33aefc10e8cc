"""Pixels of pictures as arrays (H, W, 3), with numpy only: no torch, no files."""
