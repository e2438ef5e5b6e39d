"""Athena on DuckDB, reading Iceberg tables through their metadata.

MiniStack alone reads every file below a table's location: rows that were deleted or replaced would come back.
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from ministack.core.responses import error_response_json, get_region
from ministack.services import athena, glue, s3

from .catalog_links import CatalogTable, owned
from .config import EmulatorConfig
from .glue_tables import split_uri
from .journal import Journal

Json = dict[str, Any]

_EXTENSIONS = ("httpfs", "avro", "iceberg")
# A text in quotes, a name in quotes, a comment, or the place of a parameter.
_TOKENS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|\?")
_LITERAL = re.compile(r"'(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false|null", re.IGNORECASE)
# DuckDB has this type without its precision, which is the same.
_ZONED = re.compile(r"timestamp\(6\) with time zone", re.IGNORECASE)
_NAMED_QUERY = re.compile(r'(?:\bWITH(?:\s+RECURSIVE)?|,)\s*"?(\w+)"?\s*(?:\([^()]*\)\s*)?\bAS\s*\(', re.IGNORECASE)
_TIME_TRAVEL = re.compile(r"\s+FOR\s+(VERSION|TIMESTAMP)\s+AS\s+OF\s+(?:TIMESTAMP\s+)?('[^']*'|\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Edit:
    """Puts `text`, which reads from `bucket`, in place of the characters from `start` to `end` of a query."""

    start: int
    end: int
    text: str
    bucket: str


# Functions of Athena that DuckDB has under other names, or that answer otherwise where a value is malformed.
FUNCTIONS = (
    "CREATE MACRO from_unixtime(seconds) AS to_timestamp(seconds)",
    "CREATE MACRO to_unixtime(moment) AS epoch(moment)",
    "CREATE MACRO json_extract_scalar(document, path) AS "
    "CASE WHEN json_valid(document) THEN json_extract_string(document, path) END",
)

# How the caller sees a table: None for all of it, else the data cells filters that let something through.
View = Callable[[CatalogTable], "list[Json] | None"]


def install(config: EmulatorConfig, journal: Journal, view: View) -> None:
    """Replaces how queries on Iceberg tables run, and journals every query."""
    stock_run, stock_execute, stock_start = athena._run_duckdb, athena._execute_query, athena._start_query_execution

    def start(request: Json) -> Any:
        try:
            query = with_parameters(request.get("QueryString", ""), request.get("ExecutionParameters") or [])
        except ValueError as error:
            return error_response_json("InvalidRequestException", str(error), 400)
        return stock_start({**request, "QueryString": query})

    async def run(query: str, database: str, catalog: str | None = None) -> Json:
        edits = _iceberg_edits(query, database, view)
        if not edits:
            return await stock_run(query, database, catalog)
        return await asyncio.to_thread(_run, config, apply(query, edits), {edit.bucket for edit in edits})

    async def execute(query_id: str, query: str, database: str, ddl: Any, catalog: str | None = None) -> None:
        started = time.monotonic()
        await stock_execute(query_id, query, database, ddl, catalog)
        status = athena._executions[query_id]["Status"]
        error = status["StateChangeReason"] or None
        journal.execution("athena-query", query_id, status["State"], time.monotonic() - started, error=error)

    athena._run_duckdb = run
    athena._execute_query = execute
    athena._start_query_execution = start


def with_parameters(query: str, parameters: list[str]) -> str:
    """The query with a literal for each question mark, as Athena runs it with `EXECUTE ... USING`.

    Raises:
        ValueError: when there are more or fewer than question marks, or one is no literal.
    """
    for parameter in parameters:
        if not _LITERAL.fullmatch(parameter):
            raise ValueError(f"Execution parameter {parameter} is no literal; put texts in single quotes.")
    rest = list(parameters)

    def literal(token: re.Match[str]) -> str:
        if token.group() != "?":
            return token.group()
        if not rest:
            raise ValueError("Incorrect number of parameters: the query has more question marks than parameters.")
        return rest.pop(0)

    # A question mark without parameters is left to the engine, which refuses it.
    replaced = _TOKENS.sub(literal, query) if parameters else query
    if rest:
        raise ValueError("Incorrect number of parameters: the query has fewer question marks than parameters.")
    return replaced


def apply(query: str, edits: list[Edit]) -> str:
    """The query after all edits, which must not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        query = query[: edit.start] + edit.text + query[edit.end :]
    return query


