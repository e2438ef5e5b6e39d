"""The condition key cloudwatch:namespace, by which a role may publish into one namespace and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from emulator.iam_requests import Request, RequestedResource, requested_resource
from emulator_harness import REGION, started_emulator


def request(body: bytes, content_type: str) -> Request:
    return Request("POST", "/", {"content-type": content_type}, body, {}, "us-east-1", "111122223333")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"Namespace": "Mine/Lake"}).encode(), "application/x-amz-json-1.0"),
        (b"Action=PutMetricData&Namespace=Mine%2FLake", "application/x-www-form-urlencoded; charset=utf-8"),
    ],
)
def test_the_namespace_of_a_metric_is_known(body: bytes, content_type: str) -> None:
    resource = requested_resource("monitoring", request(body, content_type), "*")
    assert isinstance(resource, RequestedResource)
    assert (str(resource), dict(resource.context)) == ("*", {"cloudwatch:namespace": "Mine/Lake"})


def test_a_request_without_one_has_no_such_key() -> None:
    resource = requested_resource("monitoring", request(b"Action=ListMetrics", "text/plain"), "*")
    assert isinstance(resource, RequestedResource)
    assert dict(resource.context) == {}


PUBLISHER = {
    "name": "publisher",
    "accessKeyId": "AKIAPUBLISHER0000000",
    "secretAccessKey": "secret-of-the-publisher",
    "policy": {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "cloudwatch:PutMetricData",
                "Resource": "*",
                "Condition": {"StringEquals": {"cloudwatch:namespace": "Mine/Lake"}},
            }
        ]
    },
}


@pytest.fixture(scope="module")
def cloudwatch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with started_emulator(tmp_path_factory.mktemp("metrics"), enforceIam=True, principals=[PUBLISHER]) as (emulator, _):
        yield boto3.client(
            "cloudwatch",
            endpoint_url=emulator.endpoint,
            region_name=REGION,
            aws_access_key_id=PUBLISHER["accessKeyId"],
            aws_secret_access_key=PUBLISHER["secretAccessKey"],
        )


def test_a_policy_on_one_namespace_admits_it(cloudwatch: Any) -> None:
    cloudwatch.put_metric_data(Namespace="Mine/Lake", MetricData=[{"MetricName": "Rows", "Value": 1}])


def test_and_no_other(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:PutMetricData"):
        cloudwatch.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "Rows", "Value": 1}])
