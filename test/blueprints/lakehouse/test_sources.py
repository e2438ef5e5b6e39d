"""The exchanges' own messages, as their documentation prints them, against rows that were written by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from conform import Conformer

SOURCES = Path(__file__).parents[3] / "blueprints/lakehouse/sources"
TYPES = {"price": "decimal(18,8)", "quantity": "decimal(18,8)", "timestamp": "timestamptz"}
FIELDS = ["trade_id", "symbol", "price", "quantity", "timestamp", "side", "venue"]
TRADE = [
    {"name": name, "wire": name, "type": TYPES.get(name, "string"), "required": name not in ("side", "venue")}
    for name in FIELDS
]


def conformed(name: str, *messages: str) -> list[Any]:
    """Rows as tuples of the columns and the codes; None for a message of another kind."""
    # Through JSON, for that is how a mapping gets to the job: the keys of a table are texts there.
    mapping = json.loads(json.dumps(yaml.safe_load((SOURCES / f"{name}.yaml").read_text())))
    return conform({"name": name, **mapping}, *messages)


def conform(mapping: dict[str, Any], *messages: str) -> list[Any]:
    batch = pa.RecordBatch.from_pydict({"raw_payload": list(messages), "source": ["trades/0/0"] * len(messages)})
    rows = [
        row
        for out in Conformer({"fields": TRADE, "mappings": [mapping]}).append_to(iter([batch]))
        for row in out.to_pylist()
    ]
    return [
        row["record"] and (*(row["record"][field] for field in FIELDS), row["record"]["validation_errors"])
        for row in rows
    ]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_binance() -> None:
    trade = """{
      "e": "trade", "E": 1672515782136, "s": "BNBBTC", "t": 12345, "p": "0.001", "q": "100",
      "b": 88, "a": 50, "T": 1672515782136, "m": true, "M": true
    }"""
    subscribed = '{"result": null, "id": 1}'
    aggregate = """{
      "e": "aggTrade", "E": 1672515782136, "s": "BNBBTC", "a": 12345, "p": "0.001", "q": "100", "f": 100, "l": 105,
      "T": 1672515782136, "m": true, "M": true
    }"""
    # 1672515782 is 2022-12-31T19:43:02Z.
    assert conformed("binance", trade, subscribed, aggregate) == [
        (
            "binance:BNBBTC:12345",
            "BNBBTC",
            Decimal("0.001"),
            Decimal(100),
            at("2022-12-31T19:43:02.136"),
            "sell",
            "binance",
            [],
        ),
        None,
        (None, None, None, None, None, None, None, ["malformed"]),
    ]


def test_coinbase() -> None:
    match = """{
      "type": "match", "trade_id": 10, "sequence": 50, "maker_order_id": "ac928c66-ca53-498f-9c13-a110027a60e8",
      "taker_order_id": "132fb6ae-456b-4654-b4e0-d681ac05cea1", "time": "2014-11-07T08:19:27.028459Z",
      "product_id": "BTC-USD", "size": "5.23512", "price": "400.23", "side": "sell"
    }"""
    heartbeat = """{
      "type": "heartbeat", "sequence": 90, "last_trade_id": 20, "product_id": "BTC-USD",
      "time": "2014-11-07T08:19:28.464459Z"
    }"""
    subscriptions = '{"type": "subscriptions", "channels": [{"name": "matches", "product_ids": ["BTC-USD"]}]}'
    row = ("BTC-USD", Decimal("400.23"), Decimal("5.23512"), at("2014-11-07T08:19:27.028459"), "sell", "coinbase", [])
    assert conformed("coinbase", match, heartbeat, subscriptions, match.replace('"match"', '"last_match"')) == [
        ("coinbase:BTC-USD:10", *row),
        None,
        None,
        ("coinbase:BTC-USD:10", *row),
    ]


def test_kraken() -> None:
    snapshot = """{
      "channel": "trade", "type": "snapshot", "data": [
        {"symbol": "MATIC/USD", "side": "buy", "price": 0.5147, "qty": 6423.46326, "ord_type": "limit",
         "trade_id": 4665846, "timestamp": "2023-09-25T07:48:36.925533Z"},
        {"symbol": "MATIC/USD", "side": "buy", "price": 0.5147, "qty": 1136.19677815, "ord_type": "limit",
         "trade_id": 4665847, "timestamp": "2023-09-25T07:49:36.925603Z"}
      ]
    }"""
    update = """{
      "channel": "trade", "type": "update", "data": [
        {"symbol": "MATIC/USD", "side": "sell", "price": 0.5117, "qty": 40.0, "ord_type": "market",
         "trade_id": 4665906, "timestamp": "2023-09-25T07:49:37.708706Z"}
      ]
    }"""
    subscribed = """{
      "method": "subscribe", "result": {"channel": "trade", "snapshot": true, "symbol": "MATIC/USD"}, "success": true,
      "time_in": "2023-09-25T09:04:31.742599Z", "time_out": "2023-09-25T09:04:31.742648Z"
    }"""
    assert conformed("kraken", snapshot, '{"channel": "heartbeat"}', subscribed, update) == [
        (
            "kraken:MATIC/USD:4665846",
            "MATIC/USD",
            Decimal("0.5147"),
            Decimal("6423.46326"),
            at("2023-09-25T07:48:36.925533"),
            "buy",
            "kraken",
            [],
        ),
        (
            "kraken:MATIC/USD:4665847",
            "MATIC/USD",
            Decimal("0.5147"),
            Decimal("1136.19677815"),
            at("2023-09-25T07:49:36.925603"),
            "buy",
            "kraken",
            [],
        ),
        None,
        None,
        (
            "kraken:MATIC/USD:4665906",
            "MATIC/USD",
            Decimal("0.5117"),
            Decimal(40),
            at("2023-09-25T07:49:37.708706"),
            "sell",
            "kraken",
            [],
        ),
    ]


def test_phemex() -> None:
    snapshot = """{
      "sequence": 1167852, "symbol": "sBTCUSDT",
      "trades": [
        [1573716998128563500, "Buy", 867350000000, 560000], [1573716995033683000, "Buy", 867350000000, 520000]
      ],
      "type": "snapshot"
    }"""
    incremental = """{
      "sequence": 1188273, "symbol": "sBTCUSDT",
      "trades": [[1573717116484024300, "Buy", 86730000000, 210000], [1573717116484024999, "Sell", 1, 1]],
      "type": "incremental"
    }"""
    subscribed = '{"error": null, "id": 1, "result": {"status": "success"}}'
    # 1573717116 is 2019-11-14T07:38:36Z; what is finer than a microsecond is cut.
    when = at("2019-11-14T07:38:36.484024")
    assert conformed("phemex", snapshot, incremental, subscribed) == [
        None,
        ("phemex:sBTCUSDT:1188273:0", "sBTCUSDT", Decimal("867.3"), Decimal("0.0021"), when, "buy", "phemex", []),
        (
            "phemex:sBTCUSDT:1188273:1",
            "sBTCUSDT",
            Decimal("0.00000001"),
            Decimal("0.00000001"),
            when,
            "sell",
            "phemex",
            [],
        ),
        None,
    ]


# Kraken's WebSocket v1 is not shipped, for its trades have no id. This is how such a feed is mapped (docs/sources.md).
KRAKEN_V1 = """
when:
  - { path: '[2]', is: [trade] }
