"""The raw events, read back from Kafka."""

import uuid
from collections.abc import Iterator
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

_TIMEOUT_SECONDS = 30.0
_BATCH = 20_000


class KafkaRecord(NamedTuple):
    """A record's place, its timestamp in microseconds since 1970, and its value."""

    partition: int
    offset: int
    timestamp: int
    value: bytes | None


def read_topic(bootstrap: str, topic: str) -> Iterator[KafkaRecord]:
    """Every record that the topic holds now, each partition's in order. Raises KafkaException when that fails."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"checks-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 50,
            "queued.max.messages.kbytes": 16_384,
        }
    )
    try:
        partitions = _partitions(consumer, topic)
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        yield from _drain(consumer, set(partitions))
    finally:
        consumer.close()


def _partitions(consumer: Consumer, topic: str) -> list[int]:
    metadata = consumer.list_topics(topic, timeout=_TIMEOUT_SECONDS).topics[topic]
    if metadata.error is not None:
        raise KafkaException(metadata.error)
    return sorted(metadata.partitions)


def _drain(consumer: Consumer, unfinished: set[int]) -> Iterator[KafkaRecord]:
    while unfinished:
        # Comes back as soon as anything is there, at the latest with the end of a partition.
        for message in consumer.consume(_BATCH, timeout=0.2):
            error = message.error()
            if error is None:
                timestamp = message.timestamp()[1] * 1000
                yield KafkaRecord(message.partition(), message.offset(), timestamp, message.value())
            elif error.code() == KafkaError._PARTITION_EOF:
                unfinished.discard(message.partition())
            else:
                raise KafkaException(error)
