"""The SQL of the mesh's products on real Iceberg tables, against the rehearsal's independent computation."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from checks import conform, products
from runtime_support import ROOT, new_tables

import sql_job

MESH = ROOT / "blueprints/mesh"
ORDER = {
    "trading": ("symbols", "trades", "quotes", "volumes"),
    "risk": ("exposures", "var", "limits"),
    "finance": ("revenue", "costs", "pnl"),
}
VARIABLES = json.dumps({domain: domain for domain in ORDER})
SPARK_TYPES = {"timestamptz": "TIMESTAMP", "long": "BIGINT"}
ARRIVALS = "raw_payload STRING, source STRING, ingested_at TIMESTAMP"
REJECTED = "source STRING, position INT, ingested_at TIMESTAMP, {}_id STRING, validation_errors ARRAY<STRING>"
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 25
PRICES = {"AAPL": 258, "TSLA": 438, "JPM": 325, "BTC-USD": 91_402, "UNLISTED": 3}


def contract(product: str) -> dict[str, Any]:
    domain = next(name for name, own in ORDER.items() if product in own)
    return yaml.safe_load((MESH / domain / product / "data-product.yaml").read_text("utf-8"))


def table_of(product: str) -> str:
    return next(each["name"] for each in contract(product)["interfaces"] if each["type"] == "table")


def ddl() -> str:
    statements = [
        f"CREATE TABLE {table_of(product)} ("
        + ", ".join(
            f"{column['name']} {SPARK_TYPES.get(column['type'], column['type'])}" for column in columns(product)
        )
        + ") USING iceberg"
        for own in ORDER.values()
        for product in own
    ]
    for product in ("trades", "quotes"):
        statements.append(f"CREATE TABLE trading.raw_{product} ({ARRIVALS}) USING iceberg")
        rejected = REJECTED.format(product.removesuffix("s"))
        statements.append(f"CREATE TABLE trading.{product}_rejected ({rejected}) USING iceberg")
    return ";".join(statements)


def columns(product: str) -> list[dict[str, Any]]:
    return contract(product)["schema"]["columns"]


def record(product: str) -> dict[str, Any]:
    """The contract's columns as `RecordSchema.toConformSpec` gives them."""
    event_time = contract(product)["schema"]["event_time"]
    fields = [
        {"name": each["name"], "wire": each.get("wire_name", each["name"]), "type": each["type"].replace(" ", "")}
        | {name: True for name in ("required", "positive") if each.get(name)}
        | ({"eventTime": True} if each["name"] == event_time else {})
        for each in columns(product)
    ]
    return {"fields": fields}


