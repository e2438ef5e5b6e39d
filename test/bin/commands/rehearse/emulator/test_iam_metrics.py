"""The condition key cloudwatch:namespace, by which a role may publish into one namespace and no other."""

from __future__ import annotations

import json

import pytest
from emulator.iam_requests import Request, RequestedResource, requested_resource


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
