"""Reads Iceberg tables with DuckDB, in a process of its own: there are tables on which DuckDB ends its process."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

import duckdb

_connection: duckdb.DuckDBPyConnection
_extensions: Sequence[str]


class ReaderCrashed(Exception):
    """DuckDB has ended its own process."""


class DuckDbReader:
    """A reader that lives on when DuckDB does not."""

    def __init__(self, extensions: Sequence[str]) -> None:
        self._extensions = tuple(extensions)
        self._pool = self._new_pool()

    def rows(self, metadata_file: str) -> list[tuple[Any, ...]]:
        """All rows of the table whose metadata file is given. Raises ReaderCrashed, or what DuckDB raises."""
        try:
            return self._pool.submit(_rows, metadata_file).result(timeout=60)
        except BrokenProcessPool as error:
            self._pool = self._new_pool()
            raise ReaderCrashed("DuckDB ended its process") from error

    def close(self) -> None:
        self._pool.shutdown()

    def _new_pool(self) -> ProcessPoolExecutor:
        # A fork would take Spark's gateway with it.
        return ProcessPoolExecutor(1, get_context("spawn"), _connect, (self._extensions,))


def _connect(extensions: Sequence[str]) -> None:
    global _connection, _extensions
    _extensions = extensions
    _connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for extension in extensions:
        _connection.load_extension(extension)
    _connection.execute("SET TimeZone = 'UTC'")


def _rows(metadata_file: str) -> list[tuple[Any, ...]]:
    try:
        # By way of Arrow: DuckDB's own rows need another package for instants.
        table = _connection.execute("SELECT * FROM iceberg_scan(?)", [metadata_file]).fetch_arrow_table()
    except duckdb.FatalException:
        _connect(_extensions)
        raise
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
