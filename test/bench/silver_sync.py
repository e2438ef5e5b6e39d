"""Measures what a copy of silver costs: `python silver_sync.py ROWS`, in the environment of the warehouse's tests.

Copies a table of so many rows in 100 days whole, then three times a commit that corrected 1 % of them, all of one day,
and one that corrected as many spread over every day. Prints the seconds of each as one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
from lake_table import new_table, write_anew
from postgres_server import postgres
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import FileScanTask, Table
from warehouse_tasks.silver_sync import Loader, SilverSync

_DAYS = 100
_MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
_RUNS = 3
_CORRECTED = Decimal("99.12345678")


def _rows(table: Table, count: int) -> pa.Table:
    numbers = range(count)
    columns = {
        "trade_id": [f"t{number}" for number in numbers],
        "symbol": [f"S{number % 50}" for number in numbers],
        "price": [Decimal(number % 1000 + 1) for number in numbers],
        "traded_at": [_MIDNIGHT + timedelta(days=number % _DAYS, seconds=number // _DAYS) for number in numbers],
        "lots": list(numbers),
        "validation_errors": [[]] * count,
    }
    return pa.table(columns, schema=table.schema().as_arrow())


def _correct(
    table: Table, is_corrected: Callable[[int], bool], is_touched: Callable[[FileScanTask], bool] = lambda _: True
) -> None:
    """Gives another price to rows, and writes the files that they are in anew."""
    tasks = [task for task in table.scan().plan_files() if is_touched(task)]
    rows = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(tasks)
    prices = [
        _CORRECTED if is_corrected(number) else price
        for number, price in zip(rows["lots"].to_pylist(), rows["price"].to_pylist(), strict=True)
    ]
    index = rows.column_names.index("price")
    corrected = rows.set_column(index, rows.schema.field(index), pa.array(prices, rows.schema.field(index).type))
    write_anew(table, tasks, corrected)


def _copied(address: dict[str, Any], table: Table, wanted: int) -> float:
    """Copies what there is; gives the seconds that it took."""
    connection = psycopg2.connect(**address, dbname="postgres")
    begun = time.monotonic()
    report = SilverSync(connection, Loader(), "lake", "trades", ["trade_id"]).run(table)
    seconds = time.monotonic() - begun
    connection.close()
    assert report.rows_written == wanted, f"{report.rows_written} rows were written, not {wanted}"
    return seconds


def main() -> None:
    """Measures."""
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, postgres() as address:
        table = new_table(Path(folder))
        table.append(_rows(table, count))
        admin = psycopg2.connect(**address, dbname="postgres")
        admin.autocommit = True
        admin.cursor().execute("create schema lake")
        seconds: dict[str, Any] = {"full": _copied(address, table, count), "oneDay": [], "everyDay": []}
        first_day = (_MIDNIGHT - datetime(1970, 1, 1, tzinfo=UTC)).days
        for run in range(_RUNS):
            _correct(
                table,
                lambda number, day=run: number % _DAYS == day,
                lambda task, day=run: task.file.partition[0] == first_day + day,
            )
            seconds["oneDay"].append(_copied(address, table, count // _DAYS))
            # Of each day one row in a hundred, and none that was corrected before.
            _correct(table, lambda number, part=run: number % _DAYS >= _RUNS and number // _DAYS % 100 == part)
            seconds["everyDay"].append(_copied(address, table, count // 100 * (_DAYS - _RUNS) // _DAYS))
        admin.close()
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
