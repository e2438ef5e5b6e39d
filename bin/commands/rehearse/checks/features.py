"""gold.trade_features by other means: whole numbers and fractions for what is exact, plain floats for the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa

from .compare import Check, same
from .expected import DAY, EPOCH

_VOLUME_LIMIT = 10**18
_TURNOVER_LIMIT = 10**36
# Sums of floats differ in their last digits with the order of their terms.
_TOLERANCE = 1e-9
_EXACT = (
    "open_price",
    "high_price",
    "low_price",
    "close_price",
    "volume",
    "turnover",
    "trade_count",
    "vwap",
    "vwap_7d",
)
_FLOATS = ("daily_return", "realized_volatility")
_EXAMPLES = 3


class Trade(NamedTuple):
    """A valid trade: instant in microseconds, price and quantity in units of 10^-8."""

    at: int
    trade_id: str
    price: int
    quantity: int


@dataclass(frozen=True)
class Features:
    """A row; prices, volume and averages in units of 10^-8, turnover in units of 10^-16."""

    open_price: int
    high_price: int
    low_price: int
    close_price: int
    volume: int
    turnover: int
    trade_count: int
    vwap: int
    vwap_7d: int
    daily_return: float | None
    realized_volatility: float


Key = tuple[int, str]
"""A day (UTC), counted from 1970, and a symbol."""


class Day(NamedTuple):
    """What the trades of one symbol on one day come to by themselves."""

    open_price: int
    high_price: int
    low_price: int
    close_price: int
    volume: int
    turnover: int
    trade_count: int
    realized_volatility: float


def valid_trades(rows: Iterable[tuple], columns: tuple[str, ...]) -> Iterator[tuple[Key, Trade]]:
    """The valid ones among silver's rows, with their day and symbol."""
    symbol = columns.index("symbol")
    places = [columns.index(name) for name in Trade._fields[1:]]
    traded_at = columns.index("traded_at")
    for row in rows:
        if row[-2]:
            at = row[traded_at]
            yield (at // DAY, row[symbol]), Trade(at, *(row[place] for place in places))


def by_day(trades: Iterable[tuple[Key, Trade]]) -> dict[Key, Day]:
    """What each day and symbol comes to, of all trades of these days and symbols."""
    traded: dict[Key, list[Trade]] = {}
    for key, trade in trades:
        traded.setdefault(key, []).append(trade)
    return {key: _day(sorted(of_key)) for key, of_key in traded.items()}


def _day(trades: Sequence[Trade]) -> Day:
    volume, turnover = _sums(trades)
    prices = [trade.price for trade in trades]
    return Day(prices[0], max(prices), min(prices), prices[-1], volume, turnover, len(trades), _volatility(trades))


def expected(days: Mapping[Key, Day], through: date) -> dict[tuple[date, str], Features]:
    """The features of the days up to and with the given one; days whose sums do not fit are left out."""
    by_symbol: dict[str, dict[date, Day]] = {}
    for (number, symbol), found in sorted(days.items()):
        day = EPOCH + timedelta(days=number)
        if day <= through and found.volume < _VOLUME_LIMIT and found.turnover < _TURNOVER_LIMIT:
            by_symbol.setdefault(symbol, {})[day] = found
    return {(day, symbol): features for symbol, kept in by_symbol.items() for day, features in _of_symbol(kept).items()}


def _of_symbol(days: Mapping[date, Day]) -> dict[date, Features]:
    """Of days in their order."""
    result: dict[date, Features] = {}
    close_before: int | None = None
    for day, found in days.items():
        week = [other for at, other in days.items() if day - timedelta(days=6) <= at <= day]
        result[day] = Features(
            open_price=found.open_price,
            high_price=found.high_price,
            low_price=found.low_price,
            close_price=found.close_price,
            volume=found.volume,
            turnover=found.turnover,
            trade_count=found.trade_count,
            vwap=_average(found.volume, found.turnover),
            vwap_7d=_average(sum(other.volume for other in week), sum(other.turnover for other in week)),
            daily_return=None if close_before is None else found.close_price / close_before - 1,
            realized_volatility=found.realized_volatility,
        )
        close_before = found.close_price
    return result


def _sums(trades: Sequence[Trade]) -> tuple[int, int]:
    return sum(trade.quantity for trade in trades), sum(trade.price * trade.quantity for trade in trades)


def _average(volume: int, turnover: int) -> int:
    """Turnover over volume, half up in units of 10^-8."""
    return (2 * turnover + volume) // (2 * volume)


def _volatility(trades: Sequence[Trade]) -> float:
    steps = (math.log(after.price / before.price) for before, after in pairwise(trades))
    return math.sqrt(math.fsum(step * step for step in steps))


def checks(wanted: Mapping[tuple[date, str], Features], actual: pa.Table) -> list[Check]:
    """Which rows there are, and every feature of each: decimals to the digit, floats within 10^-9 of the value."""
    found = {(row["date"], row["symbol"]): row for row in actual.to_pylist()}
    differing = {name: [] for name in (*_EXACT, *_FLOATS)}
    for key in wanted.keys() & found.keys():
        for name, differences in differing.items():
            want, have = getattr(wanted[key], name), found[key][name]
            if not (_same_units(want, have) if name in _EXACT else _close(want, have)):
                differences.append(f"{key[0]} {key[1]}: {have} instead of {want}")
    return [
        same("features: rows", len(wanted), actual.num_rows),
        same("features: days and symbols that are missing", 0, len(wanted.keys() - found.keys())),
        *(_check(name, len(wanted), differences) for name, differences in differing.items()),
    ]


def _check(name: str, total: int, differing: list[str]) -> Check:
    shown = f"{total:,} equal" if not differing else "; ".join([f"{len(differing):,} differ", *differing[:_EXAMPLES]])
    return Check(f"features: {name} of every day and symbol", f"{total:,} values as computed", shown, not differing)


def _same_units(want: int, have: object) -> bool:
    """A decimal's own digits, without its point, are its units."""
    if have is None or isinstance(have, int):
        return have == want
    sign, digits, _ = have.as_tuple()  # type: ignore[attr-defined]
    return int("".join(map(str, digits))) * (-1 if sign else 1) == want


def _close(want: float | None, have: object) -> bool:
    if want is None or not isinstance(have, float):
        return want is None and have is None
    return math.isclose(want, have, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
