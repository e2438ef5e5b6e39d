"""Paths, templates, numbers and kinds of messages; the exchanges' own messages are in test_sources.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from runtime_support import TRADE_SPEC

from conform import Conformer, SpecError

FIELDS = {
    "trade_id": {"template": "x:{s}:{i}"},
    "symbol": {"path": "s"},
    "price": {"path": "p"},
    "quantity": {"path": "q"},
    "timestamp": {"path": "t"},
}
MESSAGE = {"s": "ACME", "i": 7, "p": "10.5", "q": "2", "t": 1767323045000}
NOON = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TRADE = ("x:ACME:7", "ACME", Decimal("10.5"), Decimal(2), NOON, True, [])


def mapping(fields: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    return {"name": "x", "fields": {**FIELDS, **(fields or {})}, **others}


def conform(*payloads: bytes | None, mappings: list[dict[str, Any]], source: str = "trades/0/5") -> list[Any]:
    """What comes out: source, position and the values of the record, or None for a message without one."""
    batch = pa.RecordBatch.from_pydict(
        {"raw_payload": pa.array(payloads, pa.binary()), "source": [source] * len(payloads)}
    )
    found = []
    for out in Conformer({**TRADE_SPEC, "mappings": mappings}).append_to(iter([batch])):
        for row in out.to_pylist():
            found.append((row["position"], row["record"] and tuple(row["record"].values())))
    return found


def record(message: Any = None, *, literal: str | None = None, **options: Any) -> Any:
    """The only record of one message; a literal is put where the message says "@"."""
    text = json.dumps(MESSAGE if message is None else message)
    text = text if literal is None else text.replace('"@"', literal)
    ((_, values),) = conform(text.encode(), mappings=[mapping(**options)])
    return values


def errors(*args: Any, **options: Any) -> list[str]:
    return record(*args, **options)[-1]


def test_a_message_becomes_a_trade() -> None:
    assert record() == TRADE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("deep.er", {"deep": {"er": "ACME"}}),
        ("list[1]", {"list": [0, "ACME"]}),
        ("list[1][0].x", {"list": [0, [{"x": "ACME"}]]}),
        ('["odd name"]', {"odd name": "ACME"}),
        ('a["b.c"]', {"a": {"b.c": "ACME"}}),
        ("$.x-y_1", {"x-y_1": "ACME"}),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: dict[str, Any]) -> None:
    assert record({**MESSAGE, **value}, fields={"symbol": {"path": path}})[1] == "ACME"


@pytest.mark.parametrize("path", ["none", "s.x", "s[0]", "list[1]", "list.x", "deep.er.x"])
def test_a_path_that_leads_nowhere_is_a_field_that_is_missing(path: str) -> None:
    message = {**MESSAGE, "list": [1], "deep": {"er": None}}
    assert errors(message, fields={"symbol": {"path": path}}) == ["missing:symbol"]


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a[", "a[x]", "a[-1]", "a b", "$$", "a.[0]", "a."])
def test_what_is_no_path_is_refused_with_the_name_of_its_mapping(path: str) -> None:
    with pytest.raises(SpecError, match=r"mapping .x.: .* is not a path"):
        record(fields={"symbol": {"path": path}})


@pytest.mark.parametrize(
    ("unit", "literal", "micros"),
    [
        ("s", "1534614057", 1534614057_000000),
        ("s", "1534614057.321597", 1534614057_321597),
        ("s", '"1534614057.321597"', 1534614057_321597),
        ("s", '"1534614057.3215979"', 1534614057_321597),
        ("s", "1.534614057321597e9", 1534614057_321597),
        ("ms", "1534614057321", 1534614057_321000),
        ("ms", '"1534614057321.597"', 1534614057_321597),
        ("us", "1534614057321597", 1534614057_321597),
        ("us", '"1534614057321597"', 1534614057_321597),
        ("ns", "1534614057321597999", 1534614057_321597),
        ("ns", "-1", -1),
        ("ns", "0", 0),
        ("s", "253402300799.999999999", 253402300799_999999),
    ],
)
def test_seconds_to_nanoseconds_are_exact(unit: str, literal: str, micros: int) -> None:
    fields = {"timestamp": {"path": "t", "epoch": unit}}
    traded_at = record({**MESSAGE, "t": "@"}, literal=literal, fields=fields)[4]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert ((traded_at - epoch).days * 86_400 + (traded_at - epoch).seconds) * 1_000_000 + (
        traded_at - epoch
    ).microseconds == micros


@pytest.mark.parametrize("literal", ['"2026-01-02T03:04:05Z"', "true", "[]", '"12 "', '"soon"', "1e99", '"\\ud800"'])
def test_what_is_no_number_is_no_time_since_1970(literal: str) -> None:
    fields = {"timestamp": {"path": "t", "epoch": "s"}}
    assert errors({**MESSAGE, "t": "@"}, literal=literal, fields=fields) == ["bad_timestamp"]


@pytest.mark.parametrize("literal", ["null", '""'])
def test_a_time_that_is_not_there_is_missing(literal: str) -> None:
    fields = {"timestamp": {"path": "t", "epoch": "s"}}
    assert errors({**MESSAGE, "t": "@"}, literal=literal, fields=fields) == ["missing:timestamp"]


@pytest.mark.parametrize(
    ("scale", "literal", "price"),
    [
        (4, "86735000", "8673.5"),
        (8, '"86730000000"', "867.3"),
        (8, "1", "0.00000001"),
        (0, "7", "7"),
        (2, "1e4", "100"),
        (18, "9999999999000000000000000000", "9999999999"),
    ],
)
def test_scaled_integers_are_exact(scale: int, literal: str, price: str) -> None:
    found = record({**MESSAGE, "p": "@"}, literal=literal, fields={"price": {"path": "p", "scale": scale}})
    assert found[2:] == (Decimal(price), *TRADE[3:])


@pytest.mark.parametrize(
    ("literal", "codes"),
    [
        ("1", ["scale:price"]),
        ('"x"', ["not_decimal:price"]),
        ("true", ["not_decimal:price"]),
        ("null", ["missing:price"]),
        ("-1000000000", ["not_positive:price"]),
        ("1e99", ["overflow:price"]),
        ("1e" + "9" * 5000, ["overflow:price"]),
    ],
)
def test_scaled_integers_are_judged_when_scaled(literal: str, codes: list[str]) -> None:
    found = errors({**MESSAGE, "p": "@"}, literal=literal, fields={"price": {"path": "p", "scale": 9}})
    assert found == codes


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("x:{s}:{i}", "x:ACME:7"),
        ("{i}", "7"),
        ("{$.s}/{$index}", "ACME/0"),
        ("{$source}", "trades/0/5"),
        ("same", "same"),
    ],
)
def test_a_template_puts_values_together(template: str, expected: str) -> None:
    assert record(fields={"trade_id": {"template": template}})[0] == expected


@pytest.mark.parametrize("value", [None, "", 1.5, True, [], {}, "\ud800"])
def test_an_identity_of_which_a_part_is_missing_is_missing(value: Any) -> None:
    found = record({**MESSAGE, "i": value})
    assert (found[0], found[-1]) == (None, ["missing:trade_id"])


def test_a_constant_and_a_table_of_values() -> None:
    fields = {"symbol": {"constant": "ONE"}, "trade_id": {"path": "m", "values": {"true": "yes", "1": "one"}}}
    assert record({**MESSAGE, "m": True}, fields=fields)[:2] == ("yes", "ONE")
    assert record({**MESSAGE, "m": 1}, fields=fields)[0] == "one"
    assert errors({**MESSAGE, "m": "2"}, fields=fields) == ["missing:trade_id"]


LIST = {"symbol": {"path": "$.s"}, "trade_id": {"template": "{$.s}:{$index}"}}
POSITIONAL = {"price": {"path": "[0]"}, "quantity": {"path": "[1]"}, "timestamp": {"path": "[2]"}}


def test_a_message_with_several_trades_becomes_as_many_rows_each_with_its_position() -> None:
    message = {"s": "A", "all": {"trades": [["1", "2", 0], ["3", "x", 0], 17, ["5", "6", 0, "more"]]}}
    options = mapping(fields={**LIST, **POSITIONAL}, each="all.trades")
    rows = conform(json.dumps(message).encode(), mappings=[options])
    assert [(position, row[0], row[2], row[-1]) for position, row in rows] == [
        (0, "A:0", 1, []),
        (1, "A:1", 3, ["not_decimal:quantity"]),
        (2, None, None, ["malformed"]),
        (3, "A:3", 5, []),
    ]


def test_a_mapping_does_the_same_where_spark_sends_it() -> None:
    from pyspark import cloudpickle

    spec = {
        **TRADE_SPEC,
        "mappings": [mapping(fields={"price": {"path": "none"}, "quantity": {"path": "q", "scale": 1}})],
    }
    sent = cloudpickle.loads(cloudpickle.dumps(Conformer(spec)))
    batch = pa.RecordBatch.from_pydict({"raw_payload": [json.dumps(MESSAGE)], "source": ["trades/0/0"]})
    (row,) = [row for out in sent.append_to(iter([batch])) for row in out.to_pylist()]
    assert (row["record"]["price"], row["record"]["quantity"]) == (None, Decimal("0.2"))
    assert row["record"]["validation_errors"] == ["missing:price"]


def test_a_message_may_be_an_array_itself() -> None:
    fields = {**POSITIONAL, "symbol": {"path": "$[2]"}, "trade_id": {"template": "{$[2]}:{$[0]}:{$index}"}}
    rows = conform(b'[42, [["1", "2", 0]], "A"]', mappings=[mapping(fields=fields, each="$[1]")])
    assert [row[:4] for _, row in rows] == [("A:42:0", "A", 1, 2)]


@pytest.mark.parametrize(
    "payload", [b"{", b"17", b'"text"', b"null", None, b"\xff", b'{"s":"A"}', b'{"all":{"trades":{}}}']
)
def test_a_message_whose_trades_cannot_be_found_is_one_malformed_row(payload: bytes | None) -> None:
    ((position, row),) = conform(payload, mappings=[mapping(fields=LIST, each="all.trades")])
    assert (position, row) == (0, (None, None, None, None, None, False, ["malformed"]))


def test_a_message_without_any_trade_has_no_record() -> None:
    assert conform(b'{"t":[]}', mappings=[mapping(each="t")]) == [(0, None)]


KINDS = {
    "when": [{"path": "type", "is": ["trade", 1, True, None]}],
    "ignore": [{"path": "type", "is": ["heartbeat"]}, {"path": "result"}],
}


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ({"type": "trade"}, "trade"),
        ({"type": 1}, "trade"),
        ({"type": True}, "trade"),
        ({"type": None}, "trade"),
        ({"type": "heartbeat"}, "other"),
        ({"type": "trade", "result": None}, "other"),
        ({"result": {}}, "other"),
        ({"type": "1"}, "malformed"),
        ({"type": "true"}, "malformed"),
        ({"type": "null"}, "malformed"),
        ({"type": 1.0}, "malformed"),
        ({"type": False}, "malformed"),
        ({"type": ["trade"]}, "malformed"),
        ({"type": "new"}, "malformed"),
        ({}, "malformed"),
    ],
)
def test_other_kinds_are_left_out_when_they_are_named_and_no_trades_when_they_are_not(
    message: dict[str, Any], outcome: str
) -> None:
    found = record({**MESSAGE, **message}, **KINDS)
    shown = "other" if found is None else (found[-1] or ["trade"])[0]
    assert shown == outcome


def test_the_first_mapping_that_knows_a_message_reads_it() -> None:
    first = mapping(fields={"symbol": {"constant": "FIRST"}}, when=[{"path": "v", "is": [1]}])
    second = mapping(fields={"symbol": {"constant": "SECOND"}}, when=[{"path": "v", "is": [1, 2]}])
    messages = [json.dumps({**MESSAGE, "v": v}).encode() for v in (1, 2, 3)]
    rows = conform(*messages, mappings=[first, second])
    assert [row[1] for _, row in rows] == ["FIRST", "SECOND", None]


def test_what_comes_from_elsewhere_needs_no_mapping() -> None:
    plain = b'{"trade_id":"t","symbol":"ACME","price":"10.5","quantity":"2","timestamp":1767323045000}'
    mappings = [mapping(prefix="trades/")]
    assert conform(plain, mappings=mappings, source="s3://drop/file.jsonl/1") == [(0, ("t", *TRADE[1:]))]
    assert conform(plain, mappings=mappings)[0][1][-1] != []


def test_rows_keep_what_else_they_have_in_batches_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conform._MAPPED_BATCH", 3)
    messages = [{"s": str(i), "t": [["1", "2", 0]] * i} for i in range(5)]
    batch = pa.RecordBatch.from_pydict(
        {"raw_payload": [json.dumps(m) for m in messages], "source": [f"t/0/{i}" for i in range(5)]}
    )
    spec = {**TRADE_SPEC, "mappings": [mapping(fields={**LIST, **POSITIONAL}, each="t")]}
    rows = [row for out in Conformer(spec).append_to(iter([batch])) for row in out.to_pylist()]
    assert [(row["source"], row["position"], row["record"] and row["record"]["trade_id"]) for row in rows] == [
        ("t/0/0", 0, None),
        *((f"t/0/{i}", j, f"{i}:{j}") for i in range(1, 5) for j in range(i)),
    ]
    assert len({row["payload_hash"] for row in rows}) == 5
