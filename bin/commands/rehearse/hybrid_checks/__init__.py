"""Judges a lake and the warehouse that its silver is copied to, and changes silver for it."""