def scan(metadata_location: str, travel: re.Match[str] | None) -> str:
    """DuckDB's relation for an Iceberg table, at the version or moment that Athena's time travel names."""
    if travel is None:
        return f"iceberg_scan('{metadata_location}')"
    kind, value = travel.group(1).upper(), travel.group(2)
    if kind == "VERSION":
        return f"iceberg_scan('{metadata_location}', snapshot_from_id = {value.strip(chr(39))})"
    moment = value.strip("'").removesuffix(" UTC")
    return f"iceberg_scan('{metadata_location}', snapshot_from_timestamp = TIMESTAMP '{moment}')"


def filtered(relation: str, name: str, filters: list[Json]) -> str:
    """A relation behind a data cells filter of Lake Formation: the columns and rows that it lets through.

    Raises:
        PermissionError: without any filter, or with several, of which AWS makes a union that is not played here.
    """
    if len(filters) != 1:
        found = "no filter or grant" if not filters else f"{len(filters)} filters"
        raise PermissionError(f"Insufficient Lake Formation permission(s): Required SELECT on {name}; found {found}.")
    columns, excluded = filters[0].get("ColumnNames"), filters[0].get("ColumnWildcard", {}).get("ExcludedColumnNames")
    selected = ", ".join(f'"{column}"' for column in columns) if columns else "*"
    if excluded:
        selected = f"* EXCLUDE ({', '.join(f'{chr(34)}{column}{chr(34)}' for column in excluded)})"
    rows = filters[0].get("RowFilter", {}).get("FilterExpression")
    return f"(SELECT {selected} FROM {relation}" + (f" WHERE {rows})" if rows else ")")


def named_queries(query: str) -> set[str]:
    """What the query names itself, wherever its WITH stands; MiniStack looks at its beginning alone."""
    return {name.lower() for name in _NAMED_QUERY.findall(query)}


def _iceberg_edits(query: str, database: str | None, view: View) -> list[Edit]:
    edits = []
    named = named_queries(query)
    for reference in athena._table_references(query):
        if reference.database is None and reference.table.lower() in named:
            continue
        schema = reference.database or database or "default"
        on = owned(schema, reference.table)
        table = glue._tables.get_scoped(on.account, get_region(), f"{on.database}/{reference.table}")
        location = ((table or {}).get("Parameters") or {}).get("metadata_location")
        if location is None:
            continue
        travel = _TIME_TRAVEL.match(query, reference.end)
        end = travel.end() if travel else reference.end
        alias = "" if reference.aliased and not travel else f' AS "{reference.table}"'
        relation, filters = scan(location, travel), view(on)
        if filters is not None:
            relation = filtered(relation, f"{schema}.{reference.table}", filters)
        edits.append(Edit(reference.start, end, relation + alias, split_uri(location)[0]))
    return edits


def _run(config: EmulatorConfig, query: str, buckets: set[str]) -> Json:
    with duckdb.connect(":memory:", config={"allow_unsigned_extensions": "false"}) as connection:
        for name in _EXTENSIONS:
            connection.execute(f"LOAD '{_extension(name)}'")
        connection.execute("SET TimeZone = 'UTC'")
        for function in FUNCTIONS:
            connection.execute(function)
        for index, bucket in enumerate(sorted(buckets)):
            # As Lake Formation does: whoever may read the table reads its files with the credentials of their owner.
            connection.execute(
                f"CREATE SECRET lake{index} (TYPE s3, KEY_ID '{s3._bucket_owner_account(bucket)}', SECRET 'local', "
                f"REGION '{config.region}', ENDPOINT '127.0.0.1:{config.port}', URL_STYLE 'path', USE_SSL false, "
                f"SCOPE 's3://{bucket}/')"
            )
        result = connection.execute(_ZONED.sub("TIMESTAMP WITH TIME ZONE", query))
        description = result.description or []
        return {
            "columns": [column[0] for column in description],
            "column_types": [_athena_type(str(column[1])) for column in description],
            "rows": [list(row) for row in result.fetchall()],
        }


def _athena_type(duckdb_type: str) -> str:
    return athena._DUCKDB_TYPE_MAP.get(duckdb_type.upper().split("(")[0].strip(), "varchar")


def _extension(name: str) -> Path:
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The Python package duckdb-extension-{name} is missing; fetch the toolchain again.")
    folder = Path(spec.origin).parent / "extensions"
    return folder / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
