"""What the streams must hold, worked out from the raw trades alone: windows, enriched and rejected trades."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from .conform import UNIT, Conformed
from .kafka import KafkaRecord
from .wire import read_object

MINUTE = 60_000_000
UNKNOWN = "unknown"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Trade(NamedTuple):
    """A valid trade; decimals in units of 10^-8, its time in microseconds since 1970, cut to milliseconds."""

    trade_id: str
    symbol: str
    price: int
    quantity: int
    traded_at: int
    side: str | None
    trader_id: str | None
    venue: str | None
    is_test: bool | None


class Window(NamedTuple):
    """What one window adds up to; volume and vwap in units of 10^-8."""

    trade_count: int
    total_volume: int
    vwap: int


Key = tuple[Any, ...]
"""What tells windows apart: its start in microseconds since 1970, then the columns that it is grouped by."""


@dataclass(frozen=True)
class Judged:
    """The messages of the topic `trades`, told apart."""

    valid: tuple[Trade, ...]
    records: tuple[KafkaRecord, ...]
    """The message of each valid trade."""
    rejected: dict[str, tuple[bytes, tuple[str, ...]]]
    """Payload and codes of each other message by `topic/partition/offset`."""


def judge(topic: str, records: Iterable[KafkaRecord], conformed: Conformed) -> Judged:
    """Reads each message by the rules of docs/data-semantics.md."""
    valid = []
    of_valid = []
    rejected = {}
    for record in records:
        *values, is_valid, codes = conformed.row(record.value)
        if is_valid:
            trade_id, symbol, price, quantity, micros, side, trader_id, venue = values
            millis = micros // 1000 * 1000
            test = _is_test(record.value)
            valid.append(Trade(trade_id, symbol, price, quantity, millis, side, trader_id, venue, test))
            of_valid.append(record)
        else:
            rejected[f"{topic}/{record.partition}/{record.offset}"] = (record.value or b"", codes)
    return Judged(tuple(valid), tuple(of_valid), rejected)


def _is_test(value: bytes | None) -> bool | None:
    return {"true": True, "false": False}.get(read_object(value).get("is_test", ""))


def summaries(trades: Iterable[Trade]) -> dict[Key, Window]:
    """One-minute windows by symbol."""
    return _grouped(((trade.symbol,), trade) for trade in trades)


def aggregates(trades: Iterable[Trade], sectors: Mapping[str, str]) -> dict[Key, Window]:
    """One-minute windows by symbol, sector and venue."""
    return _grouped(
        ((trade.symbol, sectors.get(trade.symbol, UNKNOWN), UNKNOWN if trade.venue is None else trade.venue), trade)
        for trade in trades
    )


def _grouped(trades: Iterable[tuple[Key, Trade]]) -> dict[Key, Window]:
    sums: dict[Key, list[int]] = {}
    for group, trade in trades:
        start = trade.traded_at // MINUTE * MINUTE
        total = sums.setdefault((start, *group), [0, 0, 0])
        total[0] += 1
        total[1] += trade.quantity
        total[2] += trade.price * trade.quantity
    return {key: Window(count, volume, half_up(turnover, volume)) for key, (count, volume, turnover) in sums.items()}


def half_up(turnover: int, volume: int) -> int:
    """turnover / volume as a whole number, halves up; both are positive. Units of 10^-16 by 10^-8 give 10^-8."""
    return (2 * turnover + volume) // (2 * volume)


def read_windows(records: Iterable[KafkaRecord], columns: Sequence[str]) -> dict[Key, Window]:
    """The windows that a topic of upserts holds: the latest of each key."""
    windows = {}
    for record in records:
        row = json.loads(record.value or b"", parse_float=Decimal)
        key = (micros(row["window_start"]), *(row[column] for column in columns))
        windows[key] = Window(row["trade_count"], units(row["total_volume"]), units(row["vwap"]))
    return windows


def units(number: Decimal | int) -> int:
    """A decimal as a whole number of 10^-8, however many digits it has. Raises ValueError when it has more decimals."""
    numerator, denominator = number.as_integer_ratio()
    scaled, rest = divmod(numerator * UNIT, denominator)
    if rest:
        raise ValueError(f"{number} has more than 8 decimals")
    return scaled


def micros(text: str) -> int:
    """Microseconds since 1970 of ISO-8601 without a zone, which means UTC."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
