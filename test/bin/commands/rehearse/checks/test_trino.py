"""Trino's checks, against a server that speaks its protocol; test/rehearsal/trino.e2e.test.ts asks the real one."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pytest
from checks import trino
from checks.config import Config, ConfigError, TrinoServer
from checks.expected import Gold, Silver, Summary, Totals
from checks.lake import ActualTable, TableCommit

COLUMNS = ("trade_id", "symbol", "price", "quantity", "traded_at", "is_valid", "validation_errors")
NOON = 1_767_614_400_000_000  # 2026-01-05T12:00:00Z
DAY = 86_400_000_000


class Server(ThreadingHTTPServer):
    """Gives one answer after the other; each is a page, reached by the nextUri of the one before."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[dict] = []
        self.statements: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def pages(self, *pages: list[list]) -> None:
        for number, rows in enumerate(pages, start=1):
            last = number == len(pages)
            self.answers.append({"data": rows} if last else {"data": rows, "nextUri": f"{self.endpoint}/next"})

    def refuses(self, message: str, name: str) -> None:
        self.answers.append({"error": {"message": message, "errorName": name}})


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.statements.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.do_GET()

    def do_GET(self) -> None:
        body = json.dumps(self.server.answers.pop(0)).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def address(server: Server) -> TrinoServer:
    return TrinoServer(server.endpoint, "lake", "476")


def silver() -> Totals:
    identified = {
        "a": ("a", "X", 10**8, 3, NOON, True, ()),
        "b": ("b", "X", None, 2 * 10**8, NOON + DAY, False, ("missing:price",)),
    }
    totals = Totals()
    rows = [(None, "X", -5, None, None, False, ("missing:trade_id", "bad_timestamp"))]
    totals.add(Silver(COLUMNS, identified, rows))
    return totals


def asked(server: Server, *layers: str) -> dict[str, trino.Check]:
    table = ActualTable(pa.schema([]), lambda: iter(()))
    names = {"silver": "silver.trades", "gold": "gold.daily"}
    gold = Gold({(date(2026, 1, 5), "X"): Summary(3, 10**8, 1)})
    tables = dict.fromkeys(layers, table)
    found = trino.checks(address(server), None, names, tables, silver(), gold)  # type: ignore[arg-type]
    return {check.name: check for check in found}


def answer_silver(server: Server, totals: list, days: list[list], codes: list[list]) -> None:
    server.pages([totals])
    server.pages(days)
    server.pages(codes)


TOTALS = [3, 2, 1, "0.99999995", "2.00000003"]
DAYS = [["2026-01-05", 1], ["2026-01-06", 1], [None, 1]]
CODES = [["missing:price", 1], ["missing:trade_id", 1], ["bad_timestamp", 1]]


def test_a_result_of_several_pages_is_read_to_its_end(server: Server) -> None:
    server.pages([[1], [2]], [], [[3]])
    assert trino.Trino(address(server)).query("SELECT 1") == [[1], [2], [3]]


def test_waits_for_an_active_node(server: Server) -> None:
    server.refuses("No nodes available to run query", "NO_NODES_AVAILABLE")
    server.pages([[1]])
    assert trino.Trino(address(server)).query("SELECT 1") == [[1]]
    assert server.statements == ["SELECT 1", "SELECT 1"]


def test_another_refusal_is_not_asked_again(server: Server) -> None:
    server.refuses("line 1:1: no such table", "TABLE_NOT_FOUND")
    with pytest.raises(trino.TrinoError, match="no such table"):
        trino.Trino(address(server)).query("SELECT 1")


def test_silver_as_computed_passes(server: Server) -> None:
    answer_silver(server, TOTALS, DAYS, CODES)
    found = asked(server, "silver")
    assert [name for name, check in found.items() if not check.passed] == []
    assert found["trino: silver sum of price"].expected == "0.99999995"


@pytest.mark.parametrize(
    ("place", "value", "name"),
    [
        (0, 4, "trino: silver rows"),
        (1, 3, "trino: silver distinct trade_id"),
        (2, 2, "trino: silver valid rows"),
        (3, "0.99999994", "trino: silver sum of price"),
        (4, None, "trino: silver sum of quantity"),
    ],
)
def test_each_total_that_differs_fails_its_own_check(server: Server, place: int, value: object, name: str) -> None:
    answer_silver(server, [*TOTALS[:place], value, *TOTALS[place + 1 :]], DAYS, CODES)
    assert [check.name for check in asked(server, "silver").values() if not check.passed] == [name]


