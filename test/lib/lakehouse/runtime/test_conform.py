from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from runtime_support import TRADE_SPEC

from conform import Conformer, SpecError

TRADE = {"trade_id": "t1", "symbol": "ACME", "price": "10.5", "quantity": "2", "timestamp": "2026-01-02T03:04:05Z"}
NOON = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def conform(*payloads: bytes | None, spec: dict[str, Any] = TRADE_SPEC) -> list[dict[str, Any]]:
    return Conformer(spec).conform(pa.array(payloads, pa.binary())).to_pylist()


def wire(**changes: Any) -> bytes:
    return json.dumps({**TRADE, **changes}).encode()


def literal(field: str, text: str) -> bytes:
    """A trade whose field is written exactly so, without quotes around it."""
    return wire(**{field: "@"}).replace(b'"@"', text.encode())


def without(*fields: str) -> bytes:
    return json.dumps({key: value for key, value in TRADE.items() if key not in fields}).encode()


def errors(payload: bytes | None) -> list[str]:
    return conform(payload)[0]["validation_errors"]


def test_a_trade_becomes_typed_columns() -> None:
    assert conform(wire()) == [
        {
            "trade_id": "t1",
            "symbol": "ACME",
            "price": Decimal("10.50000000"),
            "quantity": Decimal("2.00000000"),
            "traded_at": NOON,
            "is_valid": True,
            "validation_errors": [],
        }
    ]


@pytest.mark.parametrize(
    "payload",
    [
        None,
        b"",
        b"  ",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{",
        wire()[:-1],
        wire() + b"x",
        wire() + wire(),
        wire() + b"\x00",
        b"\xef\xbb\xbf" + wire(),
        wire().replace(b"ACME", b"AC\xff\xfe"),
        wire().replace(b"ACME", b"AC\nME"),
        wire().replace(b"ACME", b"\xed\xa0\x80"),
        wire().replace(b'"', b"'"),
        wire()[:-1] + b",}",
        literal("price", "NaN"),
        literal("price", "Infinity"),
        literal("price", "-Infinity"),
        literal("price", "01"),
        literal("price", "1."),
        literal("price", ".5"),
        literal("price", "+1"),
        literal("price", "0x10"),
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        literal("extra", "[" * 128 + "]" * 128),
        b'"' + b'\\"[' * 300_000,
    ],
    ids=lambda payload: repr(payload)[:40],
)
def test_what_is_not_one_json_object_is_malformed_and_has_no_columns(payload: bytes | None) -> None:
    (record,) = conform(payload)
    assert record.pop("validation_errors") == ["malformed"]
    assert record.pop("is_valid") is False
    assert set(record.values()) == {None}


@pytest.mark.parametrize(
    "payload",
    [
        b" \t\r\n" + wire() + b"\r\n",
        wire(extra={"nested": [1, {"deep": None}]}),
        wire(extra="\u00e9\u4e2d\U0001f600"),
        wire(extra=None),
        wire().replace(b"ACME", "caf\u00e9".encode()),
        literal("extra", '"\\ud800"'),
        literal("extra", "1e999999999"),
        literal("extra", "9" * 10_000),
        literal("extra", "[" * 127 + "]" * 127),
        literal("extra", "[" + "[]," * 1_000 + '"[[[\\"]]"]'),
    ],
    ids=lambda payload: repr(payload)[:40],
)
def test_blanks_and_unknown_members_make_nothing_invalid(payload: bytes) -> None:
    assert errors(payload) == []


def test_the_last_of_duplicate_keys_wins() -> None:
    assert conform(wire()[:-1] + b', "price": 7}')[0]["price"] == Decimal(7)


@pytest.mark.parametrize("field", ["trade_id", "symbol", "price", "quantity", "timestamp"])
@pytest.mark.parametrize("how", ["absent", "null", "empty"])
def test_a_required_field_that_is_absent_null_or_empty_is_missing(field: str, how: str) -> None:
    payload = {"absent": without(field), "null": wire(**{field: None}), "empty": wire(**{field: ""})}[how]
    assert errors(payload) == [f"missing:{field}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [('"a"', "a"), ("17", "17"), ("-0", "-0"), ('" "', " "), ("9" * 30, "9" * 30), ('"\\u0041"', "A")],
)
def test_text_is_a_json_string_or_the_literal_of_an_integer(text: str, expected: str) -> None:
    assert conform(literal("symbol", text))[0]["symbol"] == expected


@pytest.mark.parametrize("text", ["1.0", "1e3", "true", "false", "{}", "[]", '["a"]', '"\\ud800"'])
def test_text_of_any_other_kind_is_missing(text: str) -> None:
    assert errors(literal("symbol", text)) == ["missing:symbol"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "1"),
        ("0.00000001", "0.00000001"),
        ('"9999999999.99999999"', "9999999999.99999999"),
        ("9999999999.99999999", "9999999999.99999999"),
        ('"1.500000000000000000000"', "1.5"),
        ('"0001"', "1"),
        ('"+1"', "1"),
        ('"1."', "1"),
        ('".5"', "0.5"),
        ("1e9", "1000000000"),
        ("12E-2", "0.12"),
        ('"1000000000000e-3"', "1000000000"),
        ('"0.' + "0" * 1100 + '1e1101"', "1"),
    ],
)
def test_a_decimal_is_exact(text: str, expected: str) -> None:
    record = conform(literal("price", text))[0]
    assert (record["price"], record["validation_errors"]) == (Decimal(expected), [])


