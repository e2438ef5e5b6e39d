"""An exchange as its clients see it: trades that are published in order, and revised now and then.

Rows are kept as the bytes that are served, because what an exchange wrote must reach the warehouse as it was written.
"""

from __future__ import annotations

import json
import re
import threading
import zlib
from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_FIRST_UPDATE = datetime(2026, 1, 10, tzinfo=UTC)
# Several rows share a moment, so that a client that takes the moment for unique loses or repeats some.
_ROWS_A_MOMENT = 3

_TRADE_ID = re.compile(rb'"trade_id"\s*:\s*"?([^",}]+)')
_TRADERS = 200
_VENUES = (b"XNAS", b"XNYS", b"BATS", b"IEXG")


class Exchange:
    """The published trades, each with the moment of its publication as `updated_at`."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.refused = 0
        self._moments: list[str] = []
        self._symbols: set[str] = set()
        self._lock = threading.Lock()

    def publish(self, lines: Iterable[bytes], *, complete: bool = False) -> int:
        """Publishes trades, one JSON object a line, after everything that was published before.

        An exchange serves JSON: lines that are no object are refused and counted.

        Args:
            complete: Give side, trader and venue to those that have none, always the same to the same trade.

        Returns:
            The number of rows that were published.
        """
        with self._lock:
            first = len(self.rows)
            # A publication starts a new moment.
            start = (self._step() + 1) * _ROWS_A_MOMENT if self._moments else 0
            for line in lines:
                text = self._completed(line.strip(), complete)
                symbol = _symbol(text)
                if symbol is None:
                    self.refused += 1
                    continue
                if symbol:
                    self._symbols.add(symbol)
                moment = _moment((start + len(self.rows) - first) // _ROWS_A_MOMENT)
                self.rows.append(text[:-1].rstrip(b", ") + b',"updated_at":"' + moment.encode() + b'"}')
                self._moments.append(moment)
            return len(self.rows) - first

    def since(self, moment: str) -> int:
        """Index of the first row that was updated at that moment or later."""
        return bisect_left(self._moments, moment)

    def symbols(self) -> list[dict[str, object]]:
        """Every symbol that was traded."""
        return [_described(name) for name in sorted(self._symbols)]

    def _step(self) -> int:
        last = datetime.fromisoformat(self._moments[-1])
        return round((last - _FIRST_UPDATE) / timedelta(milliseconds=1))

    @staticmethod
    def _completed(text: bytes, complete: bool) -> bytes:
        trade_id = _TRADE_ID.search(text) if complete else None
        if trade_id is None or not text.endswith(b"}"):
            return text
        number = zlib.crc32(trade_id[1])
        more = b""
        if b'"side"' not in text:
            more += b',"side":"buy"' if number & 1 else b',"side":"sell"'
        if b'"trader_id"' not in text:
            # The product of two numbers: some trade much more than others.
            trader = (number >> 1) % 20 * ((number >> 8) % 20) % _TRADERS
            more += b',"trader_id":"trader-%03d"' % trader
        if b'"venue"' not in text:
            more += b',"venue":"%s"' % _VENUES[(number >> 16) % len(_VENUES)]
        return text[:-1] + more + b"}"


def _symbol(text: bytes) -> str | None:
    """The symbol of a row, empty when it has none; None when the text is no JSON object."""
    try:
        row = json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    symbol = row.get("symbol")
    return symbol if isinstance(symbol, str) else ""


def _no_json(constant: str) -> None:
    raise ValueError(constant)


def _moment(step: int) -> str:
    moment = _FIRST_UPDATE + timedelta(milliseconds=step)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _described(symbol: str) -> dict[str, object]:
    base, separator, quote = symbol.replace("/", "-").partition("-")
    asset_class = "equity" if not separator else "fx" if "/" in symbol else "crypto"
    return {
        "symbol": symbol,
        "asset_class": asset_class,
        "base": base,
        "quote": quote or "USD",
        "is_listed": True,
    }
