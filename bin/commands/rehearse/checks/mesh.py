"""`python -m checks.mesh --config c.json` judges the products of a mesh, each in the account of its domain.

Everything is worked out anew from the topics that the producers wrote to. Writes the checks to the result file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyiceberg.catalog import load_catalog

from .compare import Check, same
from .conform import Conformed, trades
from .kafka import read_topic
from .lake import open_table
from .products import COLUMNS, QUOTES, Products, check, latest, products, quotes_of, reconciliation, table_of, trades_of

_TRADES = trades(("side", "trader_id"))


def judge(config: Mapping[str, Any]) -> list[Check]:
    """Every check of a mesh's rehearsal."""
    tables = {product: _rows(config, product) for product in config["tables"]}
    sound = {
        "trades": _sound(config, "trades", _TRADES, lambda row: row["side"] in ("buy", "sell")),
        "quotes": _sound(config, "quotes", QUOTES, lambda row: row["bid"] <= row["ask"]),
    }
    sectors = {row["symbol"]: row["sector"] for row in tables["symbols"]}
    own = trades_of(sound["trades"])
    wanted = products(own, quotes_of(sound["quotes"]), sectors)
    made = {product: table_of(product, tables[product]) for product in COLUMNS}
    return [
        *(
            _same_records(product, conformed, sound[product], tables[product])
            for product, conformed in _RECORDS.items()
        ),
        *(check(product, getattr(wanted, product), made[product]) for product in COLUMNS),
        same("pnl: reconciles with the trades to the last decimal", [], reconciliation(own, wanted, made["pnl"])[:3]),
        _federated(wanted, config["federated"]),
        _api(sound["trades"], config["api"]),
    ]


_RECORDS: dict[str, Conformed] = {"trades": _TRADES, "quotes": QUOTES}


def _sound(config: Mapping[str, Any], product: str, conformed: Conformed, is_sound: Any) -> list[dict]:
    records = read_topic(config["kafkaBootstrap"], config["topics"][product])
    return latest(((record.timestamp, record.value or b"") for record in records), conformed, is_sound)


def _rows(config: Mapping[str, Any], product: str) -> list[dict[str, Any]]:
    """The rows of a product, as its own domain's auditor sees them; a copy goes to the report's tables."""
    domain, name = config["tables"][product]
    account = config["accounts"][domain]
    keys = {"access-key-id": account["accessKeyId"], "secret-access-key": account["secretAccessKey"]}
    told = {**keys, "endpoint": config["endpoint"], "region": config["region"]}
    settings = {f"{service}.{key}": value for service in ("glue", "s3") for key, value in told.items()}
    catalog = load_catalog(domain, **{"type": "glue", "s3.force-virtual-addressing": "false", **settings})
    rows = open_table(catalog, name).rows
    folder = Path(config["tablesDir"])
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, folder / f"{name}.parquet")
    return rows.to_pylist()


def _same_records(product: str, conformed: Conformed, wanted: Sequence[dict], actual: Sequence[Mapping]) -> Check:
    identifier = conformed.columns[0]
    amounts = ("price", "quantity", "bid", "ask")
    exact = {row[identifier]: {name: row[name] for name in amounts if name in row} for row in wanted}
    have = {row[identifier]: {name: int(row[name].scaleb(8)) for name in amounts if name in row} for row in actual}
    differing = sorted(key for key in exact.keys() | have.keys() if exact.get(key) != have.get(key))
    told = (
        f"{len(differing):,} differ, such as {differing[:3]}" if differing else f"{len(actual):,} rows, each the same"
    )
    passed = not differing and len(actual) == len(wanted)
    return Check(
        f"{product}: every sound record once, in its newest version",
        f"{len(wanted):,} rows, each the same",
        told,
        passed,
    )


def _federated(wanted: Products, answer: Mapping[str, Any]) -> Check:
    """One query over products of three domains, as the people of one may see them: without what they were not given."""
    hidden = set(answer["hiddenSectors"])
    expected = {}
    for (day, symbol), values in wanted.pnl.items():
        sector, _, _, exposure = wanted.exposures[day, symbol]
        turnover = wanted.volumes.get((day, symbol), (None, None))[1]
        expected[str(day), symbol] = (values[3], None if sector in hidden else exposure, turnover)
    actual = {
        (day, symbol): tuple(int(Decimal(text).scaleb(16)) if text else None for text in amounts)
        for day, symbol, *amounts in answer["rows"]
    }
    differing = sorted(key for key in expected.keys() | actual.keys() if expected.get(key) != actual.get(key))
    told = (
        f"{len(differing):,} differ, such as {differing[:3]}" if differing else f"{len(actual):,} rows, each the same"
    )
    name = "federated query: one query joins products of three domains"
    return Check(name, f"{len(expected):,} rows, each the same", told, not differing)


def _api(trades: Sequence[dict], answer: Mapping[str, Any]) -> Check:
    """What the product's API gave, page by page, for a filter: in the order of the key, each row once."""
    asked = answer["asked"]
    begin, end = (_micros(asked[key]) for key in ("from", "until"))
    columns = ("trade_id", "price", "quantity", "trader_id", "traded_at")
    expected = sorted(
        tuple(row[column] for column in columns)
        for row in trades
        if (row["symbol"], row["side"]) == (asked["symbol"], asked["side"]) and begin <= row["traded_at"] < end
    )
    told = {
        "price": lambda text: int(Decimal(text).scaleb(8)),
        "quantity": lambda text: int(Decimal(text).scaleb(8)),
        "traded_at": _micros,
    }
    actual = [tuple(told.get(column, str)(row[column]) for column in columns) for row in answer["rows"]]
    name = "api: every page of trading.trades, filtered, tells each trade once and in order"
    pages = "several pages"
    return Check(
        name,
        f"{len(expected):,} rows in {pages}",
        f"{len(actual):,} rows in {pages if answer['pages'] > 1 else 'one page'}, {_difference(expected, actual)}",
        expected == actual and answer["pages"] > 1,
    )


def _difference(expected: list[tuple], actual: list[tuple]) -> str:
    differing = [pair for pair in zip(expected, actual, strict=False) if pair[0] != pair[1]]
    return f"the first that differs: {differing[0]}" if differing else "each the same"


def _micros(text: str) -> int:
    """Microseconds since 1970."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def main() -> None:
    """Reads the configuration, judges, writes the result."""
    parser = argparse.ArgumentParser(prog="checks.mesh", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON: accounts, topics, tables, where to write")
    config = json.loads(parser.parse_args().config.read_text("utf-8"))
    checks = judge(config)
    Path(config["result"]).write_text(json.dumps({"checks": [each.to_json() for each in checks]}), encoding="utf-8")


if __name__ == "__main__":
    main()
