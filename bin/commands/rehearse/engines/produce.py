"""Sends every line of a file to a Kafka topic, byte for byte, keyed by symbol where the line has one.

Prints one JSON line a while, `{"rows": n}`, and at the end
`{"lines", "rows", "refused", "maxMessageBytes", "version"}`.
A line that is larger than what the topic takes is refused by number and size, the others are sent.
"""

import argparse
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer, libversion
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

SYMBOL = re.compile(rb'"symbol"\s*:\s*"([^"\\]{1,64})"')
# What a batch with one record has around key and value at most: 61 bytes of the batch, and the record's own fields.
OVERHEAD = 100
TIMEOUT_SECONDS = 60
REPORT_SECONDS = 0.5
LEAST_WAIT_SECONDS = 0.002


def read_lines(path: Path, limit: int) -> Iterator[tuple[bytes, int]]:
    """Every line without its line feed, and its size; a line above the limit is measured, not kept."""
    with path.open("rb") as file:
        while chunk := file.readline(limit + 1):
            size = len(chunk)
            last = chunk
            while not last.endswith(b"\n") and (last := file.readline(limit + 1)):
                size += len(last)
                chunk = b""
            ended = chunk.endswith(b"\n") or last.endswith(b"\n")
            yield chunk.removesuffix(b"\n"), size - ended


def topic_limits(bootstrap_servers: str, topic: str) -> tuple[int, int]:
    """Number of partitions, and the largest message in bytes."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    partitions = len(admin.list_topics(topic, timeout=TIMEOUT_SECONDS).topics[topic].partitions)
    resource = ConfigResource(ResourceType.TOPIC, topic)
    config = admin.describe_configs([resource])[resource].result(TIMEOUT_SECONDS)
    return partitions, int(config["max.message.bytes"].value)


def report(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def send(producer: Producer, topic: str, value: bytes, line: int, partitions: int) -> None:
    """Queues one message; waits while the queue is full."""
    symbol = SYMBOL.search(value)
    # Without a key the line's number chooses, so that the same file always gives the same partitions.
    where = {"key": symbol[1]} if symbol else {"partition": line % partitions}
    while True:
        try:
            producer.produce(topic, value, **where)
            return
        except BufferError:
            producer.poll(0.1)


def wait(producer: Producer, until: float) -> None:
    """Lets the producer work until then; small leads are let be, for a sleep takes a while itself."""
    while (left := until - time.monotonic()) > LEAST_WAIT_SECONDS:
        producer.poll(left)


def run(bootstrap_servers: str, topic: str, path: Path, rate: int | None) -> None:
    partitions, limit = topic_limits(bootstrap_servers, topic)
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error)

    producer = Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": 20,
            "batch.size": 500_000,
            "message.max.bytes": max(limit + OVERHEAD, 1_000_000),
            "queue.buffering.max.messages": 500_000,
            "on_delivery": delivered,
        }
    )
    lines = rows = 0
    refused: list[dict[str, int]] = []
    reported = begun = time.monotonic()
    for value, size in read_lines(path, limit):
        lines += 1
        if rate:
            wait(producer, begun + lines / rate)
        if size + OVERHEAD > limit:
            refused.append({"line": lines, "bytes": size})
            continue
        send(producer, topic, value, lines, partitions)
        rows += 1
        if rows % 1000 == 0:
            producer.poll(0)
            if time.monotonic() - reported > REPORT_SECONDS:
                report({"rows": rows})
                reported = time.monotonic()
    waiting = producer.flush(TIMEOUT_SECONDS)
    if failures or waiting:
        raise KafkaException(failures[0] if failures else KafkaError(KafkaError._MSG_TIMED_OUT))
    version = libversion()[0]
    report({"lines": lines, "rows": rows, "refused": refused, "maxMessageBytes": limit, "version": version})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--rate", type=int, help="lines a second; as fast as the brokers take them when left out")
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    run(arguments.bootstrap_servers, arguments.topic, arguments.file, arguments.rate)


if __name__ == "__main__":
    main()
