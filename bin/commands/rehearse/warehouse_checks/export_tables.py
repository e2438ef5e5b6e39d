"""Writes tables of a PostgreSQL database as Parquet, typed as they are there.

    python -m warehouse_checks.export_tables --address postgresql://... --folder DIR schema.table...

Runs in the warehouse's own environment. Prints one JSON object with the number of rows of each table.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

_TYPES = {
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "bigint": pa.int64(),
    "integer": pa.int64(),
    "double precision": pa.float64(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
}
# What a decimal without declared digits is read as.
_ANY_DECIMAL = pa.decimal128(38, 16)


def export(cursor: Any, table: str, folder: Path) -> int:
    """Writes one table; gives the number of its rows."""
    schema, name = table.split(".")
    cursor.execute(
        "select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns "
        "where table_schema = %s and table_name = %s order by ordinal_position",
        (schema, name),
    )
    columns = {column: _type(*kind) for column, *kind in cursor.fetchall()}
    text = io.BytesIO()
    cursor.copy_expert(f"copy (select * from {table}) to stdout with (format csv, header)", text)
    text.seek(0)
    options = csv.ConvertOptions(
        column_types=columns,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
    )
    rows = csv.read_csv(text, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options)
    parquet.write_table(rows, folder / f"{table}.parquet")
    return rows.num_rows


def _type(kind: str, precision: int | None, scale: int | None) -> pa.DataType:
    if kind == "numeric":
        return _ANY_DECIMAL if precision is None else pa.decimal128(precision, scale or 0)
    return _TYPES.get(kind, pa.string())


def main() -> None:
    """Writes every table that is named."""
    parser = argparse.ArgumentParser(prog="warehouse_checks.export_tables")
    parser.add_argument("--address", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("tables", nargs="+")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    connection = psycopg2.connect(arguments.address, options="-c timezone=UTC")
    with connection, connection.cursor() as cursor:
        print(json.dumps({table: export(cursor, table, arguments.folder) for table in arguments.tables}))
    connection.close()


if __name__ == "__main__":
    main()
