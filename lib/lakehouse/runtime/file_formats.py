"""Rows of batch files as payloads for bronze: CSV and Parquet as JSON objects, JSON lines as they stand.

A file is read whole or not at all: what makes the rest of it unreadable raises BadFileError with one sentence. A row
that is wrong by itself (a CSV row with too few fields, bytes that are no text) becomes a payload as it stands, which
ends in silver as an invalid row with its reasons.

================  =================================================================================================
``.csv``          A header names the fields; every value becomes a JSON string, exactly as it stands. Blank lines are
                  nothing. Quotes may hold delimiters and line ends; a quote within quotes is doubled (RFC 4180).
``.jsonl``        Each line is a payload, byte for byte without its line feed. Also ``.ndjson``.
``.parquet``      Each row is a JSON object: decimals, dates and timestamps as exact strings, numbers and booleans as
                  JSON has them, binary as base64, structs and lists nested, null as null.
================  =================================================================================================

CSV and JSON lines may be compressed by gzip (``.csv.gz``). A byte order mark is not part of the data.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from file_rows import BadFileError, Row, check_fields
from parquet_payloads import parquet_rows

csv.field_size_limit(2**31 - 1)

MOST_RECORD_BYTES = 16 * 1024 * 1024
_SNIFFED_BYTES = 8192
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class FileFormat:
    """What is agreed upon with those who drop files.

    Attributes:
        delimiter: Between two fields of a CSV row.
        quote: Around a CSV field.
        encoding: Of CSV files; a Python codec whose first 128 characters are those of ASCII.
        required: Fields that every CSV header and every Parquet schema must have.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    required: tuple[str, ...] = ()


TextReader = Callable[[IO[bytes], FileFormat], Iterator[Row]]


def read_rows(path: str, name: str, file_format: FileFormat) -> Iterator[Row]:
    """The rows of a local file, judged by its name. Raises BadFileError, also after rows."""
    uncompressed = name.lower().removesuffix(".gz")
    compressed = uncompressed != name.lower()
    _, dot, extension = uncompressed.rpartition(".")
    if dot + extension == ".parquet" and not compressed:
        return parquet_rows(path, file_format.required)
    if dot + extension not in _TEXT_READERS:
        raise BadFileError("its name ends in none of .csv, .jsonl, .ndjson (or these and .gz) and .parquet")
    return _text_rows(path, compressed, _TEXT_READERS[dot + extension], file_format)


def _text_rows(path: str, compressed: bool, reader: TextReader, file_format: FileFormat) -> Iterator[Row]:
    try:
        with gzip.open(path) if compressed else open(path, "rb") as file:
            start = file.peek(_SNIFFED_BYTES)[:_SNIFFED_BYTES]
            if not start:
                raise BadFileError("it is empty")
            if start.startswith(_GZIP_MAGIC):
                raise BadFileError("it is compressed by gzip, and its name does not end in .gz")
            if b"\0" in start:
                raise BadFileError("it holds binary data, not text")
            if start.startswith(codecs.BOM_UTF8):
                file.read(len(codecs.BOM_UTF8))
            yield from reader(file, file_format)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = "it ends too early" if isinstance(error, EOFError) else str(error)
        raise BadFileError(f"its gzip data cannot be read: {reason}") from error


def _json_lines(file: IO[bytes], _: FileFormat) -> Iterator[Row]:
    for line, text in enumerate(_lines(file), start=1):
        yield Row(line, text.removesuffix(b"\n"))


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    line = 0
    while text := file.readline(MOST_RECORD_BYTES + 1):
        line += 1
        if len(text) > MOST_RECORD_BYTES:
            raise BadFileError(f"line {line} has more than {MOST_RECORD_BYTES // 2**20} MiB")
        yield text


class _Record:
    """The lines that the CSV reader has taken since the last record."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._lines = _lines(file)
        self._encoding = encoding
        self.raw = b""
        self.begin = 1
        self.line = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._lines:
            self.line += 1
            self.raw += text
            if len(self.raw) > MOST_RECORD_BYTES:
                raise BadFileError(
                    f"the record from line {self.begin} on has more than {MOST_RECORD_BYTES // 2**20} MiB; "
                    "is a quote left open"
                )
            yield text.decode(self._encoding, "surrogateescape")

    def take(self) -> tuple[int, bytes]:
        """The line where the record began, and its bytes; the next one begins."""
        taken = self.begin, self.raw.rstrip(b"\r\n")
        self.begin, self.raw = self.line + 1, b""
        return taken


def _csv_rows(file: IO[bytes], file_format: FileFormat) -> Iterator[Row]:
    record = _Record(file, file_format.encoding)
    fields = csv.reader(record, delimiter=file_format.delimiter, quotechar=file_format.quote, strict=True)
    header = _header(fields, record)
    check_fields(header, file_format.required)
    names = [f"{json.dumps(name, ensure_ascii=False)}:" for name in header]
    while True:
        try:
            values = next(fields)
        except StopIteration:
            return
        except csv.Error as error:
            values = _bad_record(record, error)
        line, raw = record.take()
        if values == []:
            continue
        payload = None if values is None or len(values) != len(names) else _json_object(names, values)
        yield Row(line, raw if payload is None else payload)


def _header(fields: Iterator[list[str]], record: _Record) -> list[str]:
    try:
        header = next(fields)
        "".join(header).encode()
    except (csv.Error, UnicodeError, StopIteration) as error:
        raise BadFileError("its first line is no CSV header") from error
    record.take()
    return header


def _bad_record(record: _Record, error: csv.Error) -> None:
    # The reader's word for a file that ends within quotes: what follows the open quote was taken for one field.
    if str(error) == "unexpected end of data":
        raise BadFileError(f"the quote that line {record.begin} opens is never closed") from error


def _json_object(names: list[str], values: list[str]) -> bytes | None:
    """None when a value holds bytes that are no text."""
    try:
        pairs = (name + json.dumps(value, ensure_ascii=False) for name, value in zip(names, values, strict=True))
        return f"{{{','.join(pairs)}}}".encode()
    except UnicodeEncodeError:
        return None


_TEXT_READERS: dict[str, TextReader] = {
    ".csv": _csv_rows,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}
