"""A PostgreSQL server for the tests, and an exchange that they read."""

from __future__ import annotations

import json
import threading
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from postgres_server import postgres
from sources.__main__ import Sources


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, Any]]:
    """A server that ends with the tests."""
    with postgres() as address:
        yield address


@pytest.fixture
def database(server: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database."""
    name = f"test_{abs(hash(request.node.nodeid)) % 10**12}"
    admin = psycopg2.connect(**server, dbname="postgres")
    admin.autocommit = True
    admin.cursor().execute(f"create database {name}")
    made = Database({**server, "database": name})
    yield made
    made.close()
    admin.cursor().execute(f"drop database {name} with (force)")
    admin.close()


class Database:
    """A database and what it is asked."""

    def __init__(self, address: dict[str, Any]) -> None:
        self.address = address
        login = {key: value for key, value in address.items() if key != "database"}
        self._connection = psycopg2.connect(**login, dbname=address["database"], options="-c timezone=UTC")
        self._connection.autocommit = True

    def rows(self, query: str) -> list[tuple]:
        """What a query gives."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()


class Exchange:
    """A served exchange; what is published in it is read by the tests' feeds."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]], limit_every: int = 0, fail_every: int = 0) -> None:
        trades, served = folder / "trades.jsonl", folder / "served.jsonl"
        trades.write_text("".join(json.dumps(row) + "\n" for row in rows))
        arguments = Namespace(
            port=0,
            trades=trades,
            served=served,
            billing=None,
            complete=False,
            limit_every=limit_every,
            fail_every=fail_every,
        )
        self.server = Sources(arguments)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/exchange/v1"

    def publish(self, *rows: dict[str, Any]) -> None:
        """Publishes more."""
        self.server.exchange.publish(json.dumps(row).encode() for row in rows)

    def close(self) -> None:
        """Stops serving."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Any]:
    """Makes exchanges, and stops them."""
    made: list[Exchange] = []

    def make(rows: list[dict[str, Any]], **troubles: int) -> Exchange:
        made.append(Exchange(tmp_path, rows, **troubles))
        return made[-1]

    yield make
    for each in made:
        each.close()
