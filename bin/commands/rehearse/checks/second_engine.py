"""A second engine's view: DuckDB reads the same Iceberg tables, and must see the same rows."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlparse

import duckdb

from .compare import Check
from .config import Config
from .lake import ActualTable


def version() -> str:
    """DuckDB's version."""
    return duckdb.__version__


def connect(config: Config) -> duckdb.DuckDBPyConnection:
    """A connection that reads Iceberg from the emulator's object store and fetches nothing from anywhere else."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": "2",
            "memory_limit": "256MB",
        }
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


def agreement(connection: duckdb.DuckDBPyConnection, layer: str, table: ActualTable, written: Path) -> Check:
    """Whether DuckDB and pyiceberg see the same bag of rows.

    Without raw_payload: DuckDB refuses a text that is not UTF-8, which is just what bronze must keep.

    Args:
        connection: Of `connect`.
        layer: For the name of the check.
        table: What DuckDB reads.
        written: The Parquet file with what pyiceberg read.
    """
    name = f"{layer}: DuckDB and pyiceberg read the same rows"
    columns = [column for column in table.schema.names if column != "raw_payload"]
    engines = [f"iceberg_scan({_literal(table.metadata_location)})", f"read_parquet({_literal(str(written))})"]
    try:
        (rows, *sums), (wanted, *wanted_sums) = (_fingerprint(connection, source, columns) for source in engines)
        expected = f"{wanted:,} rows"
        if (rows, sums) == (wanted, wanted_sums):
            return Check(name, expected, expected, True)
        differing = _differing(connection, *engines, columns)
        if rows == wanted and not differing:
            return Check(name, expected, expected, True)
    except duckdb.Error as error:
        return Check(name, "the same rows", f"DuckDB: {str(error).splitlines()[0][:200]}", False)
    return Check(name, expected, f"{rows:,} rows, {differing:,} of them not in pyiceberg's reading", False)


def _fingerprint(connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str]) -> tuple[int, ...]:
    """The number of rows, and sums of two hashes of each: the same for the same bag of rows, whatever its order."""
    names = ", ".join(_name(column) for column in columns)
    sums = ", ".join(f"sum(hash({names}, {seed})::HUGEINT)" for seed in (1, 2))
    found = connection.execute(f"SELECT count(*), {sums} FROM {source}").fetchone()
    return tuple(found or ())


def _differing(connection: duckdb.DuckDBPyConnection, first: str, second: str, columns: Sequence[str]) -> int:
    names = ", ".join(_name(column) for column in columns)
    found = connection.execute(
        f"SELECT count(*) FROM (SELECT {names} FROM {first} EXCEPT ALL SELECT {names} FROM {second})"
    ).fetchone()
    return found[0] if found else 0


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
