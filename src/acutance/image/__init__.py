"""Planes, ranges, matrices, resizing, padding and tiles: NumPy only, and no knowledge of the rest of the package."""
