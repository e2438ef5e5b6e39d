"""Athena's dialect: Trino, the engine that Athena is made of, must give the same answers about silver and gold."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import requests
from pyiceberg.catalog import Catalog

from .columns import DECIMAL, shown
from .compare import Check, gold_checks, same
from .config import TrinoServer
from .expected import EPOCH, Gold, Totals
from .lake import ActualTable

_EXAMPLES = 3
_QUERY_SECONDS = 120
_NODE_SECONDS = 60
_REQUEST_SECONDS = 30


class TrinoError(Exception):
    """A query that Trino refused; the message is Trino's own."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class Trino:
    """Asks a Trino server over its HTTP protocol."""

    def __init__(self, server: TrinoServer) -> None:
        self._statements = f"{server.endpoint}/v1/statement"
        self._session = requests.Session()
        # No proxy stands between two processes of one machine.
        self._session.trust_env = False
        self._session.headers.update(
            {"X-Trino-User": "rehearsal", "X-Trino-Catalog": server.catalog, "X-Trino-Time-Zone": "UTC"}
        )

    def query(self, sql: str) -> list[list[Any]]:
        """All rows: decimals and dates as texts, as the protocol gives them.

        A server that has just started knows of no active node yet that could read the catalog's tables: it is asked
        again.
        """
        deadline = time.monotonic() + _NODE_SECONDS
        while True:
            try:
                return self._run(sql)
            except TrinoError as error:
                if error.name != "NO_NODES_AVAILABLE" or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _run(self, sql: str) -> list[list[Any]]:
        deadline = time.monotonic() + _QUERY_SECONDS
        answer = self._answer("POST", self._statements, sql.encode())
        rows = answer.get("data", [])
        while "nextUri" in answer:
            if time.monotonic() > deadline:
                self._session.delete(answer["nextUri"], timeout=_REQUEST_SECONDS)
                raise TrinoError(f"no answer within {_QUERY_SECONDS} s", "TIMEOUT")
            answer = self._answer("GET", answer["nextUri"])
            rows += answer.get("data", [])
        return rows

    def _answer(self, method: str, address: str, body: bytes | None = None) -> dict[str, Any]:
        response = self._session.request(method, address, data=body, timeout=_REQUEST_SECONDS)
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            raise TrinoError(answer["error"]["message"], answer["error"]["errorName"])
        return answer

    def close(self) -> None:
        self._session.close()


def checks(
    server: TrinoServer,
    catalog: Catalog,
    names: Mapping[str, str],
    tables: Mapping[str, ActualTable],
    wanted: Totals,
    summaries: Gold,
) -> list[Check]:
    """Silver's counts and sums, every gold row, and a version of the past of both."""
    trino = Trino(server)
    try:
        found: list[Check] = []
        if "silver" in tables:
            found += _silver(trino, _quoted(names["silver"]), wanted)
        if "gold" in tables:
            found += _asked("trino: gold", lambda: _gold(trino, _quoted(names["gold"]), summaries))
        for layer in ("silver", "gold"):
            if layer in tables and tables[layer].commits:
                title = f"trino: {layer} FOR VERSION AS OF its first commit"
                question = partial(_first_version, trino, catalog, names[layer], title)
                found += _asked(title, question)
        return found
    finally:
        trino.close()


def _asked(name: str, question: Callable[[], list[Check]]) -> list[Check]:
    """A question that has no answer is a failed check with the reason."""
    try:
        return question()
    except (TrinoError, requests.RequestException) as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        return [Check(name, "an answer", f"Trino: {reason}", False)]


def _silver(trino: Trino, table: str, wanted: Totals) -> list[Check]:
    return [
        *_asked("trino: silver rows and sums", lambda: _totals(trino, table, wanted)),
        *_asked("trino: silver rows of each day (UTC)", lambda: [_days(trino, table, wanted)]),
        *_asked("trino: silver rows with each validation code", lambda: [_codes(trino, table, wanted)]),
    ]