@pytest.fixture(scope="module")
def lake(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with new_tables(spark, ddl()):
        yield Lake(spark, tmp_path_factory.mktemp("records"))


class Lake:
    """Takes messages in, and remembers them for the independent computation."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self._spark, self._folder = spark, folder
        self.sent: dict[str, list[tuple[int, bytes]]] = {"trades": [], "quotes": []}
        for product in self.sent:
            (folder / f"{product}.json").write_text(json.dumps(record(product)), encoding="utf-8")

    def send(self, product: str, messages: list[bytes]) -> None:
        rows = []
        for message in messages:
            offset = len(self.sent[product])
            arrived = 1_800_000_000_000_000 + offset * 1000
            self.sent[product].append((arrived, message))
            at = datetime.fromtimestamp(arrived / 1_000_000, UTC).replace(tzinfo=None)
            rows.append((message.decode(), f"trading.{product}.v1/0/{offset}", at))
        self._spark.createDataFrame(rows, ARRIVALS.replace("STRING", "string")).writeTo(
            f"trading.raw_{product}"
        ).append()

    def run(self) -> None:
        """Runs what each product is made by, as the domains' jobs do."""
        for domain, own in ORDER.items():
            for product in own:
                sql = MESH / domain / product / f"{product}.sql"
                spec = ["--record", str(self._folder / f"{product}.json")] if product in self.sent else []
                sql_job.run(["--sql", str(sql), "--variables", VARIABLES, *spec])

    def rows(self, table: str) -> list[dict[str, Any]]:
        return [row.asDict() for row in self._spark.table(table).collect()]

    def wanted(self) -> tuple[products.Products, list[products.Trade]]:
        sound = {
            "trades": products.latest(
                self.sent["trades"], conform.trades(("side", "trader_id")), lambda row: row["side"] in ("buy", "sell")
            ),
            "quotes": products.latest(self.sent["quotes"], products.QUOTES, lambda row: row["bid"] <= row["ask"]),
        }
        trades = products.trades_of(sound["trades"])
        sectors = {row["symbol"]: row["sector"] for row in self.rows("trading.symbols")}
        return products.products(trades, products.quotes_of(sound["quotes"]), sectors), trades

    def judge(self) -> None:
        wanted, trades = self.wanted()
        assert len(self.rows("trading.fct_trades")) == wanted.trades
        assert len(self.rows("trading.fct_quotes")) == wanted.quotes
        made = {product: products.table_of(product, self.rows(table_of(product))) for product in products.COLUMNS}
        assert all(made.values())
        checks = [products.check(product, getattr(wanted, product), made[product]) for product in products.COLUMNS]
        assert [check for check in checks if not check.passed] == []
        assert products.reconciliation(trades, wanted, made["pnl"]) == []


def at(chance: random.Random) -> str:
    return (BEGIN + timedelta(microseconds=chance.randrange(DAYS * 86_400_000_000))).isoformat()


def trade(chance: random.Random, number: int, **changed: Any) -> bytes:
    symbol = chance.choice(list(PRICES))
    price = f"{PRICES[symbol] * chance.uniform(0.8, 1.25):.8f}"
    quantity = f"{chance.uniform(0.00000001, 500):.8f}"
    told = {"trade_id": f"T{number}", "symbol": symbol, "price": price, "quantity": quantity}
    told |= {"side": chance.choice(["buy", "sell"]), "trader_id": f"trader-{number % 7}", "timestamp": at(chance)}
    return json.dumps(told | changed).encode()


def quote(chance: random.Random, number: int, **changed: Any) -> bytes:
    symbol = chance.choice([name for name in PRICES if name != "UNLISTED"])
    bid = PRICES[symbol] * chance.uniform(0.8, 1.25)
    told = {"quote_id": f"Q{number}", "symbol": symbol, "bid": f"{bid:.8f}", "ask": f"{bid * 1.0001:.8f}"}
    return json.dumps(told | {"timestamp": at(chance)} | changed).encode()


def test_products_are_what_another_computation_finds(lake: Lake) -> None:
    chance = random.Random(7)
    lake.send("trades", [trade(chance, number) for number in range(300)])
    lake.send("quotes", [quote(chance, number) for number in range(200)])
    lake.run()
    lake.judge()


def test_revised_late_and_unsound_messages_change_what_they_should(lake: Lake) -> None:
    chance = random.Random(8)
    revised = [trade(chance, number) for number in range(0, 300, 20)]
    withdrawn = trade(chance, 5, price="-1")
    lake.send("trades", [*revised, withdrawn, trade(chance, 900, side="hold"), b"{", *[trade(chance, 901)] * 2])
    lake.send("quotes", [quote(chance, 900, bid="3", ask="2"), quote(chance, 3)])
    lake.run()
    lake.judge()
    rejected = {row["trade_id"]: row["validation_errors"] for row in lake.rows("trading.trades_rejected")}
    assert rejected == {"T5": ["not_positive:price"], "T900": ["UNKNOWN_SIDE"], None: ["malformed"]}
    assert [row["validation_errors"] for row in lake.rows("trading.quotes_rejected")] == [["CROSSED_QUOTE"]]


def test_a_run_without_news_changes_nothing(lake: Lake) -> None:
    before = {product: sorted(map(str, lake.rows(table_of(product)))) for product in products.COLUMNS}
    lake.run()
    assert {product: sorted(map(str, lake.rows(table_of(product)))) for product in products.COLUMNS} == before


def test_the_largest_numbers_stay_exact(lake: Lake) -> None:
    chance = random.Random(9)
    largest = {"symbol": "BTC-USD", "price": "9999999.99999999", "quantity": "999999.99999999", "side": "buy"}
    lake.send("trades", [trade(chance, 1000 + number, **largest) for number in range(3)])
    lake.run()
    lake.judge()


def test_the_comparison_sees_a_last_decimal(lake: Lake) -> None:
    wanted, trades = lake.wanted()
    key = next(iter(wanted.pnl))
    broken = {**wanted.pnl, key: (*wanted.pnl[key][:2], wanted.pnl[key][2] + 1, *wanted.pnl[key][3:])}
    assert not products.check("pnl", wanted.pnl, broken).passed
    assert len(products.reconciliation(trades, wanted, broken)) == 1
    assert not products.check("var", wanted.var, dict(list(wanted.var.items())[1:])).passed
