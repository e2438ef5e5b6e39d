"""Event source mappings on Kafka: the local Kafka is polled, and the function is called with what it holds.

As on AWS, a batch is what the mapping's size, window and 6 MB allow, offsets are committed once the function has taken
it, and a batch that fails is tried again; split and set aside as the mapping says. What a mapping asks for that is not
played here is refused when it is deployed: accepted and ignored it would prove nothing.
"""

from __future__ import annotations

import base64
import contextvars
import json
import logging
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from ministack.core.responses import get_region
from ministack.services import lambda_svc, s3
from ministack.services.cloudformation import provisioners

from . import cloudformation, registry
from .engines import Engines
from .iam_enforcement import require, role_session
from .iam_requests import Requirement
from .journal import Journal
from .registry import Properties

Json = dict[str, Any]

MAPPING = "AWS::Lambda::EventSourceMapping"

_LOG = logging.getLogger(__name__)

# https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html and API_CreateEventSourceMapping (2026-11-28)
_DEFAULT_BATCH = 100
_DEFAULT_WINDOW_SECONDS = 0.5
_LARGEST_PAYLOAD = 6 * 1024 * 1024
# https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html (2026-11-28): endless retries with a
# destination end after ten.
_RETRIES_WITH_DESTINATION = 10
_ENDLESS = -1

# AWS waits up to a minute between two attempts; a rehearsal need not.
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0

_PLAYED = frozenset(
    {
        "AmazonManagedKafkaEventSourceConfig",
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "Enabled",
        "EventSourceArn",
        "FilterCriteria",
        "FunctionName",
        "MaximumBatchingWindowInSeconds",
        "MaximumRetryAttempts",
        "ProvisionedPollerConfig",
        "SelfManagedEventSource",
        "SelfManagedKafkaEventSourceConfig",
        "SourceAccessConfigurations",
        "StartingPosition",
        "Tags",
        "Topics",
    }
)
_OF_PROVISIONED_MODE = ("BisectBatchOnFunctionError", "MaximumRetryAttempts")
_NETWORK_ACCESS = frozenset({"VPC_SUBNET", "VPC_SECURITY_GROUP"})