def test_a_day_or_code_too_many_is_named(server: Server) -> None:
    answer_silver(server, TOTALS, [*DAYS, ["2026-01-07", 2]], CODES[1:])
    found = asked(server, "silver")
    assert found["trino: silver rows of each day (UTC)"].actual == "1 differ; 2026-01-07: 2 instead of 0"
    assert found["trino: silver rows with each validation code"].actual == "1 differ; missing:price: 0 instead of 1"


def test_every_gold_row_is_compared(server: Server) -> None:
    server.pages([["2026-01-05", "X", "0.00000003", "1.00000000", 1]])
    assert all(check.passed for check in asked(server, "gold").values())
    server.pages([["2026-01-05", "X", "0.00000003", "1.00000001", 1]])
    failed = [check.name for check in asked(server, "gold").values() if not check.passed]
    assert failed == ["trino: gold vwap of every day and symbol"]


def test_an_empty_gold_is_a_failed_check(server: Server) -> None:
    server.pages([])
    assert not asked(server, "gold")["trino: gold rows"].passed


def test_a_refused_question_is_a_failed_check_with_the_reason(server: Server) -> None:
    server.refuses("Table 'lake.gold.daily' does not exist", "TABLE_NOT_FOUND")
    check = asked(server, "gold")["trino: gold"]
    assert (check.passed, check.actual) == (False, "Trino: Table 'lake.gold.daily' does not exist")


def test_names_are_quoted(server: Server) -> None:
    server.pages([])
    asked(server, "gold")
    assert 'FROM "gold"."daily"' in server.statements[0]


class Past:
    """A table of two commits, of 2 and then 5 rows."""

    class Snapshot:
        def __init__(self, snapshot_id: int, parent_snapshot_id: int | None) -> None:
            self.snapshot_id = snapshot_id
            self.parent_snapshot_id = parent_snapshot_id

    class Scan:
        def __init__(self, rows: int) -> None:
            self.count = lambda: rows

    def load_table(self, _: str) -> "Past":
        return self

    def current_snapshot(self) -> "Past.Snapshot":
        return self.Snapshot(20, 10)

    def snapshot_by_id(self, snapshot_id: int) -> "Past.Snapshot":
        return self.Snapshot(snapshot_id, None)

    def scan(self, snapshot_id: int) -> "Past.Scan":
        return self.Scan({10: 2, 20: 5}[snapshot_id])


@pytest.mark.parametrize(("rows", "passed"), [(2, True), (5, False)])
def test_time_travel_goes_to_the_first_commit(server: Server, rows: int, passed: bool) -> None:
    server.pages([["2026-01-05", "X", "0.00000003", "1.00000000", 1]])
    server.pages([[rows]])
    table = ActualTable(pa.schema([]), lambda: iter(()), "", (TableCommit(0, {}),))
    gold = Gold({(date(2026, 1, 5), "X"): Summary(3, 10**8, 1)})
    found = trino.checks(address(server), Past(), {"gold": "gold.daily"}, {"gold": table}, silver(), gold)  # type: ignore[arg-type]
    assert (found[-1].name, found[-1].passed) == ("trino: gold FOR VERSION AS OF its first commit", passed)
    assert server.statements[-1].endswith("FOR VERSION AS OF 10")


def configured(folder: Path, **more: object) -> Config:
    path = folder / "config.json"
    texts = dict.fromkeys(("endpoint", "region", "accessKeyId", "secretAccessKey", "kafkaBootstrap", "topic"), "x")
    tables = {"bronze": "b.t", "silver": "s.t", "gold": "g.t"}
    path.write_text(json.dumps({**texts, "tables": tables, "extensions": [], **more}), "utf-8")
    return Config.read(path)


def test_trino_is_asked_only_when_it_is_configured(tmp_path: Path) -> None:
    assert configured(tmp_path).trino is None
    server = {"endpoint": "http://127.0.0.1:1", "catalog": "lake", "version": "476"}
    assert configured(tmp_path, trino=server).trino == TrinoServer("http://127.0.0.1:1", "lake", "476")


def test_a_trino_without_its_catalog_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'trino\.catalog' is missing"):
        configured(tmp_path, trino={"endpoint": "http://127.0.0.1:1", "version": "476"})