@pytest.mark.parametrize(
    "text",
    ['"abc"', '" 1"', '"1 "', '"1,5"', '"0x1"', '"NaN"', '"1e"', '"."', '"-"', '"1e1.5"', '"\u0661"', "true", "[1]"],
)
def test_what_is_no_decimal_number_is_not_decimal(text: str) -> None:
    record = conform(literal("price", text))[0]
    assert (record["price"], record["validation_errors"]) == (None, ["not_decimal:price"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1.000000001", ["scale:price"]),
        ("1.1234567890123456789", ["scale:price"]),
        ("1e-9", ["scale:price"]),
        ("1e-99999", ["scale:price"]),
        ('"1e-' + "9" * 5000 + '"', ["scale:price"]),
        ("10000000000", ["overflow:price"]),
        ("1e10", ["overflow:price"]),
        ("1e99999", ["overflow:price"]),
        ('"1e' + "9" * 5000 + '"', ["overflow:price"]),
        ('"' + "9" * 5000 + '"', ["overflow:price"]),
        ("10000000000.000000001", ["scale:price", "overflow:price"]),
        ("-1e10", ["overflow:price", "not_positive:price"]),
        ("-1e-9", ["scale:price", "not_positive:price"]),
    ],
)
def test_a_decimal_that_does_not_fit_is_not_rounded_and_not_kept(text: str, codes: list[str]) -> None:
    record = conform(literal("price", text))[0]
    assert (record["price"], record["validation_errors"]) == (None, codes)


