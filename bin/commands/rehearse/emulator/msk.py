"""Amazon MSK on one local Apache Kafka: clusters are bound to it, topics are really created in it."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)
from ministack import app as ministack_app
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import msk

from . import cloudformation, registry
from .engines import Engines
from .journal import Journal
from .registry import Properties

CLUSTER = "AWS::MSK::Cluster"
SERVERLESS = "AWS::MSK::ServerlessCluster"
TOPIC = "AWS::MSK::Topic"
POLICY = "AWS::MSK::ClusterPolicy"

Handler = Callable[..., Awaitable[Any]]

_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class Clusters:
    """The CloudFormation handlers of provisioned and serverless clusters."""

    resource_type: str
    region: str

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Registers the cluster with MSK's own API, ready at once."""
        self._validate(properties)
        name = properties["ClusterName"]
        if any(cluster["ClusterName"] == name for cluster in msk._clusters.values()):
            raise ValueError(f"{self.resource_type}: a cluster named {name} already exists.")
        arn = f"arn:aws:kafka:{get_region()}:{get_account_id()}:cluster/{name}/{uuid.uuid4()}-1"
        msk._clusters[arn] = self._record(arn, properties)
        return arn, self._attributes(arn)

    def update(
        self, arn: str, _old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Takes the new settings over into the record."""
        self._validate(new)
        msk._clusters[arn] = self._record(arn, new)
        return arn, self._attributes(arn)

    def delete(self, arn: str, _properties: Properties) -> None:
        """Forgets the cluster; the local Kafka goes on."""
        msk._clusters.pop(arn, None)

    def _validate(self, properties: Properties) -> None:
        registry.resource_schema(self.resource_type, self.region).validate(properties)

    def _attributes(self, arn: str) -> Properties:
        attributes = {"Arn": arn}
        return {**attributes, "CurrentVersion": "K1"} if self.resource_type == CLUSTER else attributes

    def _record(self, arn: str, properties: Properties) -> Properties:
        return {
            "ClusterArn": arn,
            "ClusterName": properties["ClusterName"],
            "CurrentVersion": "K1",
            "State": "ACTIVE",
            "BrokerNodeGroupInfo": properties.get("BrokerNodeGroupInfo", {}),
            "ClientAuthentication": properties.get("ClientAuthentication", {}),
            "EncryptionInfo": properties.get("EncryptionInfo", {}),
            "NumberOfBrokerNodes": int(properties.get("NumberOfBrokerNodes", 0)),
            "CurrentBrokerSoftwareInfo": {"KafkaVersion": properties.get("KafkaVersion", "")},
            "Tags": properties.get("Tags", {}),
        }


@dataclass(frozen=True)
class Topics:
    """The CloudFormation handlers of `AWS::MSK::Topic`."""

    region: str
    engines: Engines
    journal: Journal

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Creates the topic. The local Kafka is one broker, so there is one replica whatever the template says."""
        self._validate(properties)
        name = properties["TopicName"]
        topic = NewTopic(
            name,
            num_partitions=int(properties["PartitionCount"]),
            replication_factor=1,
            config=topic_config(properties.get("Configs", "")),
        )
        self._timed(name, "CREATED", lambda admin: admin.create_topics([topic])[name].result(_TIMEOUT_SECONDS))
        arn = self._arn(properties)
        return arn, {"TopicArn": arn}

    def update(
        self, arn: str, old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Adds partitions and sets configurations. Kafka cannot take partitions away."""
        self._validate(new)
        name, before, after = new["TopicName"], int(old["PartitionCount"]), int(new["PartitionCount"])
        if after < before:
            raise ValueError(f"{TOPIC}: {name} cannot go from {before} to {after} partitions; Kafka only adds them.")
        if after > before:
            partitions = NewPartitions(name, after)
            self._timed(
                name, "UPDATED", lambda admin: admin.create_partitions([partitions])[name].result(_TIMEOUT_SECONDS)
            )
        if old.get("Configs") != new.get("Configs"):
            changes = _config_changes(name, old, new)
            self._timed(
                name,
                "UPDATED",
                lambda admin: admin.incremental_alter_configs([changes])[changes].result(_TIMEOUT_SECONDS),
            )
        return arn, {"TopicArn": arn}

    def delete(self, _arn: str, properties: Properties) -> None:
        """Deletes the topic; one that is gone already is fine."""
        name = properties["TopicName"]
        try:
            self._timed(name, "DELETED", lambda admin: admin.delete_topics([name])[name].result(_TIMEOUT_SECONDS))
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise

    def _validate(self, properties: Properties) -> None:
        registry.resource_schema(TOPIC, self.region).validate(properties)
        if properties["ClusterArn"] not in msk._clusters:
            raise ValueError(f"{TOPIC}: {properties['TopicName']}: no cluster {properties['ClusterArn']}.")

    def _timed(self, name: str, state: str, action: Callable[[AdminClient], Any]) -> None:
        bootstrap = self.engines.require("kafka", f"{TOPIC} {name}")
        started = time.monotonic()
        action(AdminClient({"bootstrap.servers": bootstrap, "socket.timeout.ms": int(_TIMEOUT_SECONDS * 1000)}))
        self.journal.execution("kafka-topic", name, state, time.monotonic() - started)

    def _arn(self, properties: Properties) -> str:
        """`arn:...:topic/<cluster>/<cluster uuid>/<topic>` (AWS service authorization reference, Kafka)."""
        return f"{properties['ClusterArn'].replace(':cluster/', ':topic/')}/{properties['TopicName']}"


@dataclass(frozen=True)
class ClusterPolicies:
    """The CloudFormation handlers of `AWS::MSK::ClusterPolicy`, and the operation that reads one.

    The local Kafka knows no IAM: whoever wants to tell what a policy allows has to evaluate it.
    """

    region: str

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Keeps the policy with its cluster."""
        registry.resource_schema(POLICY, self.region).validate(properties)
        arn = properties["ClusterArn"]
        if arn not in msk._clusters:
            raise ValueError(f"{POLICY}: there is no cluster {arn}.")
        msk._clusters[arn]["Policy"] = properties["Policy"]
        return arn, {"CurrentVersion": "K1"}

    def update(
        self, _arn: str, _old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, Properties]:
        """Replaces the policy."""
        return self.create(logical_id, new, stack)

    def delete(self, arn: str, _properties: Properties) -> None:
        """Takes the policy from its cluster."""
        msk._clusters.get(arn, {}).pop("Policy", None)

    def reading(self, stock: Handler) -> Handler:
        """MSK's API, with GetClusterPolicy."""

        async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
            asked = re.fullmatch(r"/v1/clusters/(.+)/policy", unquote(path))
            if method != "GET" or not asked:
                return await stock(method, path, headers, body, query)
            policy = msk._clusters.get(asked[1], {}).get("Policy")
            if policy is None:
                return error_response_json("NotFoundException", "The cluster has no policy.", 404)
            return json_response({"currentVersion": "K1", "policy": json.dumps(policy)})

        return handle


def install(region: str, engines: Engines, journal: Journal) -> None:
    """Registers the MSK types, and has MSK's API answer with the local Kafka for every kind of client."""
    for resource_type in (CLUSTER, SERVERLESS):
        clusters = Clusters(resource_type, region)
        cloudformation.register(resource_type, clusters.create, clusters.update, clusters.delete)
    topics = Topics(region, engines, journal)
    cloudformation.register(TOPIC, topics.create, topics.update, topics.delete)
    cloudformation.run_on_worker_thread(frozenset({TOPIC}))
    policies = ClusterPolicies(region)
    cloudformation.register(POLICY, policies.create, policies.update, policies.delete)
    ministack_app.SERVICE_HANDLERS["kafka"] = policies.reading(ministack_app.SERVICE_HANDLERS["kafka"])
    msk._bootstrap_strings = lambda _cluster_name: _bootstrap_strings(engines.endpoint("kafka"))


def topic_config(encoded: str) -> dict[str, str]:
    """The settings of a topic from its `Configs`: base64 of a JSON object, as MSK takes it.

    Raises:
        ValueError: when it is anything else.
    """
    if not encoded:
        return {}
    try:
        settings = json.loads(base64.b64decode(encoded, validate=True))
    except ValueError as error:
        raise ValueError(f"{TOPIC}: Configs must be the base64 text of a JSON object ({error}).") from error
    if not isinstance(settings, dict):
        raise ValueError(f"{TOPIC}: Configs must be the base64 text of a JSON object, got {settings!r}.")
    return {key: str(value) for key, value in settings.items()}


def _bootstrap_strings(bootstrap: str | None) -> dict[str, str]:
    if not bootstrap:
        return {}
    kinds = ("", "Tls", "SaslScram", "SaslIam")
    return {f"BootstrapBrokerString{kind}": bootstrap for kind in kinds}


def _config_changes(name: str, old: Properties, new: Properties) -> ConfigResource:
    before, after = topic_config(old.get("Configs", "")), topic_config(new.get("Configs", ""))
    entries = [
        ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        for key, value in after.items()
        if before.get(key) != value
    ]
    entries += [
        ConfigEntry(key, None, incremental_operation=AlterConfigOpType.DELETE) for key in before if key not in after
    ]
    return ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
