"""Each file once: the job's own code on Spark and Iceberg, with the emulator's S3 and its versions of objects."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from emulator_harness import ACCOUNT, REGION, Emulator, started_emulator

import files_to_bronze
from bronze import FILES_BATCH, KAFKA_OFFSETS, BronzeTable, ConflictError
from file_drop import DroppedFile, FileDrop
from file_formats import FileFormat
from files_to_bronze import FilesToBronze
from tables import JobError

TABLE = "bronze.dropped"
AGREED = FileFormat(required=("id",))


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory, spark: Any) -> Iterator[Emulator]:
    with started_emulator(tmp_path_factory.mktemp("s3")) as (emulator, _), pytest.MonkeyPatch.context() as patch:
        # As a Glue job finds its role's credentials, on the driver and where Python runs beside the executors.
        credentials = {
            "AWS_ENDPOINT_URL": emulator.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
        }
        for name, value in credentials.items():
            patch.setenv(name, value)
            patch.setitem(spark.sparkContext.environment, name, value)
        yield emulator


class Bucket:
    """A bucket with versions, its drop, and the job on it."""

    def __init__(self, s3: Any, name: str, spark: Any) -> None:
        self.s3 = s3
        self.name = name
        self.spark = spark
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.drop = FileDrop(s3, name, "drop")

    def put(self, name: str, content: bytes) -> str:
        return self.s3.put_object(Bucket=self.name, Key=f"drop/inbox/{name}", Body=content)["VersionId"]

    def keys(self, folder: str) -> list[str]:
        """Names below a folder, without stamps."""
        found = self.s3.list_objects_v2(Bucket=self.name, Prefix=f"drop/{folder}/").get("Contents", [])
        return sorted(entry["Key"].split("/", 3)[3] for entry in found)

    def text(self, ending: str) -> str:
        found = self.s3.list_objects_v2(Bucket=self.name, Prefix="drop/")["Contents"]
        (key,) = [entry["Key"] for entry in found if entry["Key"].endswith(ending)]
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read().decode()

    def waiting(self) -> list[str]:
        return [file.name for file in self.drop.waiting(100, 1 << 30)]

    def run(self, drop: FileDrop | None = None) -> FilesToBronze:
        job = FilesToBronze(self.spark, TABLE, drop or self.drop, AGREED)
        job.run()
        return job

    def rows(self) -> list[tuple[str, str]]:
        """File and line, and payload, in the order of ingested_at."""
        found = self.spark.sql(f"SELECT source, raw_payload FROM {TABLE} ORDER BY ingested_at").collect()
        return [(row[0].split("/", 2)[2], row[1]) for row in found]


@pytest.fixture
def bucket(aws: Emulator, spark: Any) -> Iterator[Bucket]:
    spark.sql("CREATE DATABASE IF NOT EXISTS bronze")
    spark.sql(f"CREATE TABLE {TABLE} (raw_payload STRING, source STRING, ingested_at TIMESTAMP) USING iceberg")
    yield Bucket(aws.client("s3"), f"drop-{uuid.uuid4()}", spark)
    spark.sql(f"DROP TABLE {TABLE} PURGE")


def test_files_of_every_format_land_once_and_leave_the_inbox(bucket: Bucket) -> None:
    bucket.put("a.csv", b"id,n\n1,x\n2\n")
    bucket.put("deep/b.jsonl", b'{"id":3}\nno json\n')
    job = bucket.run()
    assert sorted(bucket.rows()) == [
        ("a.csv/2", '{"id":"1","n":"x"}'),
        ("a.csv/3", "2"),
        ("deep/b.jsonl/1", '{"id":3}'),
        ("deep/b.jsonl/2", "no json"),
    ]
    assert (job.counts.rows, job.counts.files, job.counts.rejected) == (4, 2, 0)
    assert (bucket.waiting(), bucket.keys("done")) == ([], ["a.csv", "deep/b.jsonl"])


def test_a_second_run_finds_nothing_and_commits_nothing(bucket: Bucket) -> None:
    bucket.put("a.jsonl", b"1\n")
    bucket.run()
    before = BronzeTable(bucket.spark, TABLE).head()
    assert bucket.run().counts.rows == 0
    assert BronzeTable(bucket.spark, TABLE).head() == before


def test_bad_files_are_set_aside_with_their_reason_and_the_rest_goes_on(bucket: Bucket) -> None:
    bucket.put("empty.jsonl", b"")
    bucket.put("header.csv", b"number\n1\n")
    bucket.put("good.csv", b"id\n1\n")
    job = bucket.run()
    assert bucket.rows() == [("good.csv/2", '{"id":"1"}')]
    assert bucket.keys("rejected") == [
        "empty.jsonl",
        "empty.jsonl.reason.txt",
        "header.csv",
        "header.csv.reason.txt",
    ]
    assert bucket.text("empty.jsonl.reason.txt") == "empty.jsonl: it is empty.\n"
    assert bucket.text("header.csv.reason.txt") == "header.csv: it lacks the field 'id'.\n"
    assert bucket.text("/header.csv") == "number\n1\n"
    assert (job.counts.files, job.counts.rejected, bucket.waiting()) == (1, 2, [])


def test_bad_files_alone_commit_nothing(bucket: Bucket) -> None:
    bucket.put("empty.jsonl", b"")
    bucket.run()
    assert BronzeTable(bucket.spark, TABLE).head().snapshot is None


def test_nothing_of_a_file_that_turns_out_bad_at_its_end_lands(bucket: Bucket) -> None:
    bucket.put("a.csv", b'id\n1\n2\n"3\n')
    bucket.run()
    assert bucket.rows() == []
    assert bucket.text("reason.txt") == "a.csv: the quote that line 4 opens is never closed.\n"


class Killed(Exception):
    pass


class DiesBefore(FileDrop):
    """The job's end at a step: what Spark and S3 have by then stays."""

    def __init__(self, bucket: Bucket, step: str) -> None:
        super().__init__(bucket.s3, bucket.name, "drop")
        self._step = step

    def _die_at(self, step: str) -> None:
        if step == self._step:
            raise Killed

    def write_batch(self, *args: Any) -> None:
        self._die_at("write_batch")
        super().write_batch(*args)
        self._die_at("commit")

    def settle(self, batch: str) -> None:
        self._die_at("settle")
        super().settle(batch)

    def _move(self, file: DroppedFile, folder: str) -> None:
        if file.name.startswith("b"):
            self._die_at("second move")
        super()._move(file, folder)


