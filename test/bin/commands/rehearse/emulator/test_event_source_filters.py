"""What a mapping's FilterCriteria let through, by the rules of Lambda for Kafka: on key, value and metadata as JSON.

https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html (2026-11-28)
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from emulator.event_sources import Mapping, Poller

PROPERTIES = {
    "FunctionName": "sink",
    "Topics": ["trades"],
    "StartingPosition": "TRIM_HORIZON",
    "EventSourceArn": "arn:aws:kafka:us-east-1:111122223333:cluster/c/1-1",
}


@dataclass
class Message:
    """A message as the consumer hands it over."""

    raw: bytes | None
    name: bytes | None = None
    place: int = 0

    def topic(self) -> str:
        return "trades"

    def partition(self) -> int:
        return self.place

    def offset(self) -> int:
        return 7

    def timestamp(self) -> tuple[int, int]:
        return (2, 1)

    def key(self) -> bytes | None:
        return self.name

    def value(self) -> bytes | None:
        return self.raw

    def headers(self) -> list[tuple[str, bytes]]:
        return []


def delivered(messages: list[Message], *patterns: dict[str, Any]) -> list[Message]:
    """Those of a batch that the function is called with."""
    criteria = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(each)} for each in patterns]}} if patterns else {}
    poller = Poller(Mapping.of("id", {**PROPERTIES, **criteria}), "none", None)  # type: ignore[arg-type]
    seen: list[Message] = []

    def invoke(records: list[Message]) -> dict[str, Any]:
        seen.extend(records)
        return {}

    poller._invoke = invoke  # type: ignore[assignment,method-assign]
    assert poller._deliver(messages)  # type: ignore[arg-type]
    return seen


def trade(**members: Any) -> Message:
    return Message(json.dumps(members).encode())


AAPL, TEST, OTHER = trade(symbol="AAPL", quantity=5), trade(symbol="AAPL", is_test=True), trade(symbol="V")
NO_JSON = Message(b"not JSON")


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([], [AAPL, TEST, OTHER, NO_JSON]),
        ([{"value": {"symbol": ["AAPL"]}}], [AAPL, TEST]),
        ([{"value": {"symbol": ["AAPL"], "is_test": [{"exists": False}]}}], [AAPL]),
        ([{"value": {"symbol": [{"prefix": "A"}]}}], [AAPL, TEST]),
        ([{"value": {"symbol": ["V"]}}, {"value": {"is_test": [True]}}], [TEST, OTHER]),
        ([{"value": {"quantity": [{"numeric": [">", 4]}]}}], [AAPL]),
    ],
)
def test_the_function_is_called_with_what_matches_any_pattern(
    patterns: list[dict[str, Any]], expected: list[Message]
) -> None:
    assert delivered([AAPL, TEST, OTHER, NO_JSON], *patterns) == expected


def test_key_and_partition_can_be_asked_for_too() -> None:
    keyed = Message(b"{}", b'{"symbol":"V"}', 3)
    assert delivered([keyed, AAPL], {"key": {"symbol": ["V"]}}) == [keyed]
    assert delivered([keyed, AAPL], {"partition": [3]}) == [keyed]


def test_a_function_is_not_called_when_nothing_matches_and_the_batch_is_done() -> None:
    assert delivered([OTHER], {"value": {"symbol": ["AAPL"]}}) == []