ignore:
  - { path: event }
each: $[1]
fields:
  trade_id: { template: 'kraken:{$source}:{$index}' }
  symbol: { path: '$[3]' }
  price: { path: '[0]' }
  quantity: { path: '[1]' }
  timestamp: { path: '[2]', epoch: s }
  side: { path: '[3]', values: { b: buy, s: sell } }
"""


def test_arrays_by_position_and_seconds_with_a_fraction() -> None:
    trades = """[0, [
      ["5541.20000", "0.15850568", "1534614057.321597", "s", "l", ""],
      ["6060.00000", "0.02455000", "1534614057.324998", "b", "l", ""]
    ], "trade", "XBT/USD"]"""
    # 1534614057 is 2018-08-18T17:40:57Z.
    assert conform(yaml.safe_load(KRAKEN_V1), trades, '{"event": "heartbeat"}') == [
        (
            "kraken:trades/0/0:0",
            "XBT/USD",
            Decimal("5541.2"),
            Decimal("0.15850568"),
            at("2018-08-18T17:40:57.321597"),
            "sell",
            None,
            [],
        ),
        (
            "kraken:trades/0/0:1",
            "XBT/USD",
            Decimal("6060"),
            Decimal("0.02455"),
            at("2018-08-18T17:40:57.324998"),
            "buy",
            None,
            [],
        ),
        None,
    ]


@pytest.mark.parametrize("name", [path.stem for path in sorted(SOURCES.glob("*.yaml"))])
def test_each_mapping_names_its_documentation_and_when_it_was_read(name: str) -> None:
    head = (SOURCES / f"{name}.yaml").read_text().split("when:")[0]
    assert "https://" in head
    assert "read 2026-" in head
