"""How long results took: from the broker's time of a trade to when somebody was given what came of it."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .kafka import KafkaRecord
from .windows import MINUTE, Judged

DELAY = 10_000_000
"""How much later than others a trade may come, in microseconds: the watermark's delay."""

_MILLI = 1000


def latencies(judged: Judged, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Percentiles in milliseconds, of enriched trades and of windows at the API; None where nothing was seen.

    Args:
        judged: The trades, with the records that they came in.
        seen: `enriched`, pairs of trade id and time, and `windows`, triples of symbol, start and time; milliseconds.
    """
    appended: dict[str, int] = {}
    for trade, record in zip(judged.valid, judged.records, strict=True):
        appended.setdefault(trade.trade_id, record.timestamp // _MILLI)
    enriched = [at - appended[trade_id] for trade_id, at in seen["enriched"] if trade_id in appended]
    passing = Watermark(judged)
    windows = []
    for _, start, at in seen["windows"]:
        passed = passing.passes(start * _MILLI + MINUTE)
        if passed is not None:
            windows.append(at - passed // _MILLI)
    return {"enriched": percentiles(enriched), "windows": percentiles(windows)}


class Watermark:
    """When the watermark passed an instant: with the last partition whose trades had got so far."""

    def __init__(self, judged: Judged) -> None:
        self._newest: dict[int, list[int]] = {}
        self._records: dict[int, list[KafkaRecord]] = {}
        for trade, record in zip(judged.valid, judged.records, strict=True):
            newest = self._newest.setdefault(record.partition, [])
            # Only what brings the watermark on.
            if not newest or trade.traded_at > newest[-1]:
                newest.append(trade.traded_at)
                self._records.setdefault(record.partition, []).append(record)

    def passes(self, instant: int) -> int | None:
        """The broker's time of the trade with which it did, in microseconds; None when it did not."""
        times = []
        for partition, newest in self._newest.items():
            # A window is over one millisecond before its end.
            place = bisect.bisect_left(newest, instant + DELAY - _MILLI)
            if place == len(newest):
                return None
            times.append(self._records[partition][place].timestamp)
        return max(times, default=None)


def percentiles(values: Iterable[int]) -> dict[str, int] | None:
    """The smallest value that so many percent of them do not exceed."""
    ordered = sorted(values)
    if not ordered:
        return None
    return {
        "count": len(ordered),
        "p50": _rank(ordered, 50),
        "p90": _rank(ordered, 90),
        "p99": _rank(ordered, 99),
        "max": ordered[-1],
    }


def _rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[-(-len(ordered) * percent // 100) - 1]
