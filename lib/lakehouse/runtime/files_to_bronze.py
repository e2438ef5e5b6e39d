"""Batch files to bronze, each exactly once: the Glue job that reads a drop bucket (see file_drop.py, file_formats.py).

    files_to_bronze.py --table bronze.trades --bucket B --prefix drop [--required_fields trade_id,symbol]
                       [--csv_delimiter , --csv_quote '"' --csv_encoding utf-8]

A file is read whole before anything of it is committed; one that cannot be is set aside with its reason, and the rest
goes on. The files of a batch are written down, the batch's name is committed with their rows, then they are moved out
of the inbox. A run that dies before the commit has changed nothing; the run after one that died behind it moves the
files of the batch that the table names, and reads none of them again. A commit is refused when the table was changed
since it was asked for its last batch (see bronze.py), so that two runs at a time do no harm either.

``source`` is the place of the file below the drop's prefix and the number of the line. ``ingested_at`` of a file's n-th
line is n microseconds after the file arrived in S3, later where an earlier file or commit reaches further: of two
versions of a trade, the one that stands further down is the newer one.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bronze import FILES_BATCH, BronzeTable, ConflictError
from file_drop import DroppedFile, FileDrop
from file_formats import FileFormat, read_rows
from file_rows import BadFileError
from tables import JobError, job_summary, run_job

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

# What one commit holds at most: enough for few commits, little enough that one that must be repeated costs little.
_MOST_FILES = 1000
_MOST_BYTES = 1 << 30
_ATTEMPTS = 10
_ROWS_AT_A_TIME = 5000

_PARSED = "file INT, line LONG, payload BINARY, reason STRING"


@dataclass
class Counts:
    """What a run did, in rows and files."""

    rows: int = 0
    files: int = 0
    rejected: int = 0


def client() -> Any:
    """S3, with the credentials of the job's role."""
    import boto3

    return boto3.client("s3")


class Parser:
    """Runs where Spark's executors are: a file's rows, or the reason against it."""

    def __init__(self, bucket: str, prefix: str, files: list[DroppedFile], file_format: FileFormat) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._files = files
        self._format = file_format

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        drop = FileDrop(client(), self._bucket, self._prefix)
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from self._parse(drop, number)

    def _parse(self, drop: FileDrop, number: int) -> Iterator[pa.RecordBatch]:
        file = self._files[number]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            drop.fetch(file, path)
            lines: list[int] = []
            payloads: list[bytes] = []
            size = 0
            try:
                for line, payload in read_rows(path, file.name, self._format):
                    lines.append(line)
                    payloads.append(payload)
                    size += len(payload)
                    if len(lines) == _ROWS_AT_A_TIME or size > 1 << 23:
                        yield _record_batch(number, lines, payloads)
                        lines, payloads, size = [], [], 0
            except BadFileError as error:
                yield _record_batch(number, [None], [None], str(error))
                return
            yield _record_batch(number, lines, payloads)


