"""Ten thousand hostile messages, made from a seed: the product and the rehearsal's own reading, which share no code,
say the same of each; nothing is lost and nothing crashes."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from checks import conform as oracle
from checks.expected import Event, versions
from checks.expected import silver as expected_silver
from checks.mapping import conformed as with_mappings
from runtime_support import BLUEPRINT_TABLES, ROOT, SQL, TRADE_SPEC

import sql_job
from conform import Conformer

MESSAGES = 10_000
SEED = 20261124
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Raw(str):
    """A piece of JSON text, well-formed or not, that is written as it is."""


PLAIN = {"trade_id": "t1", "symbol": "A", "price": "10.5", "quantity": 2, "timestamp": "2026-01-02T03:04:05.5Z"}
BINANCE = {"e": "trade", "E": 1, "s": "BNBBTC", "t": 12345, "p": "0.001", "q": "100", "T": 1672515782136, "m": True}
COINBASE = {"type": "match", "trade_id": 10, "time": "2014-11-07T08:19:27.028459Z", "product_id": "BTC-USD"}
COINBASE |= {"size": "5.23512", "price": "400.23", "side": "sell"}
KRAKEN_TRADE = {"symbol": "M/USD", "side": "buy", "price": Raw("0.5147"), "qty": Raw("6423.46326"), "trade_id": 4665846}
KRAKEN_TRADE |= {"timestamp": "2023-09-25T07:48:36.925533Z"}
KRAKEN = {"channel": "trade", "type": "update", "data": [KRAKEN_TRADE, {**KRAKEN_TRADE, "trade_id": 4665847}]}
PHEMEX_TRADES = [[1573717116484024300, "Buy", 86730000000, 210000], [1573717116484024301, "Sell", 1, 1]]
PHEMEX = {"sequence": 1188273, "symbol": "sBTCUSDT", "trades": PHEMEX_TRADES, "type": "incremental"}
POSITIONAL = [0, [["5541.20000", "0.15850568", "1534614057.321597", "s"]], "trade", "XBT/USD"]
POSITIONAL_MAPPING = {
    "name": "positional",
    "when": [{"path": "[2]", "is": ["trade"]}],
    "ignore": [{"path": "event"}],
    "each": "$[1]",
    "fields": {
        "trade_id": {"template": "{$source}/{$index}"},
        "symbol": {"path": "$[3]"},
        "price": {"path": "[0]"},
        "quantity": {"path": "[1]"},
        "timestamp": {"path": "[2]", "epoch": "s"},
    },
}
TRADE_CODES = ("malformed", "missing", "not_decimal", "scale", "overflow", "not_positive", "bad_timestamp")
BASES: dict[str, list[Any]] = {
    "trades": [PLAIN],
    "binance": [BINANCE, {"result": None, "id": 1}],
    "coinbase": [COINBASE, {"type": "heartbeat"}],
    "kraken": [KRAKEN, {"channel": "heartbeat"}],
    "phemex": [PHEMEX, {"result": {"status": "success"}}],
    "positional": [POSITIONAL, {"event": "heartbeat"}],
}
"""By the first part of a source: what arrives there."""

_WITHOUT_BLANKS = r"""
null true false {} [] [[]] {"a":{}} -0 0 0.0 -1 1e1 1E+2 1.5e-3 -1e-9 0.000000001 0.1234567891 9999999999
10000000000 9999999999.99999999 1e9999999999999999999999 1e-9999999999999999999999 "" "0" "-0.0" "+1" ".5" "5." "1e3"
"1_000" "0x10" "NaN" "Infinity" "-" "." "e5" "1e" "1,5" "١٢" NaN Infinity -Infinity 01 +1 .5 5. 0x1F 'a' undefined nul
"\x41" "\u12" "\ud800" "\udfff\ud800" "\ud83d\ude00" "\u0000" "a\u0000b" "\u00e9" "\u202e" "2026-02-30T00:00:00Z"
"2024-02-29T00:00:00Z" "0001-01-01T00:00:00+00:01" "9999-12-31T23:59:59.999999Z" "2026-01-05T24:00:00Z"
"2026-01-05T10:00:60Z" "2026-01-05T10:00:00.1234567890Z" "1767607200000" 1767607200000.1239 -62135596800001
253402300799999.999 253402300800000 -0.0001 1573717116484024300 -1573717116484024300 1e18 1e-400
"""
LITERALS = [*_WITHOUT_BLANKS.split(), '" "', '" 1"', '"1 "', '"2026-01-05 10:00"', '"a\tb"', '"a\nb"']


def literal(rng: random.Random) -> Raw:
    kind = rng.randrange(12)
    if kind == 0:
        return Raw("9" * rng.choice([18, 19, 38, 400, 4301, 9000]))
    if kind == 1:
        return Raw("0." + "0" * rng.choice([7, 8, 400, 5000]) + "1")
    if kind == 2:
        depth = rng.choice([10, 126, 127, 128, 129, 500, 5000])
        return Raw(rng.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth]))
    if kind == 3:
        return Raw(json.dumps("x" * rng.choice([1, 1000, 20_000])))
    if kind == 4:
        return Raw(f"{rng.uniform(-1e12, 1e12):.{rng.randrange(12)}f}")
    if kind == 5:
        return Raw(json.dumps("".join(chr(rng.choice([rng.randrange(0x20), rng.randrange(0xD800)])) for _ in range(5))))
    return Raw(rng.choice(LITERALS))


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, inner in below for place in places(inner, (*at, key)))]


def replaced(tree: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    tree = copy.copy(tree)
    tree[at[0]] = replaced(tree[at[0]], at[1:], value)
    return tree


def written(value: Any) -> str:
    if isinstance(value, Raw):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{written(inner)}" for key, inner in value.items()) + "}"
    return "[" + ",".join(map(written, value)) + "]" if isinstance(value, list) else json.dumps(value)


def hostile(rng: random.Random, base: Any) -> bytes | None:
    tree = base
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        tree = (
            replaced(tree, rng.choice(places(tree)[rng.randrange(2) :] or [()]), literal(rng)) if tree == base else tree
        )
    text = written(tree)
    kind = rng.randrange(16)
    if kind == 0:
        text = text[: rng.randrange(len(text) + 1)]
    elif kind == 1:
        text = rng.choice(["\ufeff", " \t\r\n", "\x00", "[", "//", "\u00a0"]) + text
    elif kind == 2:
        text += rng.choice(["x", " \n", text, "\x00", "]", ",", "}", "\u2028"])
    elif kind == 3 and text.startswith("{"):
        name = rng.choice([*(base if isinstance(base, dict) else []), "\ud800", "k" * 10_000, "", "\x00"])
        text = f"{text[:-1]}{',' if len(text) > 2 else ''}{json.dumps(name)}:{literal(rng)}}}"
    elif kind == 4:
        text = text.replace('"', "'", rng.choice([1, -1]))
    elif kind == 5:
        text = text.replace(",", rng.choice([",,", " , ", ";", ",\n"]))
    payload = text.encode("utf-8", "surrogatepass")
    if kind == 6:
        at = rng.randrange(len(payload) + 1)
        payload = payload[:at] + rng.choice([b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\x80", b"\xf5"]) + payload[at:]
    elif kind == 7 and payload:
        at = rng.randrange(len(payload))
        payload = payload[:at] + bytes([rng.randrange(256)]) + payload[at + 1 :]
    return None if rng.randrange(200) == 0 else payload


def mappings() -> list[dict[str, Any]]:
    found = []
    for name in ("binance", "coinbase", "kraken", "phemex"):
        text = (ROOT / f"blueprints/lakehouse/sources/{name}.yaml").read_text()
        mapping = json.loads(json.dumps(yaml.safe_load(text)))
        fields = {field: how for field, how in mapping["fields"].items() if field not in ("side", "venue")}
        found.append({"name": name, **mapping, "fields": fields})
    return [{**mapping, "prefix": f"{mapping['name']}/"} for mapping in [*found, POSITIONAL_MAPPING]]


SPEC = {**TRADE_SPEC, "mappings": mappings()}


@pytest.fixture(scope="module")
def events() -> list[Event]:
    rng = random.Random(SEED)
    found = []
    for number in range(MESSAGES):
        name = rng.choice(list(BASES))
        payload = hostile(rng, rng.choice(BASES[name] + BASES[name][:1] * 4))
        found.append(Event(f"{name}/0/{number}", 1_767_000_000_000_000 + number * 1000, payload))
    return found


def comparable(record: dict[str, Any]) -> tuple[Any, ...]:
    """A record as the rehearsal counts: decimals in units of 10^-8, instants in microseconds."""
    values = []
    for value in record.values():
        if isinstance(value, Decimal):
            value = int(value.scaleb(8))
        elif isinstance(value, datetime):
            value = (value - EPOCH) // timedelta(microseconds=1)
        values.append(tuple(value) if isinstance(value, list) else value)
    return tuple(values)


def by_product(events: list[Event]) -> dict[str, list[tuple[Any, ...]]]:
    batch = pa.RecordBatch.from_pydict(
        {"raw_payload": pa.array([e.value for e in events], pa.binary()), "source": [e.source for e in events]}
    )
    found: dict[str, list[tuple[Any, ...]]] = {event.source: [] for event in events}
    for out in Conformer(SPEC).append_to(iter([batch])):
        for row in out.set_column(
            out.schema.get_field_index("record"), "record", _with_integers(out.column("record"))
        ).to_pylist():
            if row["record"] is not None:
                assert row["position"] == len(found[row["source"]])
                found[row["source"]].append(comparable(row["record"]))
    return found


def _with_integers(records: pa.StructArray) -> pa.StructArray:
    # Python's datetime ends with the year 9999 in UTC and begins with the year 1; microseconds need no datetime.
    fields = [field.name for field in records.type]
    columns = [records.field(name) for name in fields]
    columns = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in columns]
    return pa.StructArray.from_arrays(columns, names=fields, mask=records.is_null())


def test_both_readings_agree_on_every_message(events: list[Event]) -> None:
    reading = with_mappings(oracle.trades(), SPEC["mappings"])
    found = by_product(events)
    differing = [
        (event.source, event.value and event.value[:300], found[event.source], wanted)
        for event in events
        if found[event.source] != (wanted := reading.rows(event.source, event.value))
    ]
    assert differing[:3] == []


def test_a_message_alone_gives_what_it_gives_among_others(events: list[Event]) -> None:
    among = by_product(events)
    some = random.Random(1).sample(events, 500)
    assert [among[event.source] for event in some] == [by_product([event])[event.source] for event in some]


def test_the_messages_are_hostile_in_every_way_that_there_is_a_code_for(events: list[Event]) -> None:
    codes: Counter[str] = Counter()
    for rows in by_product(events).values():
        codes.update([code.split(":")[0] for row in rows for code in row[-1]] or ["valid" if rows else "ignored"])
    kinds = {*TRADE_CODES, "valid", "ignored"}
    assert set(codes) == kinds
    assert min(codes.values()) >= 100


def test_silver_has_every_one_of_them(spark: Any, tmp_path: Path, events: list[Event]) -> None:
    for statement in sql_job.parse(BLUEPRINT_TABLES):
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {statement.sql.split()[2].split('.')[0]}")
        spark.sql(statement.sql)
    try:
        rows = [(None if e.value is None else bytearray(e.value), e.source, e.ingested_at) for e in events]
        frame = spark.createDataFrame(rows, "raw_payload BINARY, source STRING, micros LONG")
        columns = ["cast(raw_payload AS STRING) AS raw_payload", "source", "timestamp_micros(micros) AS ingested_at"]
        frame.selectExpr(*columns).writeTo("bronze.trades").append()
        record = tmp_path / "record.json"
        record.write_text(json.dumps(SPEC))
        databases = json.dumps({"bronze": "bronze", "silver": "silver"})
        file = str(SQL / "silver/trades.sql")
        summary = sql_job.run(["--sql", file, "--variables", databases, "--record", str(record)])
        reading = with_mappings(oracle.trades(), SPEC["mappings"])
        found_versions = [v for e in events for v in versions(e, reading.rows(e.source, e.value))]
        wanted = expected_silver(found_versions, reading.columns)
        assert summary["rowsIn"] == len(found_versions)
        query = "SELECT trade_id, symbol, price, quantity, unix_micros(traded_at) AS at, is_valid, validation_errors"
        found = [comparable(row.asDict()) for row in spark.sql(f"{query} FROM silver.trades").collect()]
        assert Counter(found) == Counter(wanted.rows())
        quarantined = spark.sql("SELECT count(*) FROM silver.trades_quarantine").collect()[0][0]
        assert quarantined == summary["rowsRejected"]
    finally:
        for table in ("bronze.trades", "silver.trades", "silver.trades_quarantine", "gold.daily_trading_summary"):
            spark.sql(f"DROP TABLE IF EXISTS {table} PURGE")