@pytest.mark.parametrize("step", ["write_batch", "commit", "settle", "second move"])
def test_a_run_that_dies_anywhere_loses_nothing_and_repeats_nothing(bucket: Bucket, step: str) -> None:
    bucket.put("a.jsonl", b"1\n2\n")
    bucket.put("b.jsonl", b"3\n")
    bucket.put("bad.csv", b"")
    with pytest.raises(Killed):
        bucket.run(DiesBefore(bucket, step))
    committed = BronzeTable(bucket.spark, TABLE).head().snapshot is not None
    assert committed == (step == "settle" or (step == "second move" and bool(bucket.rows())))
    bucket.run()
    assert sorted(bucket.rows()) == [("a.jsonl/1", "1"), ("a.jsonl/2", "2"), ("b.jsonl/1", "3")]
    assert (bucket.waiting(), bucket.keys("done")) == ([], ["a.jsonl", "b.jsonl"])
    assert bucket.keys("rejected") == ["bad.csv", "bad.csv.reason.txt"]


def test_a_name_that_is_used_again_is_another_file(bucket: Bucket) -> None:
    bucket.put("a.jsonl", b"1\n")
    bucket.run()
    bucket.put("a.jsonl", b"2\n")
    bucket.run()
    assert bucket.rows() == [("a.jsonl/1", "1"), ("a.jsonl/1", "2")]
    assert bucket.spark.sql(f"SELECT DISTINCT source FROM {TABLE}").count() == 2


def test_a_file_that_is_overwritten_unread_is_read_too_and_is_the_older_one(bucket: Bucket) -> None:
    bucket.put("a.jsonl", b"1\n")
    bucket.put("a.jsonl", b"2\n")
    bucket.run()
    assert bucket.rows() == [("a.jsonl/1", "1"), ("a.jsonl/1", "2")]
    assert bucket.waiting() == []


def test_a_file_that_its_owner_deleted_is_not_read(bucket: Bucket) -> None:
    bucket.put("a.jsonl", b"1\n")
    bucket.s3.delete_object(Bucket=bucket.name, Key="drop/inbox/a.jsonl")
    bucket.put("folder/", b"")
    bucket.run()
    assert bucket.rows() == []


def test_a_file_that_arrives_while_its_name_is_moved_stays(bucket: Bucket) -> None:
    class OvertakenDrop(FileDrop):
        def settle(self, batch: str) -> None:
            bucket.put("a.jsonl", b"2\n")
            super().settle(batch)
            raise Killed

    bucket.put("a.jsonl", b"1\n")
    with pytest.raises(Killed):
        bucket.run(OvertakenDrop(bucket.s3, bucket.name, "drop"))
    assert bucket.waiting() == ["a.jsonl"]
    bucket.run()
    assert bucket.rows() == [("a.jsonl/1", "1"), ("a.jsonl/1", "2")]


def overtaking(bucket: Bucket, what: Callable[[], Any], times: int) -> FileDrop:
    """Something else commits between a run's reading of the inbox and its commit."""
    left = [times]

    class OvertakenDrop(FileDrop):
        def write_batch(self, *args: Any) -> None:
            super().write_batch(*args)
            if left[0]:
                left[0] -= 1
                what()

    return OvertakenDrop(bucket.s3, bucket.name, "drop")


