"""Rows on disk in as many parts as keep each of them small, so that what is compared needs no more memory than a part.

A row's part is told by its key, which both sides of a comparison have: rows that belong together meet in one part.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa

# A part of expected rows, as Python holds them, has some tens of MiB.
ROWS_IN_A_PART = 50_000
_BUFFERED = 20_000
# Bytes that tell how many follow.
_SIZE = 8


def number_of_parts(rows: int) -> int:
    """How many parts so many rows are divided into."""
    return max(1, -(-rows // ROWS_IN_A_PART))


class Records:
    """Plain tuples of texts, bytes, numbers and tuples, by part, in the order in which they are added to it."""

    def __init__(self, folder: Path, parts: int) -> None:
        folder.mkdir(parents=True)
        self._files = [folder / str(part) for part in range(parts)]
        self._waiting: list[list[tuple]] = [[] for _ in self._files]
        self._count = 0

    @property
    def parts(self) -> range:
        return range(len(self._files))

    def add(self, key: bytes, record: tuple) -> None:
        """Puts a record into the part of its key."""
        self._waiting[crc32(key) % len(self._files)].append(record)
        self._count += 1
        if self._count >= _BUFFERED:
            self._flush()

    def read(self, part: int) -> Iterator[tuple]:
        """The records of a part."""
        self._flush()
        if not self._files[part].exists():
            return
        with self._files[part].open("rb") as file:
            while size := file.read(_SIZE):
                # From memory: marshal asks a file for every value by itself.
                yield from marshal.loads(file.read(int.from_bytes(size, "big")))

    def _flush(self) -> None:
        for path, records in zip(self._files, self._waiting, strict=True):
            if records:
                written = marshal.dumps(records)
                with path.open("ab") as file:
                    file.write(len(written).to_bytes(_SIZE, "big") + written)
                records.clear()
        self._count = 0


class Rows:
    """Rows of an Arrow table by part. Used as a context: all are added within it, and read behind it."""

    def __init__(self, folder: Path, parts: int, schema: pa.Schema) -> None:
        folder.mkdir(parents=True)
        self._files = [folder / str(part) for part in range(parts)]
        self._schema = schema
        self._open = ExitStack()
        self._writers: list[Any] = []

    def __enter__(self) -> Rows:
        for path in self._files:
            sink = self._open.enter_context(pa.OSFile(str(path), "wb"))
            self._writers.append(self._open.enter_context(pa.ipc.new_stream(sink, self._schema)))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, rows: pa.Table, keys: Sequence[bytes]) -> None:
        """Puts each row into the part of its key."""
        parts = np.fromiter((crc32(key) % len(self._files) for key in keys), np.int64, len(keys))
        order = np.argsort(parts, kind="stable")
        bounds = np.searchsorted(parts[order], np.arange(len(self._files) + 1))
        sorted_rows = rows.take(pa.array(order))
        for writer, (begin, end) in zip(self._writers, pairwise(bounds), strict=True):
            if end > begin:
                writer.write_table(sorted_rows.slice(begin, end - begin))

    def read(self, part: int) -> pa.Table:
        """The rows of a part."""
        with pa.OSFile(str(self._files[part]), "rb") as source:
            return pa.ipc.open_stream(source).read_all()


def texts(column: pa.ChunkedArray | pa.Array) -> Iterable[bytes | None]:
    """The bytes of each text of a column, which need not be UTF-8."""
    return column.cast(pa.binary()).to_pylist()
