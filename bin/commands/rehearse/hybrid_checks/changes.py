"""Changes silver as it changes in life: `python -m hybrid_checks.changes messages|delete CONFIG.json`.

messages   writes messages that correct trades of silver and add late ones, with a value of a column that is new
delete     deletes a row of silver, as an engineer would by SQL; as every writer of silver does, by writing files anew

The configuration names `lake` (the configuration of the lake's checks), `column` and `value` of what is new (or null),
`messages` (the file to write) and `deleted` (the id of the row). `messages` prints what it chose, `delete` the snapshot
that it made, as JSON on one line.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from checks.config import Config
from checks.lake import open_catalog, open_table
from pyiceberg.expressions import EqualTo

_CENT = Decimal("0.01")
_LATE = 3
# Of the trades, as many are corrected, and no more than a rehearsal has time for.
_CORRECTED_SHARE = 100
_MOST_CORRECTED = 1_000


def messages(trades: list[dict[str, Any]], added: dict[str, str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The messages, and the ids of whom they correct, who is late, and who may be deleted.

    Args:
        trades: Valid rows of silver that have an id.
        added: Fields that every message has besides.
    """
    ordered = sorted(trades, key=lambda row: row["trade_id"])
    deleted, rest = ordered[0], ordered[1:]
    step = max(_CORRECTED_SHARE, len(rest) // _MOST_CORRECTED)
    corrected = rest[::step]
    first = min(ordered, key=lambda row: (row["traded_at"], row["trade_id"]))
    late = [first | {"trade_id": f"late-{number}"} for number in range(_LATE)]
    lines = [_message(row | {"price": row["price"] + _CENT}, added) for row in corrected]
    lines += [_message(row, added) for row in late]
    chosen = {
        "corrected": [row["trade_id"] for row in corrected],
        "late": [row["trade_id"] for row in late],
        "deleted": deleted["trade_id"],
        "day": first["traded_at"].astimezone(UTC).date().isoformat(),
    }
    return lines, chosen


def _message(row: dict[str, Any], added: dict[str, str]) -> dict[str, Any]:
    instant: datetime = row["traded_at"]
    return {
        "trade_id": row["trade_id"],
        "symbol": row["symbol"],
        "price": str(row["price"]),
        "quantity": str(row["quantity"]),
        "timestamp": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        **added,
    }


def _write_messages(config: dict[str, Any], lake: Config) -> None:
    rows = open_table(open_catalog(lake), lake.tables["silver"]).rows.to_pylist()
    trades = [row for row in rows if row["is_valid"] and row["trade_id"] is not None]
    if len(trades) < 2:
        sys.exit("Silver has fewer than two valid trades with an id: give a file with more of them.")
    added = {} if config["column"] is None else {config["column"]: config["value"]}
    lines, chosen = messages(trades, added)
    Path(config["messages"]).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    print(json.dumps(chosen))


def main() -> None:
    """Does what it is told."""
    what, file = sys.argv[1:]
    config = json.loads(Path(file).read_text())
    lake = Config.read(Path(config["lake"]))
    if what == "messages":
        _write_messages(config, lake)
    else:
        silver = open_catalog(lake).load_table(lake.tables["silver"])
        silver.delete(EqualTo("trade_id", config["deleted"]))
        print(json.dumps({"snapshot": str(silver.refresh().current_snapshot().snapshot_id)}))


if __name__ == "__main__":
    main()