@pytest.mark.parametrize(("text", "kept"), [("0", "0"), ("-0.0", "0"), ("-1.5", "-1.5"), ("0e99999", "0")])
def test_a_price_that_is_not_positive_is_invalid_but_kept(text: str, kept: str) -> None:
    record = conform(literal("price", text))[0]
    assert (record["price"], record["validation_errors"]) == (Decimal(kept), ["not_positive:price"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"2026-01-02T03:04:05Z"', NOON),
        ('"2026-01-02t03:04:05z"', NOON),
        ('"2026-01-02 03:04:05"', NOON),
        ('"2026-01-02T03:04"', NOON.replace(second=0)),
        ('"2026-01-02T04:34:05+01:30"', NOON),
        ('"2026-01-02T04:34:05+0130"', NOON),
        ('"2026-01-01T22:04:05-05"', NOON),
        ('"2026-01-02T03:04:05.5Z"', NOON.replace(microsecond=500_000)),
        ('"2026-01-02T03:04:05,123456Z"', NOON.replace(microsecond=123_456)),
        ('"2026-01-02T03:04:05.123456999Z"', NOON.replace(microsecond=123_456)),
        ('"2024-02-29T00:00:00Z"', datetime(2024, 2, 29, tzinfo=UTC)),
        ('"9999-12-31T23:59:59.999999Z"', datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("1767323045000", NOON),
        ("1767323045000.5", NOON.replace(microsecond=500)),
        ("1.767323045e12", NOON),
        ("1767323045000.1239", NOON.replace(microsecond=123)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("-1", datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("-0.0001", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("1767323045000." + "0" * 5000 + "1", NOON),
        ("-0." + "0" * 5000 + "1", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("-1e-99999", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_an_event_time_is_iso_8601_or_epoch_milliseconds(text: str, expected: datetime) -> None:
    record = conform(literal("timestamp", text))[0]
    assert (record["traded_at"], record["validation_errors"]) == (expected, [])


def test_the_first_instant_that_counts_is_the_year_1() -> None:
    micros = Conformer(TRADE_SPEC).conform(pa.array([literal("timestamp", "-62135596800000")])).field("traded_at")
    assert micros.cast(pa.int64()).to_pylist() == [-62_135_596_800_000_000]


@pytest.mark.parametrize(
    "text",
    [
        '"2026-02-30T00:00:00Z"',
        '"2025-02-29T00:00:00Z"',
        '"2026-13-01T00:00:00Z"',
        '"2026-01-02T24:00:00Z"',
        '"2026-01-02T03:04:60Z"',
        '"2026-01-02"',
        '"20260102T030405Z"',
        '"2026-01-02T03:04:05.1234567890Z"',
        '"2026-01-02T03:04:05.Z"',
        '"2026-01-02T03:04:05+24:00"',
        '"2026-01-02T03:04:05+01:60"',
        '"2026-01-02T03:04:05 Z"',
        '" 2026-01-02T03:04:05Z"',
        '"0000-01-01T00:00:00Z"',
        '"0001-01-01T00:00:00+01:00"',
        '"9999-12-31T23:59:59-01:00"',
        '"1767323045000"',
        "253402300800000",
        "-62135596800001",
        "1e999999",
        "true",
        "{}",
    ],
)
def test_what_is_no_instant_is_a_bad_timestamp(text: str) -> None:
    record = conform(literal("timestamp", text))[0]
    assert (record["traded_at"], record["validation_errors"]) == (None, ["bad_timestamp"])


def test_codes_are_grouped_in_their_order_and_then_by_column() -> None:
    payload = b'{"quantity": "-1e10", "price": "-1e-9", "timestamp": "never", "symbol": null}'
    assert errors(payload) == [
        "missing:trade_id",
        "missing:symbol",
        "scale:price",
        "overflow:quantity",
        "not_positive:price",
        "not_positive:quantity",
        "bad_timestamp",
    ]


EXTENDED = {"fields": [*TRADE_SPEC["fields"], {"name": "venue", "wire": "venue", "type": "string", "required": False}]}


@pytest.mark.parametrize(("payload", "venue"), [(wire(venue="XNYS"), "XNYS"), (wire(), None), (wire(venue=[1]), None)])
def test_an_optional_column_is_read_and_its_absence_is_no_fault(payload: bytes, venue: str | None) -> None:
    record = conform(payload, spec=EXTENDED)[0]
    assert (record["venue"], record["validation_errors"]) == (venue, [])


def test_a_type_without_rule_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match="column 'size' has type double"):
        Conformer({"fields": [{"name": "size", "wire": "size", "type": "double"}]})


def _mixed(count: int) -> list[bytes | None]:
    """Regular trades of three shapes with everything else strewn among them."""
    odd = [
        b"\xff",
        None,
        b"{}",
        without("symbol"),
        literal("price", "-1"),
        literal("price", "0"),
        literal("price", "1e3"),
    ]
    odd += [literal("timestamp", "1e12"), wire(timestamp="2026-02-29T00:00:00Z"), wire(price="1.1234567899")]
    payloads: list[bytes | None] = []
    for i in range(count):
        shapes = [
            wire(trade_id=f"t{i}", price=f"{i}.25"),
            wire(trade_id=i, price=i + 1, timestamp=1_700_000_000_000 + i),
            wire(**{"trade_id": f"x{i}", "unknown key (1)": [True, None, -1.5e3, "\u00fc"][i % 4]}),
        ]
        payloads.append(odd[i % len(odd)] if i % 7 == 3 else shapes[i * i % 3])
    return payloads


def test_a_number_that_is_no_json_is_malformed_among_numbers_that_are() -> None:
    payloads = [*(wire(trade_id=i) for i in range(2000)), literal("trade_id", "01")]
    assert conform(*payloads)[-1]["validation_errors"] == ["malformed"]


def test_a_batch_gives_what_each_payload_gives_alone() -> None:
    # Alone a payload takes the slow path; in a batch the regular ones take the fast path.
    payloads = _mixed(1500)
    assert conform(*payloads) == [conform(payload)[0] for payload in payloads]


def test_an_empty_batch_gives_an_empty_batch() -> None:
    assert conform() == []


@pytest.mark.parametrize(
    "timestamp",
    [
        '"2026-01-05T23:30:00.5+05:30"',
        '"2026-01-05 00:00:00-14:00"',
        '"8999-12-31T23:59:59.999999-14:00"',
        '"9999-12-31T23:59:59.999999-14:00"',
        '"1000-01-01T00:00:00+14:00"',
        '"2026-02-30T00:00:00Z"',
        "1767594240234.809",
        "1767594240234",
        "1767594240234.8094",
        '"2026-01-05t23:30:00z"',
        '"2026-01-05T23:30"',
        '"2026-01-05T23:30+05"',
        '"2026-01-05T23:30:00"',
        '"2026-01-05 23:30:00,123456789-0330"',
        '"2026-01-05T23:30:00.1234567"',
        '"2026-01-05T23:30:00.123456789+23:59"',
        '"2026-01-05T23:30:60Z"',
        '"2026-01-05T24:00:00Z"',
        '"2026-01-05T23:30:00+24:00"',
        '"2026-01-05T23:30:00.1234567891Z"',
    ],
)
@pytest.mark.parametrize("price", ['"10.50"', '"0.00"', "10.5", '"0010.5"', '"9999999999.99999999"'])
def test_a_shape_that_was_learned_gives_what_a_payload_gives_alone(timestamp: str, price: str) -> None:
    payload = f'{{"trade_id":"t","symbol":"A","price":{price},"quantity":"1","timestamp":{timestamp}}}'.encode()
    conformer = Conformer(TRADE_SPEC)
    alone = conformer.conform(pa.array([payload], pa.binary())).to_pylist()
    assert not conformer._shapes
    assert conformer.conform(pa.array([payload] * 1100, pa.binary())).to_pylist() == alone * 1100
    assert bool(conformer._shapes) == alone[0]["is_valid"]
