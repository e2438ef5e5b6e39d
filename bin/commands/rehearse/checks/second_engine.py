"""A second engine's view: DuckDB reads the same Iceberg tables, and must see the same rows."""

from collections.abc import Sequence
from urllib.parse import urlparse

import duckdb
import pyarrow as pa

from .compare import Check
from .config import Config
from .lake import ActualTable


def version() -> str:
    """DuckDB's version."""
    return duckdb.__version__


def connect(config: Config) -> duckdb.DuckDBPyConnection:
    """A connection that reads Iceberg from the emulator's object store and fetches nothing from anywhere else."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"}
    )
    for extension in config.extensions:
        connection.execute(f"LOAD {_literal(extension)}")
    connection.execute("SET TimeZone = 'UTC'")
    endpoint = urlparse(config.endpoint)
    options = {
        "TYPE": "s3",
        "KEY_ID": config.access_key_id,
        "SECRET": config.secret_access_key,
        "REGION": config.region,
        "ENDPOINT": endpoint.netloc,
        "URL_STYLE": "path",
        "USE_SSL": "true" if endpoint.scheme == "https" else "false",
    }
    settings = ", ".join(f"{name} {_literal(value)}" for name, value in options.items())
    connection.execute(f"CREATE SECRET lake ({settings})")
    return connection


def agreement(connection: duckdb.DuckDBPyConnection, layer: str, table: ActualTable) -> Check:
    """Whether DuckDB and pyiceberg see the same bag of rows.

    Without raw_payload: DuckDB refuses a text that is not UTF-8, which is just what bronze must keep.
    """
    name = f"{layer}: DuckDB and pyiceberg read the same rows"
    columns = [column for column in table.rows.column_names if column != "raw_payload"]
    expected = f"{table.rows.num_rows:,} rows"
    try:
        rows, differing = _compare(connection, table.metadata_location, table.rows.select(columns), columns)
    except duckdb.Error as error:
        return Check(name, expected, f"DuckDB: {str(error).splitlines()[0][:200]}", False)
    if rows == table.rows.num_rows and not differing:
        return Check(name, expected, expected, True)
    return Check(name, expected, f"{rows:,} rows, {differing:,} of them not in pyiceberg's reading", False)


def _compare(
    connection: duckdb.DuckDBPyConnection, metadata: str, rows: pa.Table, columns: Sequence[str]
) -> tuple[int, int]:
    names = ", ".join(f'"{column}"' for column in columns)
    connection.register("first_engine", rows)
    try:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE second_engine AS SELECT {names} FROM iceberg_scan({_literal(metadata)})"
        )
        counted = connection.execute("SELECT count(*) FROM second_engine").fetchone()
        differing = connection.execute(
            f"SELECT count(*) FROM (SELECT * FROM second_engine EXCEPT ALL SELECT {names} FROM first_engine)"
        ).fetchone()
        connection.execute("DROP TABLE second_engine")
    finally:
        connection.unregister("first_engine")
    return counted[0], differing[0]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
