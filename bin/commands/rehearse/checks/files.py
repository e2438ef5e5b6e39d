"""The files that were dropped, read independently: which rows they hold, which of them cannot be read, where they went.

Judged are the files as they were put into the inbox, from this machine's disk. Where S3 put them, and with which words
they were refused, is compared with what lies in the drop bucket now.
"""

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pyarrow as pa
import pyarrow.parquet as pq

from .compare import Check, same
from .config import Config
from .expected import Event

_REQUIRED = {"trade_id", "symbol", "price", "quantity", "timestamp"}

Row = tuple[int, bytes]


class UnreadableError(Exception):
    """The file has to be set aside."""


@dataclass(frozen=True)
class Dropped:
    """A file, its rows by line, and the place that the bucket gives it; no rows when it has to be set aside."""

    name: str
    stamp_end: str
    content: bytes
    rows: tuple[Row, ...] | None


def read_dropped(config: Config) -> list[Dropped]:
    """Every file that was dropped, in that order."""
    return [_read(entry) for entry in config.files["dropped"]]


def _read(entry: dict[str, Any]) -> Dropped:
    content = Path(entry["path"]).read_bytes()
    try:
        rows: tuple[Row, ...] | None = tuple(_rows(entry["name"], content))
    except UnreadableError:
        rows = None
    identity = f"{entry['key']}\0{entry['version']}\0"
    return Dropped(entry["name"], hashlib.sha256(identity.encode()).hexdigest()[:12], content, rows)


def _rows(name: str, content: bytes) -> Iterator[Row]:
    if name.endswith(".parquet"):
        yield from _parquet_rows(content)
        return
    if name.endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise UnreadableError from error
    if not content or b"\0" in content[:8192]:
        raise UnreadableError
    if ".csv" in name:
        yield from _csv_rows(content)
    else:
        yield from ((number, line) for number, line in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1))


def _csv_rows(content: bytes) -> Iterator[Row]:
    """Of files whose rows are one line each, as the rehearsal writes them."""
    lines = content.decode().splitlines()
    header = next(csv.reader(lines[:1]))
    if _REQUIRED - set(header):
        raise UnreadableError
    for number, line in enumerate(lines[1:], start=2):
        values = next(csv.reader([line]))
        if len(values) != len(header):
            yield number, line.encode()
        else:
            text = json.dumps(dict(zip(header, values, strict=True)), ensure_ascii=False, separators=(",", ":"))
            yield number, text.encode()


def _parquet_rows(content: bytes) -> Iterator[Row]:
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableError from error
    for number, record in enumerate(table.to_pylist(), start=1):
        texts = {name: value if isinstance(value, str) else format(value, "f") for name, value in record.items()}
        yield number, json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()


class Bucket:
    """The drop bucket as it is now."""

    def __init__(self, config: Config) -> None:
        url = urlsplit(config.files["inbox"])
        self._prefix = url.path.strip("/").removesuffix("/inbox")
        self._bucket = url.netloc
        self._s3 = boto3.client(
            "s3",
            endpoint_url=config.endpoint,
            region_name=config.region,
            aws_access_key_id=config.access_key_id,
            aws_secret_access_key=config.secret_access_key,
        )

    @property
    def prefix(self) -> str:
        return self._prefix

    def names(self, folder: str) -> list[str]:
        """Keys below a folder of the drop."""
        below = f"{self._prefix}/{folder}/"
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=below)
        return [entry["Key"].removeprefix(below) for page in pages for entry in page.get("Contents", [])]

    def content(self, folder: str, name: str) -> bytes:
        return self._s3.get_object(Bucket=self._bucket, Key=f"{self._prefix}/{folder}/{name}")["Body"].read()


def drop_checks(bucket: Bucket, dropped: list[Dropped]) -> list[Check]:
    """Nothing waits; every file lies, to the byte, where it belongs; every refusal says why."""
    checks = [same("files: the inbox is empty", 0, len(bucket.names("inbox")))]
    for folder, belongs in (("done", True), ("rejected", False)):
        wanted = {
            f"{each.stamp_end}/{each.name}": each.content for each in dropped if (each.rows is not None) == belongs
        }
        found = {name.partition("-")[2]: name for name in bucket.names(folder)}
        reasons = {name: place for name, place in found.items() if name.endswith(".reason.txt")}
        contents = {name: bucket.content(folder, place) for name, place in found.items() if name not in reasons}
        title = "were read" if belongs else "cannot be read"
        equal = sum(contents.get(name) == content for name, content in wanted.items())
        checks.append(same(f"files: those that {title} are in {folder}/, to the byte", len(wanted), equal))
        checks.append(same(f"files: nothing else is in {folder}/", len(wanted), len(contents)))
        if not belongs:
            told = sum(len(bucket.content(folder, place).strip()) > 0 for place in reasons.values())
            checks.append(same("files: every one that was set aside has its reason", len(wanted), told))
    return checks


def file_events(bucket: Bucket, dropped: list[Dropped], floor: int, run: int) -> list[Event]:
    """A bronze row for each row of each file that can be read.

    The n-th line counts as arrived n microseconds after its file, which itself is not before what earlier files and
    commits reach to. Of a name that was dropped twice, the second file comes after all others of the first round.
    """
    stamps = {name.partition("-")[2]: name.partition("-")[0] for name in bucket.names("done")}
    rounds: list[list[tuple[str, str, Dropped]]] = [[], []]
    seen: set[str] = set()
    for each in dropped:
        if each.rows is None:
            continue
        stamp = stamps.get(f"{each.stamp_end}/{each.name}", "")
        rounds[each.name in seen].append((stamp, each.name, each))
        seen.add(each.name)
    reached = floor
    events: list[Event] = []
    for files in rounds:
        for stamp, name, each in sorted(files, key=lambda file: file[:2]):
            arrived = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if stamp else None
            begin = max(int(arrived.timestamp()) * 1_000_000 if arrived else 0, reached)
            place = f"{bucket.prefix}/{stamp}-{each.stamp_end}/{name}"
            events += [Event(f"{place}/{line}", begin + line, payload, run) for line, payload in each.rows or ()]
            reached = begin + max((line for line, _ in each.rows or ()), default=0)
    return events