def test_two_runs_at_a_time_read_a_file_once(bucket: Bucket) -> None:
    def run_another() -> None:
        bucket.put("b.jsonl", b"2\n")
        bucket.run()

    bucket.put("a.jsonl", b"1\n")
    bucket.run(overtaking(bucket, run_another, times=1))
    assert sorted(bucket.rows()) == [("a.jsonl/1", "1"), ("b.jsonl/1", "2")]
    assert (bucket.waiting(), bucket.keys("done")) == ([], ["a.jsonl", "b.jsonl"])


def stream(bucket: Bucket, payload: str, ingested_at: str) -> None:
    sql = f"SELECT '{payload}' AS raw_payload, 'trades/0/0' AS source, TIMESTAMP '{ingested_at}' AS ingested_at"
    BronzeTable(bucket.spark, TABLE).append({KAFKA_OFFSETS: '{"trades":{"0":1}}'}, lambda _: bucket.spark.sql(sql))


def test_rows_are_newer_than_what_another_job_committed_meanwhile(bucket: Bucket) -> None:
    bucket.put("a.jsonl", b"1\n")
    bucket.run(overtaking(bucket, lambda: stream(bucket, "from kafka", "2999-01-01T00:00:00Z"), times=1))
    assert [payload for _, payload in bucket.rows()] == ["from kafka", "1"]


def test_a_table_that_is_never_left_alone_is_given_up(bucket: Bucket) -> None:
    bucket.put("a.jsonl", b"1\n")
    with pytest.raises(JobError, match="other writers were faster 10 times"):
        bucket.run(overtaking(bucket, lambda: stream(bucket, "x", "2026-01-01T00:00:00Z"), times=99))
    assert bucket.waiting() == ["a.jsonl"]


def test_a_commit_carries_the_positions_of_the_other_sources_on(bucket: Bucket) -> None:
    stream(bucket, "from kafka", "2026-01-01T00:00:00Z")
    bucket.put("a.jsonl", b"1\n")
    bucket.run()
    positions = BronzeTable(bucket.spark, TABLE).head().positions
    assert positions[KAFKA_OFFSETS] == '{"trades":{"0":1}}'
    (entry,) = json.loads(bucket.text(f"{positions[FILES_BATCH]}.json"))
    assert (entry["name"], entry["rows"]) == ("a.jsonl", 1)


def test_an_append_on_a_commit_that_is_not_the_newest_any_more_is_refused(bucket: Bucket) -> None:
    table = BronzeTable(bucket.spark, TABLE)
    stream(bucket, "1", "2026-01-01T00:00:00Z")
    head = table.head()
    stream(bucket, "2", "2026-01-01T00:00:00Z")
    with pytest.raises(ConflictError):
        table.append_on(head, {}, lambda _: bucket.spark.table(TABLE))
    assert bucket.spark.table(TABLE).count() == 2
    assert bucket.spark.sql(f"SELECT name FROM {TABLE}.refs").collect() == [("main",)]


def test_a_table_whose_commits_tell_no_position_is_refused(bucket: Bucket) -> None:
    bucket.spark.sql(f"INSERT INTO {TABLE} VALUES ('1', 'by hand', current_timestamp())")
    with pytest.raises(JobError, match="none of its 1 snapshots carries cdk-data-patterns"):
        BronzeTable(bucket.spark, TABLE).head()


def dropped(name: str, second: int) -> DroppedFile:
    return DroppedFile(f"drop/inbox/{name}", "v", name, 1, datetime(1970, 1, 1, second=second, tzinfo=UTC))


@pytest.mark.parametrize(
    ("newest", "expected"),
    [(None, {0: 5_000_000, 1: 6_000_000, 2: 7_000_000}), (5_500_000, {0: 5_500_000, 1: 6_000_000, 2: 7_000_000})],
)
def test_a_file_counts_as_arrived_when_it_did_and_after_what_is_there(newest: int | None, expected: Any) -> None:
    files = [dropped("a", 5), dropped("b", 6), dropped("c", 6)]
    assert files_to_bronze.begins(files, {0: 10, 1: 1_000_000, 2: 1}, newest) == expected


def test_files_are_taken_in_the_order_of_their_arrival_up_to_the_bounds(bucket: Bucket) -> None:
    for name in ("c.jsonl", "b.jsonl", "a.jsonl"):
        bucket.put(name, b"x" * 10)
        time.sleep(1.1)  # S3 tells whole seconds.
    assert [file.name for file in bucket.drop.waiting(2, 1000)] == ["c.jsonl", "b.jsonl"]
    assert [file.name for file in bucket.drop.waiting(9, 25)] == ["c.jsonl", "b.jsonl"]
    assert [file.name for file in bucket.drop.waiting(9, 1)] == ["c.jsonl"]
