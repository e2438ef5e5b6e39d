"""Where rows come from: a REST API, or a PostgreSQL database. Both give feeds, one a table; so does airbyte.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
import sqlalchemy
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.client import raise_for_status
from dlt.sources.rest_api.config_setup import create_auth, create_paginator

from .columns import Column, record_columns, written_columns
from .schema_contract import Row

ATTEMPTS = 8
"""How often a request is made that ends with 429, 5xx or no answer: about two minutes, or as Retry-After says."""

_DATABASE_PAGE = 10_000


class SourceError(Exception):
    """The source cannot be read. The message is a sentence with a remedy, and holds no secret."""


@dataclass(frozen=True)
class Cursor:
    """By which a feed is read incrementally.

    Attributes:
        field: Of a row.
        initial: Where the first sync starts; None for the beginning.
        ordered: Whether rows come in the cursor's order, so that a part of them can be committed with its position.
    """

    field: str
    initial: str | None = None
    ordered: bool = True


@dataclass(frozen=True)
class Feed:
    """The rows of one table.

    Attributes:
        columns: As declared; empty when the first batch is to say.
        offered: What the source itself says about its fields, for those that become columns.
        pages: Gives the rows in pages from a cursor's value on, which is included, or from a state; None for all.
        state: How far the pages were read, for a source that keeps its own account; None when the cursor says it.
    """

    name: str
    columns: list[Column]
    primary_key: list[str]
    disposition: str
    cursor: Cursor | None
    pages: Callable[[str | None], Iterator[list[Row]]]
    offered: list[Column] = field(default_factory=list)
    state: Callable[[], str | None] | None = None


# --- REST ------------------------------------------------------------------------------------------------------------


def rest_feeds(config: dict[str, Any], records: dict[str, Any], url: str | None) -> list[Feed]:
    """The feeds of a REST API, configured in the words of dlt's rest_api source.

    Args:
        config: `client` and `resources`.
        records: Rendered RecordSchemas by name.
        url: Used instead of the configured base_url.
    """
    client_config = config["client"]
    base_url = url or client_config["base_url"]
    session = Client(request_timeout=60, request_max_attempts=ATTEMPTS, raise_for_status=False).session
    client = RESTClient(
        base_url=base_url,
        headers=client_config.get("headers"),
        auth=create_auth(client_config.get("auth")),
        session=session,
    )
    paginator = client_config.get("paginator")
    return [_rest_feed(client, resource, records, paginator) for resource in config["resources"]]


def _rest_feed(client: RESTClient, resource: dict[str, Any], records: dict[str, Any], paginator: Any) -> Feed:
    name, endpoint = resource["name"], resource["endpoint"]
    incremental = endpoint.get("incremental")
    key = list(resource.get("primary_key", []))

    def pages(since: str | None) -> Iterator[list[Row]]:
        params = dict(endpoint.get("params", {}))
        if since is not None and incremental is not None:
            params[incremental["start_param"]] = since
        try:
            yield from client.paginate(
                endpoint["path"],
                params=params,
                paginator=create_paginator(endpoint.get("paginator", paginator)),
                data_selector=endpoint.get("data_selector", "$"),
                hooks={"response": [raise_for_status, _exact]},
            )
        except requests.RequestException as error:
            raise SourceError(_rest_problem(name, error)) from error

    return Feed(
        name=name,
        columns=declared_columns(resource, records),
        primary_key=key,
        disposition=resource.get("write_disposition", "merge" if key else "append"),
        cursor=None if incremental is None else _cursor(incremental),
        pages=pages,
    )


def _cursor(incremental: dict[str, Any]) -> Cursor:
    return Cursor(incremental["cursor_path"], incremental.get("initial_value"), incremental.get("ordered", True))


def declared_columns(resource: dict[str, Any], records: dict[str, Any]) -> list[Column]:
    """The columns of a table: those of the record that it names, or those that stand there."""
    if "record" in resource:
        return record_columns(records[resource["record"]])
    return written_columns(resource.get("columns", {}))


def _exact(response: requests.Response, *_: Any, **__: Any) -> None:
    """A price is read as the decimal that was written, never as the nearest double; NaN, which is no JSON, as text."""
    response.json = partial(  # type: ignore[method-assign]
        json.loads, response.content, parse_float=Decimal, parse_constant=str
    )


def _rest_problem(name: str, error: requests.RequestException) -> str:
    response = error.response
    if response is None:
        return (
            f"{name}: the source does not answer ({type(error).__name__}); check its address and the network's routes."
        )
    place = urlsplit(response.url)
    answer = f"{name}: {place.netloc}{place.path} answers {response.status_code} {response.reason}"
    if response.status_code in (401, 403):
        return f"{answer}: put credentials that it accepts into the source's secret."
    if response.status_code == 429 or response.status_code >= 500:
        return f"{answer} after {ATTEMPTS} attempts: what was committed stays, the next sync goes on from there."
    return f"{answer}: correct path and parameters of the source's configuration."


# --- PostgreSQL ------------------------------------------------------------------------------------------------------

_SQL_TYPES: tuple[tuple[type[sqlalchemy.types.TypeEngine[Any]], str], ...] = (
    (sqlalchemy.Boolean, "bool"),
    (sqlalchemy.Integer, "bigint"),
    (sqlalchemy.Float, "double"),
    (sqlalchemy.DateTime, "timestamp"),
    (sqlalchemy.Date, "date"),
    (sqlalchemy.JSON, "json"),
)


def database_feeds(
    config: dict[str, Any], records: dict[str, Any], credentials: dict[str, str], url: str | None
) -> list[Feed]:
    """The feeds of a PostgreSQL database.

    Args:
        config: `host`, `port`, `database`, `schema`, `tables`.
        records: Rendered RecordSchemas by name.
        credentials: `username` and `password`.
        url: `postgresql://host:port/database`, used instead of the configured address.
    """
    place = sqlalchemy.make_url(url) if url else None
    address = sqlalchemy.URL.create(
        "postgresql+psycopg2",
        username=credentials.get("username"),
        password=credentials.get("password"),
        host=place.host if place else config["host"],
        port=place.port if place else config.get("port", 5432),
        database=place.database if place else config["database"],
    )
    engine = sqlalchemy.create_engine(address, connect_args={"connect_timeout": 15, "options": "-c timezone=UTC"})
    schema = config.get("schema", "public")
    try:
        return [_database_feed(engine, schema, table, records) for table in config["tables"]]
    except sqlalchemy.exc.OperationalError as error:
        reason = str(error.orig).strip().splitlines()[-1]
        raise SourceError(f"The database {address.host}:{address.port} cannot be read: {reason}") from error


def _database_feed(engine: sqlalchemy.Engine, schema: str, config: dict[str, Any], records: dict[str, Any]) -> Feed:
    name = config["name"]
    try:
        table = sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=schema, autoload_with=engine)
    except sqlalchemy.exc.NoSuchTableError as error:
        raise SourceError(f"{name}: the database has no table {schema}.{name} that its user may read.") from error
    key = list(config.get("primary_key", []))
    cursor = config.get("cursor")
    for column in [*key, *([cursor] if cursor else [])]:
        if column not in table.columns:
            raise SourceError(
                f"{name}: {schema}.{name} has no column {column}: name one of {', '.join(table.columns.keys())}."
            )

    def pages(since: str | None) -> Iterator[list[Row]]:
        query = sqlalchemy.select(table)
        if cursor is not None:
            query = query.order_by(table.c[cursor])
            if since is not None:
                query = query.where(table.c[cursor] >= since)
        with engine.connect().execution_options(stream_results=True, yield_per=_DATABASE_PAGE) as connection:
            for page in connection.execute(query).mappings().partitions():
                yield [dict(row) for row in page]

    return Feed(
        name=name,
        columns=declared_columns(config, records),
        primary_key=key,
        disposition=config.get("write_disposition", "merge" if key else "append"),
        cursor=None if cursor is None else Cursor(cursor),
        pages=pages,
        offered=[Column(each.name, each.name, _sql_type(each.type)) for each in table.columns],
    )


def _sql_type(kind: sqlalchemy.types.TypeEngine[Any]) -> str:
    for sql, ours in _SQL_TYPES:
        if isinstance(kind, sql):
            return ours
    if isinstance(kind, sqlalchemy.Numeric):
        return f"decimal({kind.precision or 38},{9 if kind.scale is None else kind.scale})"
    return "text"
