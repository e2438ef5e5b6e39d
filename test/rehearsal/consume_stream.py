"""`python consume_stream.py FILE`: reads a topic of another account's cluster as one of its consumers, or says why not.

The local Kafka knows no IAM. What a member of a consumer group needs is therefore evaluated first: by the policies of
the reader's role, in its account, and by the policy of the cluster, in the owner's. Only who has all of it reads on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
from confluent_kafka import Consumer

Json = dict[str, Any]

_IDLE_SECONDS = 10.0


def lacking(told: Json) -> list[str]:
    """What the reader may not do of all that a consumer does, and on which side."""
    cluster, topic, group = told["cluster"], told["topic"], told["group"]
    below = {kind: cluster.replace(":cluster/", f":{kind}/") for kind in ("topic", "group")}
    needed = [
        ("Connect", cluster),
        ("DescribeTopic", f"{below['topic']}/{topic}"),
        ("ReadData", f"{below['topic']}/{topic}"),
        ("AlterGroup", f"{below['group']}/{group}"),
        ("DescribeGroup", f"{below['group']}/{group}"),
    ]
    sides = {"reader": list(_of_role(told)), "owner": list(_of_cluster(told))}
    return [
        f"{action} by the {side}"
        for action, resource in needed
        for side, statements in sides.items()
        if not any(_allows(one, told["role"], f"kafka-cluster:{action}", resource) for one in statements)
    ]


def _of_role(told: Json) -> Iterator[Json]:
    iam, name = _client(told, told["consumer"], "iam"), told["role"].rpartition("/")[2]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        yield from iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        raise NotImplementedError(f"{attached['PolicyArn']}: only inline policies are evaluated here.")


def _of_cluster(told: Json) -> list[Json]:
    kafka = _client(told, told["owner"], "kafka")
    try:
        return json.loads(kafka.get_cluster_policy(ClusterArn=told["cluster"])["Policy"])["Statement"]
    except kafka.exceptions.NotFoundException:
        return []


def _allows(statement: Json, role: str, action: str, resource: str) -> bool:
    if statement["Effect"] != "Allow":
        raise NotImplementedError("A policy that denies is not evaluated here.")
    account = role.split(":")[4]
    principals = _all(statement.get("Principal", {"AWS": role})["AWS"])
    conditions = statement.get("Condition", {"ArnEquals": {"aws:PrincipalArn": role}})
    return (
        any(one in (role, account, f"arn:aws:iam::{account}:root") for one in principals)
        and conditions == {"ArnEquals": {"aws:PrincipalArn": role}}
        and any(fnmatchcase(action, one) for one in _all(statement["Action"]))
        and any(fnmatchcase(resource, one) for one in _all(statement["Resource"]))
    )


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _client(told: Json, account: str, service: str) -> Any:
    where = {"endpoint_url": told["endpoint"], "region_name": told["region"]}
    return boto3.client(service, **where, aws_access_key_id=account, aws_secret_access_key="rehearsal")


def consumed(told: Json) -> int:
    """How many messages the topic gives to the reader's group."""
    consumer = Consumer(
        {"bootstrap.servers": told["kafka"], "group.id": told["group"], "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([told["topic"]])
    count = 0
    try:
        while count < told["messages"] and consumer.poll(_IDLE_SECONDS) is not None:
            count += 1
    finally:
        consumer.close()
    return count


if __name__ == "__main__":
    request = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    missing = lacking(request)
    print(json.dumps({"lacking": missing, "messages": 0 if missing else consumed(request)}))
