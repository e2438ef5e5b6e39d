"""Judges what a warehouse holds, by a computation of its own over what the sources have served."""
