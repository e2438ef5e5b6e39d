"""MSK on a real Kafka."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from emulator_harness import Emulator

Json = dict[str, Any]

SERVERLESS = {
    "Type": "AWS::MSK::ServerlessCluster",
    "Properties": {
        "ClusterName": "serverless",
        "ClientAuthentication": {"Sasl": {"Iam": {"Enabled": True}}},
        "VpcConfigs": [{"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroups": ["sg-1"]}],
    },
}


def cluster(name: str) -> Json:
    return {
        "Type": "AWS::MSK::Cluster",
        "Properties": {
            "ClusterName": name,
            "KafkaVersion": "3.9.x",
            "NumberOfBrokerNodes": 2,
            "BrokerNodeGroupInfo": {"ClientSubnets": ["subnet-1", "subnet-2"], "InstanceType": "kafka.t3.small"},
        },
    }


def topic(name: str, partitions: int, retention: int) -> Json:
    settings = base64.b64encode(json.dumps({"retention.ms": str(retention)}).encode()).decode()
    return {
        "Type": "AWS::MSK::Topic",
        "Properties": {
            "ClusterArn": {"Ref": "Cluster"},
            "TopicName": name,
            "PartitionCount": partitions,
            "ReplicationFactor": 2,
            "Configs": settings,
        },
    }


def partitions_of(kafka: str, name: str) -> int | None:
    topics = AdminClient({"bootstrap.servers": kafka}).list_topics(timeout=10).topics
    return len(topics[name].partitions) if name in topics else None


def retention_of(kafka: str, name: str) -> str:
    resource = ConfigResource(ResourceType.TOPIC, name)
    admin = AdminClient({"bootstrap.servers": kafka})
    described = admin.describe_configs([resource])[resource].result(10)
    return described["retention.ms"].value


def test_a_topic_is_created_grown_and_deleted_in_kafka(emulator: Emulator, kafka: str) -> None:
    assert emulator.deploy("topics", {"Cluster": cluster("t"), "T": topic("trades", 2, 1000)}) == "CREATE_COMPLETE"
    assert (partitions_of(kafka, "trades"), retention_of(kafka, "trades")) == (2, "1000")
    grown = {"Cluster": cluster("t"), "T": topic("trades", 4, 2000)}
    assert emulator.deploy("topics", grown, update=True) == "UPDATE_COMPLETE"
    assert (partitions_of(kafka, "trades"), retention_of(kafka, "trades")) == (4, "2000")
    assert emulator.deploy("topics", {"Cluster": cluster("t")}, update=True) == "UPDATE_COMPLETE"
    deadline = time.monotonic() + 10
    while partitions_of(kafka, "trades") is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert partitions_of(kafka, "trades") is None
    journal = [e for e in emulator.journal() if e.get("kind") == "kafka-topic" and e["name"] == "trades"]
    assert [e["state"] for e in journal] == ["CREATED", "UPDATED", "UPDATED", "DELETED"]


def test_a_topic_cannot_lose_partitions(emulator: Emulator, kafka: str) -> None:
    assert emulator.deploy("shrink", {"Cluster": cluster("s"), "T": topic("orders", 3, 1000)}) == "CREATE_COMPLETE"
    shrunk = {"Cluster": cluster("s"), "T": topic("orders", 1, 1000)}
    assert emulator.deploy("shrink", shrunk, update=True) == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot go from 3 to 1 partitions" in emulator.reasons("shrink")
    assert partitions_of(kafka, "orders") == 3


def test_a_topic_that_exists_is_refused(emulator: Emulator) -> None:
    resources = {"Cluster": cluster("twice"), "A": topic("same", 1, 1000), "B": topic("same", 1, 1000)}
    resources["B"]["DependsOn"] = ["A"]
    assert emulator.deploy("twice", resources) == "ROLLBACK_COMPLETE"
    assert "already exists" in emulator.reasons("twice")


def test_the_brokers_of_every_cluster_are_the_local_kafka(emulator: Emulator, kafka: str) -> None:
    assert emulator.deploy("brokers", {"A": cluster("brokers"), "B": SERVERLESS}) == "CREATE_COMPLETE"
    client = emulator.client("kafka")
    stack = emulator.client("cloudformation").describe_stack_resources(StackName="brokers")["StackResources"]
    for resource in stack:
        answer = client.get_bootstrap_brokers(ClusterArn=resource["PhysicalResourceId"])
        assert answer["BootstrapBrokerStringSaslIam"] == kafka
        assert answer["BootstrapBrokerStringTls"] == kafka


def test_the_policy_of_a_cluster_is_handed_out_as_it_was_deployed(emulator: Emulator) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kafka-cluster:Connect"}
    policy = {
        "Type": "AWS::MSK::ClusterPolicy",
        "Properties": {
            "ClusterArn": {"Ref": "Cluster"},
            "Policy": {"Version": "2012-10-17", "Statement": [{**statement, "Resource": {"Ref": "Cluster"}}]},
        },
    }
    assert emulator.deploy("shared", {"Cluster": cluster("shared"), "Policy": policy}) == "CREATE_COMPLETE"
    kafka = emulator.client("kafka")
    (arn,) = (one["ClusterArn"] for one in kafka.list_clusters()["ClusterInfoList"] if one["ClusterName"] == "shared")
    assert json.loads(kafka.get_cluster_policy(ClusterArn=arn)["Policy"])["Statement"] == [
        {**statement, "Resource": arn}
    ]
    assert emulator.deploy("shared", {"Cluster": cluster("shared")}, update=True) == "UPDATE_COMPLETE"
    with pytest.raises(kafka.exceptions.NotFoundException):
        kafka.get_cluster_policy(ClusterArn=arn)
