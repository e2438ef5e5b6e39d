import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import dlt
import pytest
from warehouse_tasks.schema_contract import Contract
from warehouse_tasks.sources import SourceError, database_feeds, rest_feeds
from warehouse_tasks.sync import Sync, TableReport

FIELDS = [("trade_id", "string"), ("symbol", "string"), ("price", "decimal(18,8)"), ("updated_at", "timestamptz")]
RECORDS = {"trades": {"fields": [{"name": n, "wire": n, "type": t, "required": True} for n, t in FIELDS]}}
RESOURCE = {
    "name": "trades",
    "record": "trades",
    "primary_key": ["trade_id"],
    "endpoint": {
        "path": "trades",
        "params": {"limit": 7},
        "data_selector": "data",
        "paginator": {"type": "cursor", "cursor_path": "next_cursor", "cursor_param": "cursor"},
        "incremental": {"cursor_path": "updated_at", "start_param": "updated_since", "initial_value": ""},
    },
}


def trade(number: int, price: str = "1.5") -> dict[str, Any]:
    return {"trade_id": f"T{number}", "symbol": "AAPL", "price": price}


def run(
    database: Any, exchange: Any, contract: Contract = Contract.QUARANTINE, batch_rows: int = 250_000
) -> TableReport:
    address = database.address
    credentials = {
        "drivername": "postgresql",
        **{name: address[name] for name in ("host", "port", "database", "password")},
        "username": address["user"],
    }
    destination = dlt.destinations.postgres(credentials=credentials)
    sync = Sync("src", "raw_src", destination, contract, batch_rows=batch_rows, loader_file_format="csv")
    try:
        [feed] = rest_feeds({"client": {"base_url": exchange.url}, "resources": [RESOURCE]}, RECORDS, None)
        return sync.run(feed)
    finally:
        sync.close()


def test_a_second_sync_loads_only_what_is_new(database: Any, exchange: Any) -> None:
    served = exchange([trade(number) for number in range(20)])
    assert run(database, served).loaded == 20
    assert run(database, served).read == 0
    served.publish(trade(20), trade(3, "9"))
    report = run(database, served)
    assert (report.read, report.loaded) == (2, 2)
    assert database.rows("select count(*), max(price)::text from raw_src.trades") == [(21, "9.00000000")]
    assert database.rows("select count(distinct ingested_at) from raw_src.trades") == [(2,)]


def test_rows_are_found_by_their_arrival(database: Any, exchange: Any) -> None:
    run(database, exchange([trade(number) for number in range(20)]), batch_rows=10)
    # A table as small as this one is read as a whole otherwise.
    database.rows("set enable_seqscan = off")
    newer = "ingested_at > (select max(ingested_at) from raw_src.trades)"
    assert "trades_ingested_at" in str(database.rows(f"explain select * from raw_src.trades where {newer}"))
    known = (
        "select count(*) from pg_stats where (schemaname, tablename, attname) = ('raw_src', 'trades', 'ingested_at')"
    )
    assert database.rows(known) == [(1,)]
    # What dlt makes a sort key of, where there are any.
    sort = "schema::jsonb #> '{tables, trades, columns, ingested_at, sort}'"
    assert database.rows(f"select {sort} from raw_src._dlt_version order by inserted_at desc limit 1") == [(True,)]


def test_the_last_revision_within_a_batch_wins(database: Any, exchange: Any) -> None:
    run(database, exchange([trade(1, "1"), trade(2, "1"), trade(1, "3"), trade(1, "2")]))
    assert database.rows("select trade_id, price::text from raw_src.trades order by 1") == [
        ("T1", "2.00000000"),
        ("T2", "1.00000000"),
    ]


def test_rate_limits_and_errors_are_lived_with(database: Any, exchange: Any) -> None:
    served = exchange([trade(number) for number in range(60)], limit_every=3, fail_every=5)
    assert run(database, served).loaded == 60
    assert served.server.figures["limited"] > 0
    assert served.server.figures["failed"] > 0


def test_a_source_that_refuses_is_told_by_its_path_and_never_by_its_secrets(exchange: Any) -> None:
    resource = {**RESOURCE, "endpoint": {"path": "nowhere", "params": {"key": "geheim"}}}
    [feed] = rest_feeds({"client": {"base_url": exchange([]).url}, "resources": [resource]}, RECORDS, None)
    with pytest.raises(SourceError, match=r"/nowhere answers 404") as raised:
        list(feed.pages(None))
    assert "geheim" not in str(raised.value)


