"""Judges the copy of silver and what comes after it: `python -m hybrid_checks CONFIG.json`.

lake         the configuration of the lake's checks
tables       folder with the warehouse's tables as Parquet
copy         name of the copy
evolution    a column that silver got: column and since (microseconds since 1970); null when it got none
byValue      name of the mart by that column
byValueCard  title of the card that shows that mart
dashboards   file with what the dashboards show
changes      ids of trades that were corrected, late and deleted, and the day of the late ones

Prints {"checks": [...], "totals": [...]} on one line.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
from checks.config import Config
from checks.lake import ActualTable, open_catalog, open_table
from warehouse_checks.compare import SIXTEEN, Check, compare

from .expected import Evolution, Expected, expected

# The rows that each card of the dashboards shows, by its title.
Cards = dict[str, list[dict[str, Any]]]

_EIGHT = 10**8
_WHEN = "at the end"
_CENTS = Decimal("0.01")
# Cards of the blueprint's dashboard, by what they show of all trades.
_TRADES_CARD, _TURNOVER_CARD = "Trades a day", "Turnover"

_MARTS = {
    "marts.fct_trades": (
        "trades",
        "trade_id, symbol, price, quantity, traded_at, traded_on, turnover",
        "trade_id, symbol, {eight:price}, {eight:quantity}, epoch_us(traded_at), traded_on, {sixteen:turnover}",
    ),
    "marts.fct_daily_summary": (
        "daily",
        "traded_on, symbol, trade_count, total_volume, turnover, vwap",
        "traded_on, symbol, trade_count, {eight:total_volume}, {sixteen:turnover}, {eight:vwap}",
    ),
}


@dataclass(frozen=True)
class Total:
    """What one place on the way of the data holds: rows, and the turnover of the valid ones."""

    place: str
    rows: int
    turnover: Decimal | None
    follows: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON; decimals are text."""
        turnover = None if self.turnover is None else f"{self.turnover:f}"
        return {"place": self.place, "rows": self.rows, "turnover": turnover, "follows": self.follows}


def main() -> None:
    """Compares, and prints the outcome."""
    config = json.loads(Path(sys.argv[1]).read_text())
    lake = Config.read(Path(config["lake"]))
    catalog = open_catalog(lake)
    silver = open_table(catalog, lake.tables["silver"])
    evolution = config["evolution"] and Evolution(config["evolution"]["column"], config["evolution"]["since"])
    changes = config["changes"]
    wanted = expected(
        open_table(catalog, lake.tables["bronze"]).rows,
        _extensions(silver, evolution),
        lake.mappings,
        evolution,
        [changes["deleted"]],
    )
    folder = Path(config["tables"])
    tables = {config["copy"]: _copy_of(wanted), **_MARTS}
    if evolution is not None:
        tables[config["byValue"]] = _by_value(evolution)
    database = wanted.database()
    checks = compare(database, folder, _WHEN, tables)
    checks += _arrived(folder, wanted, changes)
    cards = _cards(Path(config["dashboards"]))
    if evolution is not None:
        checks.append(_evolved(wanted, evolution, cards[config["byValueCard"]]))
    totals, reconciled = _totals(wanted, silver, folder, config["copy"], cards)
    print(json.dumps({"checks": [check.as_dict() for check in checks + reconciled], "totals": totals}))


def _extensions(silver: ActualTable, evolution: Evolution | None) -> list[str]:
    core = {"trade_id", "symbol", "price", "quantity", "traded_at", "is_valid", "validation_errors"}
    return [name for name in silver.schema.names if name not in core and (not evolution or name != evolution.column)]


def _copy_of(wanted: Expected) -> tuple[str, str, str]:
    """Silver as the copy has it: decimals as wide as they get, lists as JSON."""
    actual = {
        "price": "{eight:price}",
        "quantity": "{eight:quantity}",
        "traded_at": "epoch_us(traded_at)",
        "validation_errors": "replace(validation_errors, ' ', '')",
    }
    return "silver", ", ".join(wanted.columns), ", ".join(actual.get(name, name) for name in wanted.columns)


def _by_value(evolution: Evolution) -> tuple[str, str, str]:
    column = evolution.column
    sums = "count(*) as trades, sum(price::hugeint * quantity) as turnover"
    of = f"(select {column}, {sums} from silver where is_valid group by 1)"
    return of, f"{column}, trades, turnover", f"{column}, trades, {{sixteen:turnover}}"


def _arrived(folder: Path, wanted: Expected, changes: dict[str, Any]) -> list[Check]:
    """What was changed in silver, looked for in the mart of trades."""
    database = duckdb.connect()
    database.execute(f"create view trades as select * from read_parquet('{folder / 'marts.fct_trades.parquet'}')")
    prices = {row["trade_id"]: row["price"] for row in wanted.valid}
    found = dict(database.execute("select trade_id, price from trades").fetchall())
    right = [each for each in changes["corrected"] if found.get(each) == Decimal(prices[each]) / _EIGHT]
    late = database.execute(
        "select count(*) from trades where list_contains(?, trade_id) and traded_on = ?",
        [changes["late"], changes["day"]],
    ).fetchone()
    assert late is not None
    gone = changes["deleted"] not in found
    count, number = len(changes["corrected"]), len(changes["late"])
    return [
        Check(
            "marts: what silver corrected is corrected",
            f"{count:,} trades with their new price",
            f"{len(right):,} trades with their new price",
            len(right) == count,
        ),
        Check(
            "marts: what came late is on its day",
            f"{number:,} trades on {changes['day']}",
            f"{late[0]:,} trades on {changes['day']}",
            late[0] == number,
        ),
        Check("marts: what silver deleted is gone", "gone", "gone" if gone else "still there", gone),
    ]


