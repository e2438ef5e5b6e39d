"""The products of the mesh, computed once more: whole numbers and Python's loops, from the messages that were sent."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Any, NamedTuple

from .compare import Check
from .conform import Conformed, Field, read_instant, read_positive_decimal, read_string

_MICROS_PER_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)

# Fees and limits as the domains have settled them; they stand in their SQL, too.
_COMMISSION, _EXCHANGE_FEE = (2, 10**4), (5, 10**5)
_CLEARING_FEE = 10**6
_LIMITS = {"technology": 250_000_000, "consumer": 150_000_000, "finance": 50_000_000, "crypto": 500_000_000}
_SCENARIO_DAYS = 250
_TOLERANCE = 1e-9
# Python keeps 28 digits unless told.
_EXACT = Context(prec=60)

QUOTES = Conformed(
    (
        Field("quote_id", "quote_id", read_string),
        Field("symbol", "symbol", read_string),
        Field("bid", "bid", read_positive_decimal),
        Field("ask", "ask", read_positive_decimal),
        Field("quoted_at", "timestamp", read_instant),
    )
)

# Values by key. Amounts are whole numbers of 10^-8, products of two of 10^-16.
Table = dict[tuple, tuple]


class Trade(NamedTuple):
    """A sound trade."""

    symbol: str
    price: int
    quantity: int
    bought: int
    day: date
    moment: tuple[int, str]

    @property
    def value(self) -> int:
        """Price times quantity, in 10^-16."""
        return self.price * self.quantity


class Quote(NamedTuple):
    """A sound quote; its middle half up."""

    symbol: str
    mid: int
    day: date
    moment: tuple[int, str]


class Products(NamedTuple):
    """Each table by its key."""

    trades: int
    quotes: int
    volumes: Table
    exposures: Table
    var: Table
    limits: Table
    revenue: Table
    costs: Table
    pnl: Table


def latest(messages: Iterable[tuple[int, bytes]], conformed: Conformed, is_sound: Callable[[dict], bool]) -> list[dict]:
    """The newest version of each record, where it is sound.

    Args:
        messages: When each arrived, and its value.
        conformed: What a record is; its first column is the id.
        is_sound: What else has to hold.
    """
    versions: dict[str, tuple[tuple[int, bytes], dict]] = {}
    for arrived, value in messages:
        row = dict(zip(conformed.columns, conformed.row(value), strict=True))
        name = row[conformed.columns[0]]
        rank = (arrived, hashlib.sha256(value).digest())
        if name is not None and (name not in versions or rank > versions[name][0]):
            versions[name] = (rank, row)
    return [row for _, row in versions.values() if row["is_valid"] and is_sound(row)]


def trades_of(rows: Iterable[Mapping[str, Any]]) -> list[Trade]:
    """Trades, from the rows that `latest` gives."""
    return [
        Trade(
            row["symbol"],
            row["price"],
            row["quantity"],
            row["quantity"] if row["side"] == "buy" else -row["quantity"],
            _day(row["traded_at"]),
            (row["traded_at"], row["trade_id"]),
        )
        for row in rows
    ]


def quotes_of(rows: Iterable[Mapping[str, Any]]) -> list[Quote]:
    """Quotes, from the rows that `latest` gives."""
    return [
        Quote(
            row["symbol"],
            (row["bid"] + row["ask"] + 1) // 2,
            _day(row["quoted_at"]),
            (row["quoted_at"], row["quote_id"]),
        )
        for row in rows
    ]


def products(trades: Sequence[Trade], quotes: Sequence[Quote], sectors: Mapping[str, str]) -> Products:
    """Every product, from sound trades and quotes and the sector of each symbol."""
    exposures = _exposures(trades, quotes, sectors)
    by_day = _grouped(trades, lambda trade: (trade.day, trade.symbol))
    revenue = {key: (sum(_share(t.value, *_COMMISSION) for t in of),) for key, of in by_day.items()}
    costs = {
        key: (sum(_share(t.value, *_EXCHANGE_FEE) for t in of), len(of) * _CLEARING_FEE) for key, of in by_day.items()
    }
    return Products(
        len(trades),
        len(quotes),
        {key: (sum(t.quantity for t in of), sum(t.value for t in of), len(of)) for key, of in by_day.items()},
        exposures,
        _value_at_risk(exposures),
        _limits(exposures),
        revenue,
        costs,
        _profit(exposures, by_day, revenue, costs),
    )


def _exposures(trades: Sequence[Trade], quotes: Sequence[Quote], sectors: Mapping[str, str]) -> Table:
    last_day = max(each.day for each in (*trades, *quotes))
    found: Table = {}
    traded = _grouped(trades, lambda trade: trade.symbol)
    quoted = _grouped(quotes, lambda quote: quote.symbol)
    for symbol, own in traded.items():
        day = min(trade.day for trade in own)
        while day <= last_day:
            until = [trade for trade in own if trade.day <= day]
            known = [quote for quote in quoted.get(symbol, ()) if quote.day <= day]
            newest = max(known or until, key=lambda each: each.moment)
            mark = newest.mid if isinstance(newest, Quote) else newest.price
            position = sum(trade.bought for trade in until)
            found[day, symbol] = (sectors.get(symbol, "unknown"), position, mark, position * mark)
            day += timedelta(days=1)
    return found


def _value_at_risk(exposures: Table) -> Table:
    returns = {
        (day, symbol): mark / exposures[before, symbol][2] - 1
        for (day, symbol), (_, _, mark, _) in exposures.items()
        if (before := day - timedelta(days=1), symbol) in exposures
    }
    found: Table = {}
    for day in sorted({day for day, _ in exposures}):
        held = {symbol: value[3] / 10**16 for (on, symbol), value in exposures.items() if on == day}
        results: dict[date, float] = defaultdict(float)
        for (scenario, symbol), change in returns.items():
            if symbol in held and day - timedelta(days=_SCENARIO_DAYS) < scenario <= day:
                results[scenario] += held[symbol] * change
        ordered = sorted(results.values())
        for percent in (95, 99) if ordered else ():
            place = -(-(100 - percent) * len(ordered) // 100)
            found[day, percent] = (max(-ordered[place - 1], 0.0), len(ordered))
    return found


def _limits(exposures: Table) -> Table:
    gross: dict[tuple, int] = defaultdict(int)
    for (day, _), (sector, _, _, exposure) in exposures.items():
        gross[day, sector] += abs(exposure)
    found: Table = {}
    for (day, sector), used in gross.items():
        limit = _LIMITS.get(sector, 0)
        found[day, sector] = (used, limit * 100, used / 10**16 / limit if limit else None, used > limit * 10**16)
    return found


def _profit(exposures: Table, by_day: Mapping[tuple, Sequence[Trade]], revenue: Table, costs: Table) -> Table:
    found: Table = {}
    for (day, symbol), (*_, exposure) in exposures.items():
        before = exposures.get((day - timedelta(days=1), symbol), (0,))[-1]
        paid = sum(trade.price * trade.bought for trade in by_day.get((day, symbol), ()))
        earned, spent = sum(revenue.get((day, symbol), ())), sum(costs.get((day, symbol), ()))
        result = exposure - before - paid
        found[day, symbol] = (exposure - before, paid, result, result + (earned - spent) * 10**8, earned, spent)
    return found


def reconciliation(trades: Sequence[Trade], wanted: Products, pnl: Table) -> list[str]:
    """The symbols whose profit, over all days, is not what is held then less what was paid: one sentence each."""
    problems = []
    for symbol, own in _grouped(trades, lambda trade: trade.symbol).items():
        last = max(day for day, of in wanted.exposures if of == symbol)
        held = sum(trade.bought for trade in own) * wanted.exposures[last, symbol][2]
        paid = sum(trade.price * trade.bought for trade in own)
        told = sum(values[2] for (_, of), values in pnl.items() if of == symbol)
        if told != held - paid:
            problems.append(f"{symbol}: {told} instead of {held - paid}")
    return problems


class Columns(NamedTuple):
    """How the rows of a table are read: the key, then the values, each with its number of decimals or None."""

    key: tuple[tuple[str, int | None], ...]
    values: tuple[tuple[str, int | None], ...]


_DAY_AND_SYMBOL = (("date", None), ("symbol", None))
COLUMNS: dict[str, Columns] = {
    "volumes": Columns(_DAY_AND_SYMBOL, (("total_volume", 8), ("turnover", 16), ("trade_count", None))),
    "exposures": Columns(_DAY_AND_SYMBOL, (("sector", None), ("position", 8), ("mark", 8), ("exposure", 16))),
    "var": Columns((("date", None), ("confidence", 2)), (("value_at_risk", None), ("scenarios", None))),
    "limits": Columns(
        (("date", None), ("sector", None)),
        (("gross_exposure", 16), ("limit_amount", 2), ("utilization", None), ("is_breached", None)),
    ),
    "revenue": Columns(_DAY_AND_SYMBOL, (("commissions", 8),)),
    "costs": Columns(_DAY_AND_SYMBOL, (("exchange_fees", 8), ("clearing_fees", 8))),
    "pnl": Columns(
        _DAY_AND_SYMBOL,
        (
            *((name, 16) for name in ("value_change", "net_purchases", "trading_pnl", "pnl")),
            *((name, 8) for name in ("commissions", "costs")),
        ),
    ),
}


def table_of(product: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """The rows of a product's table, by key.

    Raises:
        ValueError: when a key is there twice.
    """
    columns, found = COLUMNS[product], {}
    for row in rows:
        key = tuple(_whole(row[name], scale) for name, scale in columns.key)
        if key in found:
            raise ValueError(f"{product}: the key {key} is there twice")
        found[key] = tuple(_whole(row[name], scale) for name, scale in columns.values)
    return found


def check(product: str, wanted: Table, actual: Table) -> Check:
    """Compares a product's table with what it should be: amounts to the last decimal, other numbers to nine digits."""
    differing = [key for key in sorted(wanted.keys() | actual.keys()) if not _same(wanted.get(key), actual.get(key))]
    examples = "; ".join(f"{key}: {actual.get(key)} instead of {wanted.get(key)}" for key in differing[:3])
    told = f"{len(differing):,} differ: {examples}" if differing else f"{len(actual):,} rows, each the same"
    return Check(f"{product}: every value", f"{len(wanted):,} rows, each the same", told, not differing)


def _same(wanted: tuple | None, actual: tuple | None) -> bool:
    if wanted is None or actual is None:
        return False
    return all(
        math.isclose(want, have, rel_tol=_TOLERANCE, abs_tol=1e-6)
        if isinstance(want, float) and isinstance(have, float)
        else want == have
        for want, have in zip(wanted, actual, strict=True)
    )


def _whole(value: Any, scale: int | None) -> Any:
    return int(Decimal(value).scaleb(scale, _EXACT)) if scale is not None and value is not None else value


def _share(value: int, part: int, of: int) -> int:
    """A part of a value in 10^-16, in 10^-8, half up."""
    divisor = of * 10**8
    return (value * part + divisor // 2) // divisor


def _day(micros: int) -> date:
    return _EPOCH + timedelta(days=micros // _MICROS_PER_DAY)


def _grouped(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list]:
    groups: dict[Any, list] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)
