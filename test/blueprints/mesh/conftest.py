"""Lends the Spark session to every test of this folder."""

from runtime_support import spark  # noqa: F401