def _evolved(wanted: Expected, evolution: Evolution, card: list[dict[str, Any]]) -> Check:
    """The values of the column that was added, as a dashboard shows them; where it was not filled it has no value."""
    counts = Counter(row[evolution.column] or "none" for row in wanted.valid)
    found = {row[evolution.column]: int(row["trades"]) for row in card}
    texts = [", ".join(f"{each[name]:,} of {name}" for name in sorted(each)) for each in (counts, found)]
    name = f"evolution: the dashboard shows the column {evolution.column} that silver got"
    return Check(name, texts[0], texts[1], counts == found and len(counts) > 1)


def _totals(
    wanted: Expected, silver: ActualTable, folder: Path, copy: str, cards: Cards
) -> tuple[list[dict[str, Any]], list[Check]]:
    """What each place holds, and that it follows from the one before."""
    rows = silver.rows.select(["price", "quantity", "is_valid"]).to_pylist()
    valid = [row for row in rows if row["is_valid"]]
    turnover = _exact(sum(_units(row["price"]) * _units(row["quantity"]) for row in valid))
    superseded = f"{wanted.trades:,} trades of {wanted.messages:,} messages"
    superseded += f" - {wanted.superseded:,} repeated or superseded - {wanted.deleted:,} deleted"
    invalid = len(rows) - len(valid)
    copied = _count(folder, copy)
    valid_copy = _valid_of_copy(folder, copy)
    marts = [
        _sum(folder, "marts.fct_trades", "count(*)"),
        _sum(folder, "marts.fct_daily_summary", "sum(trade_count)"),
    ]
    places = [
        Total("bronze", wanted.messages, None, "messages as they arrived"),
        Total("silver", len(rows), turnover, superseded),
        Total(f"warehouse: {copy}", copied, valid_copy[1], "the same rows"),
        Total("warehouse: marts.fct_trades", *marts[0], f"silver - {invalid:,} invalid"),
        Total("warehouse: marts.fct_daily_summary", *marts[1], "the same trades, by day and symbol"),
    ]
    shown = Decimal(cards[_TURNOVER_CARD][0]["turnover"]), sum(int(row["trades"]) for row in cards[_TRADES_CARD])
    places.append(Total("dashboard", shown[1], shown[0], "the same trades; turnover to the cent"))
    followed = wanted.trades - wanted.superseded - wanted.deleted
    checks = [
        _follows("bronze to silver", f"{superseded} = {followed:,}", f"{len(rows):,}", followed == len(rows)),
        _follows("silver to its copy, all rows", f"{len(rows):,}", f"{copied:,}", copied == len(rows)),
        _follows(
            "silver to its copy, valid trades",
            _both(len(valid), turnover),
            _both(*valid_copy),
            valid_copy == (len(valid), turnover),
        ),
    ]
    for place, total in zip(("trades", "days"), marts, strict=True):
        good = total == (len(valid), turnover)
        checks.append(
            _follows(f"copy to the mart of {place}", _both(len(valid), turnover), _both(*total), good),
        )
    cents = turnover.quantize(_CENTS, ROUND_HALF_UP)
    checks.append(
        _follows(
            "marts to the dashboard", _both(len(valid), cents), _both(shown[1], shown[0]), shown == (cents, len(valid))
        )
    )
    return [place.as_dict() for place in places], checks


def _follows(step: str, wanted: str, found: str, passed: bool) -> Check:
    return Check(f"totals reconcile: {step}", wanted, found, passed)


def _both(rows: int, turnover: Decimal) -> str:
    return f"{rows:,} trades, turnover {turnover:f}"


def _cards(file: Path) -> Cards:
    """The rows of each card by its title."""
    return {
        card["title"]: [dict(zip(card["columns"], row, strict=True)) for row in card["rows"]]
        for dashboard in json.loads(file.read_text())
        for card in dashboard["cards"]
    }


def _count(folder: Path, table: str) -> int:
    [[rows]] = duckdb.sql(f"select count(*) from read_parquet('{folder / table}.parquet')").fetchall()
    return rows


def _sum(folder: Path, table: str, trades: str) -> tuple[int, Decimal]:
    query = f"select {trades}, sum(turnover) from read_parquet('{folder / table}.parquet')"
    [[rows, turnover]] = duckdb.sql(query).fetchall()
    return int(rows), Decimal(turnover)


def _valid_of_copy(folder: Path, copy: str) -> tuple[int, Decimal]:
    """The copy's decimals are as wide as they get: DuckDB has no type for a product of two."""
    query = f"select price, quantity from read_parquet('{folder / copy}.parquet') where is_valid"
    amounts = duckdb.sql(query).fetchall()
    return len(amounts), _exact(sum(_units(price) * _units(quantity) for price, quantity in amounts))


def _units(amount: Decimal) -> int:
    return int(amount.scaleb(8))


def _exact(units: int) -> Decimal:
    """A sum of products, in units of 10^-16, with all its digits."""
    return Decimal(f"{units // SIXTEEN}.{units % SIXTEEN:016d}")


if __name__ == "__main__":
    main()