def _record_batch(
    number: int, lines: list[Any], payloads: list[bytes | None], reason: str | None = None
) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [
        pa.array([number] * len(lines), pa.int32()),
        pa.array(lines, pa.int64()),
        pa.array(payloads, pa.binary()),
        pa.array([reason] * len(lines), pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, ["file", "line", "payload", "reason"])


class FilesToBronze:
    """One run of the job."""

    def __init__(self, spark: SparkSession, table: str, drop: FileDrop, file_format: FileFormat) -> None:
        self._spark = spark
        self._table = BronzeTable(spark, table)
        self._drop = drop
        self._format = file_format
        self.counts = Counts()

    def run(self) -> Counts:
        """Reads until the inbox is empty. Raises JobError when other writers leave no room."""
        conflicts = 0
        while conflicts < _ATTEMPTS:
            try:
                if not self._run_batch():
                    return self.counts
                conflicts = 0
            except ConflictError:
                conflicts += 1
        raise JobError(
            f"{self._table.name}: other writers were faster {_ATTEMPTS} times. Let fewer jobs write it at a time."
        )

    def _run_batch(self) -> bool:
        """Reads the files that arrived first; False when there are none."""
        # In this order: what is committed behind this head is noticed, whatever the inbox showed.
        head = self._table.head()
        last = head.positions.get(FILES_BATCH)
        if last is not None:
            self._drop.settle(last)
        files = self._drop.waiting(_MOST_FILES, _MOST_BYTES)
        if not files:
            return False
        from pyspark import StorageLevel

        parsed = self._parse(files).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            verdicts = _verdicts(parsed)
            reasons = {number: reason for number, (_, reason) in verdicts.items() if reason}
            for number, reason in reasons.items():
                self._drop.set_aside(files[number], reason)
                self.counts.rejected += 1
            good = [number for number in range(len(files)) if number not in reasons]
            if good:
                self._commit(head, parsed, files, {number: verdicts.get(number, (0, None))[0] for number in good})
        finally:
            parsed.unpersist()
        return True

    def _parse(self, files: list[DroppedFile]) -> DataFrame:
        slices = min(len(files), 4 * self._spark.sparkContext.defaultParallelism)
        numbers = self._spark.range(0, len(files), 1, slices).selectExpr("CAST(id AS INT) AS file")
        parser = Parser(self._drop.bucket, self._drop.prefix, files, self._format)
        return numbers.mapInArrow(parser, _PARSED)

    def _commit(self, head: Any, parsed: DataFrame, files: list[DroppedFile], lines: dict[int, int]) -> None:
        """lines: the number of the last line of each file that is good, by the file's number."""
        batch = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:12]}"
        self._drop.write_batch(batch, ((files[number], last) for number, last in lines.items()))

        def rows(newest: int | None) -> DataFrame:
            places = [
                (number, self._drop.source(files[number]), begin)
                for number, begin in begins(files, lines, newest).items()
            ]
            of_file = self._spark.createDataFrame(places, "file INT, source STRING, begin LONG")
            return parsed.join(of_file.hint("broadcast"), "file").selectExpr(
                "cast(payload AS STRING) AS raw_payload",
                "concat(source, '/', line) AS source",
                "timestamp_micros(begin + line) AS ingested_at",
            )

        self.counts.rows += self._table.append_on(head, {FILES_BATCH: batch}, rows)
        self.counts.files += len(lines)
        self._drop.settle(batch)


def begins(files: list[DroppedFile], lines: dict[int, int], newest: int | None) -> dict[int, int]:
    """When, in microseconds, each file counts as arrived: never before what an earlier file or commit reaches to."""
    reached = -1 if newest is None else newest
    result: dict[int, int] = {}
    # Files come in the order of their arrival.
    for number in sorted(lines):
        result[number] = max(int(files[number].arrived.timestamp()) * 1_000_000, reached)
        reached = result[number] + lines[number]
    return result


def _verdicts(parsed: DataFrame) -> dict[int, tuple[int, str | None]]:
    """The last line of each file with rows, and the reason against it, if any."""
    found = parsed.groupBy("file").agg({"line": "max", "reason": "max"})
    rows = found.selectExpr("file", "`max(line)` AS line", "`max(reason)` AS reason").collect()
    return {row["file"]: (row["line"] or 0, row["reason"]) for row in rows}


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="files_to_bronze.py", allow_abbrev=False)
    parser.add_argument("--JOB_NAME", default="files_to_bronze")
    for name in ("table", "bucket", "prefix"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--csv_delimiter", default=FileFormat.delimiter)
    parser.add_argument("--csv_quote", default=FileFormat.quote)
    parser.add_argument("--csv_encoding", default=FileFormat.encoding)
    parser.add_argument("--required_fields", default="")
    return parser.parse_known_args(argv)[0]


def run(argv: list[str]) -> dict[str, Any]:
    """Runs the job and returns its summary."""
    started = time.monotonic()
    arguments = _arguments(argv)
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName(arguments.JOB_NAME).getOrCreate()
    file_format = FileFormat(
        delimiter=arguments.csv_delimiter,
        quote=arguments.csv_quote,
        encoding=arguments.csv_encoding,
        required=tuple(name for name in arguments.required_fields.split(",") if name),
    )
    drop = FileDrop(client(), arguments.bucket, arguments.prefix)
    counts = FilesToBronze(spark, arguments.table, drop, file_format).run()
    return job_summary(arguments.JOB_NAME, started, rows_in=counts.rows, rows_out=counts.rows, files=asdict(counts))


if __name__ == "__main__":
    run_job(run)
