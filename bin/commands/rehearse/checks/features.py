"""gold.trade_features by other means: whole numbers and fractions for what is exact, plain floats for the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa

from .compare import Check, same
from .expected import utc_date

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


def expected(rows: Iterable[tuple], columns: tuple[str, ...], through: date) -> dict[tuple[date, str], Features]:
    """The features of the valid rows for the days (UTC) up to and with the given one."""
    return _of_days(_traded(rows, columns, through))


def _traded(rows: Iterable[tuple], columns: tuple[str, ...], through: date) -> dict[str, dict[date, list[Trade]]]:
    place = {name: columns.index(name) for name in ("trade_id", "symbol", "price", "quantity", "traded_at")}
    traded: dict[str, dict[date, list[Trade]]] = {}
    for row in rows:
        if not row[-2]:
            continue
        trade = Trade(*(row[place[name]] for name in ("traded_at", "trade_id", "price", "quantity")))
        day = utc_date(trade.at)
        if day <= through:
            traded.setdefault(row[place["symbol"]], {}).setdefault(day, []).append(trade)
    return traded


def _of_days(traded: dict[str, dict[date, list[Trade]]]) -> dict[tuple[date, str], Features]:
    result: dict[tuple[date, str], Features] = {}
    for symbol, by_day in traded.items():
        sums = {day: _sums(trades) for day, trades in by_day.items()}
        kept = sorted(
            day for day, (volume, turnover) in sums.items() if volume < _VOLUME_LIMIT and turnover < _TURNOVER_LIMIT
        )
        close_before: int | None = None
        for day in kept:
            trades = sorted(by_day[day])
            week = [sums[other] for other in kept if day - timedelta(days=6) <= other <= day]
            close = trades[-1].price
            result[day, symbol] = Features(
                open_price=trades[0].price,
                high_price=max(trade.price for trade in trades),
                low_price=min(trade.price for trade in trades),
                close_price=close,
                volume=sums[day][0],
                turnover=sums[day][1],
                trade_count=len(trades),
                vwap=_average(*sums[day]),
                vwap_7d=_average(sum(volume for volume, _ in week), sum(turnover for _, turnover in week)),
                daily_return=None if close_before is None else close / close_before - 1,
                realized_volatility=_volatility(trades),
            )
            close_before = close
    return result


def _sums(trades: Sequence[Trade]) -> tuple[int, int]:
    return sum(trade.quantity for trade in trades), sum(trade.price * trade.quantity for trade in trades)


def _average(volume: int, turnover: int) -> int:
    """Turnover over volume, half up in units of 10^-8."""
    return (2 * turnover + volume) // (2 * volume)


def _volatility(trades: Sequence[Trade]) -> float:
    steps = (math.log(after.price / before.price) for before, after in pairwise(trades))
    return math.sqrt(math.fsum(step * step for step in steps))


def checks(wanted: dict[tuple[date, str], Features], actual: pa.Table) -> list[Check]:
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
