"""What an exchange publishes later: revisions of old trades, late ones, new ones, and rows of another shape.

    python -m sources.revisions --trades FILE.jsonl --out FILE.jsonl --tag TAG --rows N [--shapes]

Takes trades that were published, and writes N rows: of ten, four with another price, one cancelled (quantity 0), one
moved to another day, and four that are new, two of them late. With --shapes, rows with a field that is new, with one
that is gone and with one of another type are among them. The same input gives the same rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

_DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08")


def published(file: Path) -> Iterator[dict[str, Any]]:
    """Trades of the plainest form: those that a later row can be made of."""
    with file.open("rb") as lines:
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and _is_plain(row):
                yield row


def _is_plain(row: dict[str, Any]) -> bool:
    texts = all(isinstance(row.get(name), str) for name in ("trade_id", "symbol", "price", "quantity", "timestamp"))
    if not texts or row["timestamp"][:10] not in _DAYS or not row["timestamp"].endswith("Z"):
        return False
    amounts = (row["price"], row["quantity"])
    return all(amount.replace(".", "", 1).isdigit() and 0 < Decimal(amount) < 10**9 for amount in amounts)


def revised(trade: dict[str, Any], number: int, tag: str) -> dict[str, Any]:
    """The next row, made of a trade."""
    kind = number % 10
    if kind < 4:
        return trade | {"price": str(Decimal(trade["price"]) + Decimal("0.01"))}
    if kind == 4:
        return trade | {"quantity": "0"}
    if kind == 5:
        day = _DAYS[(_DAYS.index(trade["timestamp"][:10]) + 1) % len(_DAYS)]
        return trade | {"timestamp": day + trade["timestamp"][10:]}
    day = _DAYS[0] if kind < 8 else _DAYS[-1]
    return trade | {"trade_id": f"{tag}{number:08d}", "timestamp": day + trade["timestamp"][10:]}


def shaped(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The row in a shape that the contract does not know, now and then."""
    if number % 7 == 1:
        return row | {"liquidity": "maker"}
    if number % 7 == 2:
        return {name: value for name, value in row.items() if name != "venue"}
    # Only of trades that are new: the last version of another one would be lost to it.
    if number % 10 == 9:
        return row | {"price": {"amount": row["price"], "currency": "USD"}}
    return row


def main() -> None:
    """Writes the rows."""
    parser = argparse.ArgumentParser(prog="sources.revisions")
    parser.add_argument("--trades", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tag", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--shapes", action="store_true")
    arguments = parser.parse_args()
    trades = list(published(arguments.trades))
    step = max(1, len(trades) // max(1, arguments.rows))
    with arguments.out.open("w", encoding="utf-8") as out:
        for number, trade in enumerate(trades[::step][: arguments.rows]):
            row = revised(trade, number, arguments.tag)
            out.write(json.dumps(shaped(row, number) if arguments.shapes else row) + "\n")


if __name__ == "__main__":
    main()