@dataclass(frozen=True)
class Mapping:
    """What a mapping says, as far as it is played."""

    identifier: str
    function: str
    topic: str
    group: str
    start: str
    source_arn: str | None
    batch_size: int
    window_seconds: float
    retries: int
    bisects: bool
    destination: str | None
    filters: tuple[Json, ...]

    @staticmethod
    def of(identifier: str, properties: Properties) -> Mapping:
        """Reads the properties of a template.

        Raises:
            ValueError: naming what is not played here, or what AWS would refuse.
        """
        _refuse(properties)
        config = (
            properties.get("AmazonManagedKafkaEventSourceConfig")
            or properties.get("SelfManagedKafkaEventSourceConfig")
            or {}
        )
        destination = ((properties.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        retries = int(properties.get("MaximumRetryAttempts", _ENDLESS))
        return Mapping(
            identifier=identifier,
            function=str(properties["FunctionName"]).rsplit(":function:", 1)[-1],
            topic=properties["Topics"][0],
            group=config.get("ConsumerGroupId") or identifier,
            start=properties.get("StartingPosition", "LATEST"),
            source_arn=properties.get("EventSourceArn"),
            batch_size=int(properties.get("BatchSize", _DEFAULT_BATCH)),
            window_seconds=float(properties.get("MaximumBatchingWindowInSeconds", _DEFAULT_WINDOW_SECONDS)),
            retries=_RETRIES_WITH_DESTINATION if retries == _ENDLESS and destination else retries,
            bisects=str(properties.get("BisectBatchOnFunctionError", False)).lower() == "true",
            destination=destination,
            filters=_filters(properties),
        )


def _refuse(properties: Properties) -> None:
    unknown = sorted(set(properties) - _PLAYED)
    if unknown:
        raise ValueError(
            f"{MAPPING} on Kafka: {', '.join(unknown)} is not played by the emulator, and would prove nothing. "
            "Leave it out, or leave the mapping out of what is rehearsed."
        )
    if len(properties.get("Topics") or []) != 1:
        raise ValueError(f"{MAPPING} on Kafka: 'Topics' must name one topic, got {properties.get('Topics')!r}.")
    if properties.get("StartingPosition") not in ("TRIM_HORIZON", "LATEST"):
        raise ValueError(f"{MAPPING} on Kafka: 'StartingPosition' must be TRIM_HORIZON or LATEST here.")
    for name in _OF_PROVISIONED_MODE:
        if name in properties and "ProvisionedPollerConfig" not in properties:
            raise ValueError(f"{MAPPING} on Kafka: {name} needs ProvisionedPollerConfig.")
    kinds = {access.get("Type") for access in properties.get("SourceAccessConfigurations") or []}
    if kinds - _NETWORK_ACCESS:
        raise ValueError(f"{MAPPING} on Kafka: {', '.join(sorted(kinds - _NETWORK_ACCESS))} is not played here.")
    destination = ((properties.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if destination and ":s3:::" not in destination:
        raise ValueError(f"{MAPPING} on Kafka: the destination {destination} is not played here; use an S3 bucket.")


def _filters(properties: Properties) -> tuple[Json, ...]:
    found = (properties.get("FilterCriteria") or {}).get("Filters") or []
    return tuple(json.loads(each["Pattern"]) for each in found)


@dataclass
class Poller:
    """Polls one topic for one mapping, in a thread of its own."""

    mapping: Mapping
    bootstrap: str
    journal: Journal
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to poll, in the account and region of the mapping."""
        context = contextvars.copy_context()
        name = f"event-source-{self.mapping.topic}"
        self.thread = threading.Thread(target=lambda: context.run(self._run), name=name, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Ends after the batch at hand."""
        self.stopping.set()
        if self.thread is not None:
            self.thread.join(timeout=30)

    def _run(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": self.mapping.group,
                "auto.offset.reset": "earliest" if self.mapping.start == "TRIM_HORIZON" else "latest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "session.timeout.ms": 10_000,
                "max.poll.interval.ms": 900_000,
                "topic.metadata.refresh.interval.ms": 2_000,
                "fetch.wait.max.ms": 50,
            }
        )
        consumer.subscribe([self.mapping.topic])
        try:
            while not self.stopping.is_set():
                batch = self._gather(consumer)
                if batch and self._deliver(batch):
                    _commit(consumer, batch)
        finally:
            consumer.close()

    def _gather(self, consumer: Consumer) -> list[Message]:
        """A batch: full, as large as a payload may be, or as old as the window."""
        batch: list[Message] = []
        size = 0
        deadline: float | None = None
        while len(batch) < self.mapping.batch_size and size < _LARGEST_PAYLOAD and not self.stopping.is_set():
            wait = 0.2 if deadline is None else deadline - time.monotonic()
            if wait <= 0 and batch:
                break
            try:
                found = consumer.consume(
                    min(self.mapping.batch_size - len(batch), 500), timeout=min(max(wait, 0), 0.05)
                )
            except KafkaException as error:
                _LOG.warning("%s: %s", self.mapping.topic, error)
                self.stopping.wait(0.5)
                continue
            for message in found:
                if message.error() is not None:
                    # A broker that is away, or a topic that is not there yet: Lambda goes on polling as well.
                    _LOG.warning("%s: %s", self.mapping.topic, message.error())
                    continue
                batch.append(message)
                size += _payload_size(message)
            if batch and deadline is None:
                deadline = time.monotonic() + self.mapping.window_seconds
        return batch

    def _deliver(self, batch: Sequence[Message]) -> bool:
        """Calls the function until it has taken the batch, or the batch is given up; False when asked to stop."""
        records = [message for message in batch if self._matches(message)]
        attempts = 0
        pause = _FIRST_PAUSE_SECONDS
        while records:
            result = self._invoke(records)
            attempts += 1
            if not result.get("error"):
                return True
            if self.mapping.bisects and len(records) > 1:
                half = len(records) // 2
                return self._deliver(records[:half]) and self._deliver(records[half:])
            if self.mapping.retries != _ENDLESS and attempts > self.mapping.retries:
                self._set_aside(records, attempts, result)
                return True
            if self.stopping.wait(pause):
                return False
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return True

    def _matches(self, message: Message) -> bool:
        if not self.mapping.filters:
            return True
        record = _record(message)
        for part in ("key", "value"):
            try:
                record[part] = json.loads(base64.b64decode(record.get(part) or ""))
            except ValueError:
                record[part] = base64.b64decode(record.get(part) or "").decode(errors="replace")
        return any(lambda_svc._match_esm_filter(record, pattern) for pattern in self.mapping.filters)

    def _invoke(self, records: Sequence[Message]) -> Json:
        function = lambda_svc._functions.get(self.mapping.function)
        if function is None:
            return {"error": True, "body": {"errorMessage": f"there is no function {self.mapping.function}"}}
        return lambda_svc._execute_function(function, self._event(records))

    def _event(self, records: Sequence[Message]) -> Json:
        grouped: dict[str, list[Json]] = {}
        for message in records:
            grouped.setdefault(f"{message.topic()}-{message.partition()}", []).append(_record(message))
        event: Json = {
            "eventSource": "aws:kafka" if self.mapping.source_arn else "SelfManagedKafka",
            "bootstrapServers": self.bootstrap,
            "records": grouped,
        }
        return {**event, "eventSourceArn": self.mapping.source_arn} if self.mapping.source_arn else event

    def _set_aside(self, records: Sequence[Message], attempts: int, result: Json) -> None:
        name = f"{self.mapping.topic}/{records[0].partition()}/{records[0].offset()}"
        error = str((result.get("body") or {}).get("errorMessage"))
        self.journal.execution("event-source", name, "SET_ASIDE", 0, error=error)
        if self.mapping.destination is None:
            return
        now = datetime.now(UTC)
        folder = f"aws/lambda/{self.mapping.identifier}/{self.mapping.topic}-{records[0].partition()}"
        key = f"{folder}/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        bucket = self.mapping.destination.rsplit(":", 1)[-1]
        require(self._access_key(), Requirement("s3", "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}"))
        document = {
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": attempts},
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": now.isoformat(),
            "KafkaBatchInfo": {"batchSize": len(records), "bootstrapServers": self.bootstrap},
            "payload": self._event(records),
        }
        s3._put_object(bucket, key, json.dumps(document).encode(), {})

    def _access_key(self) -> str:
        function = lambda_svc._functions[self.mapping.function]
        return role_session(function["config"]["Role"], f"event-source-{secrets.token_hex(4)}")["AWS_ACCESS_KEY_ID"]


@dataclass
class KafkaEventSources:
    """The CloudFormation handlers of mappings: those on Kafka are played here, all others by MiniStack."""

    engines: Engines
    journal: Journal
    stock: dict[str, Callable[..., Any]]
    pollers: dict[str, Poller] = field(default_factory=dict)

    def create(self, logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        """Starts to poll, once the function's role may do what Lambda's pollers do in its name."""
        if not _is_kafka(properties):
            return self.stock["create"](logical_id, properties, stack)
        registry.resource_schema(MAPPING, get_region()).validate(properties)
        mapping = Mapping.of(str(uuid.uuid4()), properties)
        self._authorise(mapping)
        identifier = mapping.identifier
        lambda_svc._esms[identifier] = {
            "UUID": identifier,
            "EventSourceArn": mapping.source_arn or "",
            "FunctionName": mapping.function,
            "FunctionArn": lambda_svc._functions[mapping.function]["config"]["FunctionArn"],
            "Topics": [mapping.topic],
            "BatchSize": mapping.batch_size,
            "StartingPosition": mapping.start,
            "State": "Enabled",
            "Enabled": True,
        }
        self._poll(mapping, properties)
        return identifier, provisioners._lambda_esm_attrs(identifier)

    def update(
        self, identifier: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, Properties]:
        """Goes on polling under the new settings, from where the group has committed."""
        if not _is_kafka(new):
            return self.stock["update"](identifier, old, new, stack)
        registry.resource_schema(MAPPING, get_region()).validate(new)
        if (
            registry.resource_schema(MAPPING, get_region()).requires_replacement(old, new)
            or identifier not in self.pollers
        ):
            created = self.create(logical_id, new, stack)
            self.delete(identifier, old)
            return created
        mapping = Mapping.of(identifier, new)
        self._authorise(mapping)
        self.pollers.pop(identifier).stop()
        self._poll(mapping, new)
        return identifier, provisioners._lambda_esm_attrs(identifier)

    def delete(self, identifier: str, properties: Properties) -> None:
        """Stops polling."""
        poller = self.pollers.pop(identifier, None)
        if poller is not None:
            poller.stop()
        self.stock["delete"](identifier, properties)

    def stop_all(self) -> None:
        """Stops every poller, without waiting for batches."""
        for poller in self.pollers.values():
            poller.stopping.set()

    def _poll(self, mapping: Mapping, properties: Properties) -> None:
        poller = Poller(mapping, self.engines.require("kafka", f"{MAPPING} on {mapping.topic}"), self.journal)
        self.pollers[mapping.identifier] = poller
        if str(properties.get("Enabled", True)).lower() == "true":
            poller.start()

    def _authorise(self, mapping: Mapping) -> None:
        """What https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html asks of the role (2026-11-28)."""
        function = lambda_svc._functions.get(mapping.function)
        if function is None:
            raise ValueError(f"{MAPPING} on {mapping.topic}: there is no function {mapping.function}.")
        if mapping.source_arn is None:
            return
        session = role_session(function["config"]["Role"], "event-source")["AWS_ACCESS_KEY_ID"]
        cluster = mapping.source_arn
        topic = f"{cluster.replace(':cluster/', ':topic/')}/{mapping.topic}"
        group = f"{cluster.replace(':cluster/', ':group/')}/{mapping.group}"
        requirements = [
            *(("kafka", f"kafka:{action}", cluster) for action in ("DescribeClusterV2", "GetBootstrapBrokers")),
            ("kafka-cluster", "kafka-cluster:Connect", cluster),
            *(("kafka-cluster", f"kafka-cluster:{action}", topic) for action in ("DescribeTopic", "ReadData")),
            *(("kafka-cluster", f"kafka-cluster:{action}", group) for action in ("AlterGroup", "DescribeGroup")),
        ]
        if mapping.destination:
            requirements.append(("s3", "s3:ListBucket", mapping.destination))
        require(session, *(Requirement(*each) for each in requirements))


def install(engines: Engines, journal: Journal) -> KafkaEventSources:
    """Wraps MiniStack's handlers of mappings."""
    sources = KafkaEventSources(engines, journal, dict(provisioners._RESOURCE_HANDLERS[MAPPING]))
    cloudformation.register(MAPPING, sources.create, sources.update, sources.delete)
    return sources


def _is_kafka(properties: Properties) -> bool:
    return ":kafka:" in str(properties.get("EventSourceArn", "")) or "SelfManagedEventSource" in properties


def _record(message: Message) -> Json:
    kind, timestamp = message.timestamp()
    encoded = {
        name: base64.b64encode(value).decode()
        for name, value in (("key", message.key()), ("value", message.value()))
        if value is not None
    }
    headers = [{name: list(value or b"")} for name, value in message.headers() or []]
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp": timestamp,
        "timestampType": "LOG_APPEND_TIME" if kind == 2 else "CREATE_TIME",
        **encoded,
        "headers": headers,
    }


def _payload_size(message: Message) -> int:
    return (len(message.value() or b"") + len(message.key() or b"")) * 4 // 3 + 200


def _commit(consumer: Consumer, batch: Sequence[Message]) -> None:
    reached: dict[tuple[str, int], int] = {}
    for message in batch:
        reached[message.topic(), message.partition()] = message.offset() + 1
    offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in reached.items()]
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as error:
        # The batch comes again, as it may on AWS.
        _LOG.warning("offsets of %s were not committed: %s", batch[0].topic(), error)