KILLED = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from types import SimpleNamespace
import test_sync
address, url = json.loads(sys.argv[2]), sys.argv[3]
test_sync.run(SimpleNamespace(address=address), SimpleNamespace(url=url), batch_rows=7)
"""


def test_a_killed_sync_resumes_where_it_committed(database: Any, exchange: Any) -> None:
    served = exchange([trade(number) for number in range(400)])
    arguments = [sys.executable, "-c", KILLED, json.dumps([*sys.path, os.path.dirname(__file__)])]
    process = subprocess.Popen([*arguments, json.dumps(database.address), served.url])
    deadline = time.monotonic() + 120
    committed = 0
    while committed < 14 and time.monotonic() < deadline and process.poll() is None:
        exists = database.rows("select to_regclass('raw_src.trades') is not null")[0][0]
        committed = database.rows("select count(*) from raw_src.trades")[0][0] if exists else 0
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 14 <= committed < 400
    before = served.server.figures["requests"]
    report = run(database, served)
    assert database.rows("select count(*), count(distinct trade_id) from raw_src.trades") == [(400, 400)]
    # Not from the beginning: at most what the last batch before the kill had not yet noted.
    assert report.read <= 400 - committed + 2 * 7
    assert served.server.figures["requests"] - before < 60


@pytest.mark.parametrize("contract", [Contract.FREEZE, Contract.EVOLVE, Contract.QUARANTINE])
def test_a_source_that_changes_is_handled_by_the_contract(database: Any, exchange: Any, contract: Contract) -> None:
    served = exchange([trade(1)])
    run(database, served, contract)
    served.publish({**trade(2), "fee": 1}, {**trade(3), "price": "n/a"})
    if contract is Contract.FREEZE:
        with pytest.raises(Exception, match="freeze"):
            run(database, served, contract)
        assert database.rows("select count(*) from raw_src.trades") == [(1,)]
        return
    report = run(database, served, contract)
    rows = database.rows("select trade_id from raw_src.trades order by 1")
    if contract is Contract.EVOLVE:
        assert rows == [("T1",), ("T2",), ("T3",)]
        assert database.rows("select fee, price_v_text from raw_src.trades order by trade_id") == [
            (None, None),
            (1, None),
            (None, "n/a"),
        ]
    else:
        assert rows == [("T1",), ("T2",)]
        assert report.quarantined == 1
        assert database.rows("select reasons from raw_src.trades_quarantine order by 1") == [
            ("not_decimal:price",),
            ("unknown:fee",),
        ]


def test_a_database_is_read_from_where_the_last_sync_ended(database: Any) -> None:
    database.rows("create table accounts (id int primary key, name text, updated_at timestamptz)")
    database.rows("insert into accounts values (1, 'a', '2026-01-01'), (2, 'b', '2026-01-02')")
    address = database.address
    config = {
        **{name: address[name] for name in ("host", "port", "database")},
        "tables": [{"name": "accounts", "primary_key": ["id"], "cursor": "updated_at"}],
    }
    credentials = {"username": address["user"], "password": address["password"]}

    def sync() -> TableReport:
        [feed] = database_feeds(config, {}, credentials, None)
        target = {"drivername": "postgresql", **{k: address[k] for k in ("host", "port", "database", "password")}}
        destination = dlt.destinations.postgres(credentials={**target, "username": address["user"]})
        one = Sync("crm", "raw_crm", destination, Contract.EVOLVE, loader_file_format="csv")
        try:
            return one.run(feed)
        finally:
            one.close()

    assert sync().loaded == 2
    assert sync().read == 0
    database.rows("update accounts set name = 'c', updated_at = '2026-01-03' where id = 1")
    database.rows("alter table accounts add column segment text")
    report = sync()
    # The row that was changed, and the one at the position, which has got a field meanwhile.
    assert report.loaded == 2
    assert report.said == ["crm.accounts: new field 'segment' became column segment (text)"]
    assert database.rows("select id, name from raw_crm.accounts order by id") == [(1, "c"), (2, "b")]
