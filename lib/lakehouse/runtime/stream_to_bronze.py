"""Kafka to bronze, exactly once: the Glue job that fills an append-only Iceberg table with the records of a topic.

    stream_to_bronze.py --bootstrap_servers B --topic T --table bronze.trades --checkpoint s3://bucket/checkpoints/trades
                        [--trigger available_now|continuous] [--trigger_interval "60 seconds"]
                        [--starting_offsets earliest|latest] [--fail_on_data_loss true|false]
                        [--kafka_properties '{"sasl.jaas.config": "..."}']

Each commit carries the offsets up to which the topic was read, as ``cdk-data-patterns.kafka-offsets`` in the snapshot's
summary. The table is therefore the truth and the checkpoint a convenience: when it is lost, the job goes on from what
the table says, and what a replayed batch repeats is dropped.

Kafka client properties are Spark conf entries ``spark.datapatterns.kafka.<property>``. Glue's ``--conf`` ends a setting
at a blank, so that properties with one (JAAS has it) come as JSON in ``--kafka_properties``; a conf entry wins.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bronze import KAFKA_OFFSETS, BronzeTable
from tables import JobError, job_summary, run_job

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

KAFKA_CONF_PREFIX = "spark.datapatterns.kafka."
EARLIEST = -2

Offsets = dict[str, int]
"""Partition number (as text, as JSON has it) to the offset of the next record."""


@dataclass(frozen=True)
class Topic:
    """A topic as its brokers describe it now."""

    name: str
    begin: Offsets
    end: Offsets

    @staticmethod
    def describe(spark: SparkSession, name: str, client_properties: dict[str, str]) -> Topic:
        """Asks the brokers. Raises JobError when they do not answer or do not know the topic."""
        jvm: Any = spark._jvm
        brokers = client_properties["bootstrap.servers"]
        deserializer = "org.apache.kafka.common.serialization.ByteArrayDeserializer"
        settings = {
            "key.deserializer": deserializer,
            "value.deserializer": deserializer,
            "default.api.timeout.ms": "30000",
            "allow.auto.create.topics": "false",
            **client_properties,
        }
        properties = jvm.java.util.Properties()
        for key, value in settings.items():
            properties.setProperty(key, value)
        try:
            consumer = jvm.org.apache.kafka.clients.consumer.KafkaConsumer(properties)
            try:
                partitions = jvm.java.util.ArrayList()
                for partition in consumer.partitionsFor(name) or []:
                    partitions.add(jvm.org.apache.kafka.common.TopicPartition(name, partition.partition()))
                begin = _by_partition(consumer.beginningOffsets(partitions))
                end = _by_partition(consumer.endOffsets(partitions))
            finally:
                consumer.close()
        except Exception as error:
            cause = str(getattr(error, "java_exception", error)).splitlines()[0]
            raise JobError(
                f"topic '{name}': the brokers {brokers} did not tell its offsets ({cause}). "
                "Check the address, the network path and the job's right to read the topic."
            ) from error
        if not end:
            raise JobError(f"topic '{name}' does not exist on {brokers}. Create it or correct --topic.")
        return Topic(name, begin, end)


def _by_partition(offsets: Any) -> Offsets:
    return {str(partition.partition()): int(offset) for partition, offset in offsets.items()}


def check_continuity(
    table: str, topic: Topic, committed: Offsets, resumes_at: Offsets | None, checkpoint: str, fail_on_data_loss: bool
) -> None:
    """Raises JobError when going on would repeat or lose records: topic, table or checkpoint was replaced."""
    for partition, offset in committed.items():
        end = topic.end.get(partition)
        if end is None or end < offset:
            found = "is gone" if end is None else f"ends at offset {end}"
            raise JobError(
                f"topic '{topic.name}' was recreated: its partition {partition} {found}, but {table} has read up to "
                f"offset {offset}. Read the new topic into another table, or give it another name."
            )
        lost = topic.begin[partition] - offset
        if lost > 0 and fail_on_data_loss:
            raise JobError(
                f"topic '{topic.name}': {lost} offsets of partition {partition} from {offset} on were deleted before "
                f"{table} had read them. Start with --fail_on_data_loss false to go on without them."
            )
    for partition, offset in (resumes_at or {}).items():
        if offset > committed.get(partition, topic.begin.get(partition, 0)):
            raise JobError(
                f"{table} is behind the checkpoint {checkpoint}: it has partition {partition} up to offset "
                f"{committed.get(partition, 0)}, the checkpoint goes on at {offset}. Delete the checkpoint; the job "
                "then goes on from what the table has."
            )


class Checkpoint:
    """The offset log of a Structured Streaming checkpoint; Spark writes the end of a batch before it runs it."""

    def __init__(self, spark: SparkSession, location: str, topic: str) -> None:
        jvm: Any = spark._jvm
        self._jvm = jvm
        self._location = location
        self._topic = topic
        root = jvm.org.apache.hadoop.fs.Path(location)
        self._files = root.getFileSystem(spark._jsc.hadoopConfiguration())

    def resumes_at(self) -> Offsets | None:
        """Where the batch after the last finished one starts; None without a finished batch."""
        finished = self._path("commits")
        if not self._files.exists(finished):
            return None
        names = [status.getPath().getName() for status in self._files.listStatus(finished)]
        batches = [int(name) for name in names if name.isdigit()]
        return self.end_of(max(batches)) if batches else None

    def end_of(self, batch: int) -> Offsets:
        """The offsets at which a batch ends."""
        stream = self._files.open(self._path(f"offsets/{batch}"))
        try:
            text = self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
        finally:
            stream.close()
        # A version, the batch's metadata, then a line for each source: {"topic": {"partition": offset}}.
        return json.loads(text.splitlines()[2])[self._topic]

    def _path(self, below: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(f"{self._location}/{below}")


class BronzeWriter:
    """Appends micro-batches to the table; an instance is the function that ``foreachBatch`` calls."""

    def __init__(self, table: str, topic: str, checkpoint: Checkpoint, positions: dict[str, Offsets]) -> None:
        self.rows_written = 0
        self._table = table
        self._topic = topic
        self._checkpoint = checkpoint
        self._positions = positions
        self._committed = positions.get(topic, {})

    def __call__(self, batch: DataFrame, batch_id: int) -> None:
        end = self._checkpoint.end_of(batch_id)
        if all(offset <= self._committed.get(partition, 0) for partition, offset in end.items()):
            return
        committed = {**self._committed, **{p: max(o, self._committed.get(p, 0)) for p, o in end.items()}}
        positions = json.dumps({**self._positions, self._topic: committed}, sort_keys=True)
        arrived = batch.where(self._not_committed())
        self.rows_written += BronzeTable(batch.sparkSession, self._table).append(
            {KAFKA_OFFSETS: positions},
            lambda newest: arrived.selectExpr(
                "cast(value AS STRING) AS raw_payload",
                "concat(topic, '/', partition, '/', offset) AS source",
                f"{ingested_at(newest, datetime.now(UTC))} AS ingested_at",
            ),
        )
        self._committed = committed

    def _not_committed(self) -> str:
        bounds = [f"WHEN {partition} THEN offset >= {offset}" for partition, offset in self._committed.items()]
        return f"CASE partition {' '.join(bounds)} ELSE TRUE END" if bounds else "TRUE"


def ingested_at(newest: int | None, now: datetime) -> str:
    """Kafka's timestamp as SQL, held between what is already in the table and the present.

    Producers' clocks are not to be trusted, and silver takes the version that was ingested last: a later commit must
    never be older than an earlier one. ``newest`` is the table's greatest ingested_at in microseconds, if any.
    """
    present = _micros(now)
    if newest is None:
        return f"least(timestamp, {_timestamp(present)})"
    floor = newest + 1
    return f"least(greatest(timestamp, {_timestamp(floor)}), {_timestamp(max(present, floor))})"


def _micros(moment: datetime) -> int:
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond


def _timestamp(micros: int) -> str:
    return f"timestamp_micros({micros})"


def starting_offsets(topic: Topic, committed: Offsets, default: str) -> str:
    """Where a query without checkpoint starts: at what the table has, else as asked."""
    if not committed:
        return default
    # A partition that came later starts at its beginning: nothing of it has been read.
    return json.dumps({topic.name: {p: max(committed.get(p, EARLIEST), topic.begin[p]) for p in topic.end}})


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stream_to_bronze.py", allow_abbrev=False)
    parser.add_argument("--JOB_NAME", default="stream_to_bronze")
    for name in ("bootstrap_servers", "topic", "table", "checkpoint"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--trigger", choices=("available_now", "continuous"), default="available_now")
    parser.add_argument("--trigger_interval", default="60 seconds")
    parser.add_argument("--starting_offsets", choices=("earliest", "latest"), default="earliest")
    parser.add_argument("--fail_on_data_loss", choices=("true", "false"), default="true")
    parser.add_argument("--kafka_properties", default="{}", type=json.loads)
    return parser.parse_known_args(argv)[0]


def _client_properties(spark: SparkSession, arguments: argparse.Namespace) -> dict[str, str]:
    entries = spark.sparkContext.getConf().getAll()
    given = {key[len(KAFKA_CONF_PREFIX) :]: value for key, value in entries if key.startswith(KAFKA_CONF_PREFIX)}
    return {**arguments.kafka_properties, **given, "bootstrap.servers": arguments.bootstrap_servers}


def run(argv: list[str]) -> dict[str, Any]:
    """Runs the job until it has caught up (or for ever, when continuous) and returns its summary."""
    started = time.monotonic()
    arguments = _arguments(argv)
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName(arguments.JOB_NAME).getOrCreate()
    client_properties = _client_properties(spark, arguments)
    stored = BronzeTable(spark, arguments.table).head().positions.get(KAFKA_OFFSETS)
    positions: dict[str, Offsets] = json.loads(stored) if stored else {}
    committed = positions.get(arguments.topic, {})
    topic = Topic.describe(spark, arguments.topic, client_properties)
    checkpoint = Checkpoint(spark, arguments.checkpoint, arguments.topic)
    resumes_at = checkpoint.resumes_at()
    lossless = arguments.fail_on_data_loss == "true"
    check_continuity(arguments.table, topic, committed, resumes_at, arguments.checkpoint, lossless)

    writer = BronzeWriter(arguments.table, arguments.topic, checkpoint, positions)
    records = (
        spark.readStream.format("kafka")
        .option("subscribe", arguments.topic)
        .option("startingOffsets", starting_offsets(topic, committed, arguments.starting_offsets))
        .option("failOnDataLoss", arguments.fail_on_data_loss)
        .option("minPartitions", spark.sparkContext.defaultParallelism)
        .options(**{f"kafka.{key}": value for key, value in client_properties.items()})
        .load()
    )
    stream = records.writeStream.foreachBatch(writer).option("checkpointLocation", arguments.checkpoint)
    if arguments.trigger == "available_now":
        query = stream.trigger(availableNow=True).start()
    else:
        query = stream.trigger(processingTime=arguments.trigger_interval).start()
    try:
        query.awaitTermination()
    except Exception as error:
        lines = [line for line in str(getattr(error, "desc", None) or error).splitlines() if line.strip()]
        raise JobError(f"topic '{arguments.topic}' to {arguments.table}: {lines[0] if lines else error!r}") from error
    rows = sum(progress["numInputRows"] for progress in query.recentProgress)
    return job_summary(arguments.JOB_NAME, started, rows_in=rows, rows_out=writer.rows_written)


if __name__ == "__main__":
    run_job(run)