def _totals(trino: Trino, table: str, wanted: Totals) -> list[Check]:
    [actual] = trino.query(
        f"SELECT count(*), count(DISTINCT trade_id), count_if(is_valid), sum(price), sum(quantity) FROM {table}"
    )
    expected = [
        wanted.rows,
        wanted.identified,
        wanted.valid,
        _amount(wanted.sums.get("price")),
        _amount(wanted.sums.get("quantity")),
    ]
    titles = ("rows", "distinct trade_id", "valid rows", "sum of price", "sum of quantity")
    return [same(f"trino: silver {title}", *pair) for title, *pair in zip(titles, expected, actual, strict=True)]


def _amount(units: int | None) -> str | None:
    """Units of 10^-8 as Trino writes a decimal(38, 8); null when there was nothing to add up."""
    return None if units is None else f"{Decimal(units).scaleb(-8):f}"


def _days(trino: Trino, table: str, wanted: Totals) -> Check:
    days = wanted.days.items()
    expected = {None if day is None else str(EPOCH + timedelta(days=day)): rows for day, rows in days}
    sql = f"SELECT CAST(traded_at AT TIME ZONE 'UTC' AS date), count(*) FROM {table} GROUP BY 1"
    return _counts("trino: silver rows of each day (UTC)", expected, dict(map(tuple, trino.query(sql))))


def _codes(trino: Trino, table: str, wanted: Totals) -> Check:
    sql = f"SELECT code, count(*) FROM {table} CROSS JOIN UNNEST(validation_errors) AS codes (code) GROUP BY code"
    return _counts("trino: silver rows with each validation code", wanted.codes, dict(map(tuple, trino.query(sql))))


def _counts(name: str, expected: Mapping[str | None, int], actual: Mapping[str | None, int]) -> Check:
    """Every count by its key, and no other key."""
    differing = sorted((key for key in {*expected, *actual} if expected.get(key) != actual.get(key)), key=str)
    said = f"{len(expected):,} counts as computed"
    if not differing:
        return Check(name, said, f"{len(expected):,} equal", True)
    examples = [f"{shown(key)}: {actual.get(key, 0)} instead of {expected.get(key, 0)}" for key in differing]
    return Check(name, said, "; ".join([f"{len(differing):,} differ", *examples[:_EXAMPLES]]), False)


def _gold(trino: Trino, table: str, summaries: Gold) -> list[Check]:
    rows = trino.query(f'SELECT "date", symbol, total_volume, vwap, trade_count FROM {table}')
    days, symbols, volumes, prices, counts = zip(*rows, strict=True) if rows else ((),) * 5
    actual = pa.table(
        {
            "date": pa.array([None if day is None else date.fromisoformat(day) for day in days], pa.date32()),
            "symbol": pa.array(symbols, pa.string()),
            "total_volume": _decimals(volumes),
            "vwap": _decimals(prices),
            "trade_count": pa.array(counts, pa.int64()),
        }
    )
    return [
        Check(f"trino: {check.name.replace(':', '', 1)}", check.expected, check.actual, check.passed)
        for check in gold_checks(summaries, actual)
    ]


def _decimals(texts: Iterable[str | None]) -> pa.Array:
    return pa.array([None if text is None else Decimal(text) for text in texts], DECIMAL)


def _first_version(trino: Trino, catalog: Catalog, name: str, title: str) -> list[Check]:
    """Time travel, as a named query of Athena does it, to the oldest commit that the current one came from."""
    table = catalog.load_table(name)
    snapshot = table.current_snapshot()
    assert snapshot is not None
    while snapshot.parent_snapshot_id is not None:
        parent = table.snapshot_by_id(snapshot.parent_snapshot_id)
        if parent is None:
            # Its parent has expired.
            break
        snapshot = parent
    expected = table.scan(snapshot_id=snapshot.snapshot_id).count()
    [[actual]] = trino.query(f"SELECT count(*) FROM {_quoted(name)} FOR VERSION AS OF {snapshot.snapshot_id}")
    return [same(title, expected, actual)]


def _quoted(name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
