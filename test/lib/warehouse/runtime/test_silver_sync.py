"""Commits of a lake's table arrive in the warehouse, each once, whatever happens on the way."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import pyarrow as pa
import pytest
from lake_table import as_spark_writes, compact, delete_by_position, new_table, replace_rows, rows_of, write_anew
from pyiceberg.expressions import EqualTo, IsNull
from pyiceberg.manifest import DataFileContent
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import DecimalType, LongType, NestedField, StringType, UUIDType
from warehouse_tasks import silver_changes, silver_sync
from warehouse_tasks.silver_changes import UnreadableError
from warehouse_tasks.silver_sync import Loader, SilverSync, SyncError, SyncReport

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Trade = dict[str, Any]


def trade(number: int | None, price: str = "10.5", day: int = 0, **other: Any) -> Trade:
    """A row of silver; without a number it has no id."""
    row = {
        "trade_id": None if number is None else f"t{number}",
        "symbol": "AAPL",
        "price": Decimal(price),
        "traded_at": NOON + timedelta(days=day),
        "lots": number,
        "validation_errors": [] if number is not None else ["missing:trade_id"],
    }
    return row | other


class Copy:
    """A table of the lake and its copy."""

    def __init__(self, database: Any, folder: Path, **options: Any) -> None:
        self.database = database
        self.lake = new_table(folder, **options)
        database.rows("create schema raw_lake")

    def sync(self, loader: Loader | None = None, key: list[str] | None = None) -> SyncReport:
        address = {name: value for name, value in self.database.address.items() if name != "database"}
        connection = psycopg2.connect(**address, dbname=self.database.address["database"])
        try:
            syncing = SilverSync(connection, loader or Loader(), "raw_lake", "trades", key or ["trade_id"])
            self.lag = syncing.lag(self.lake)
            return syncing.run(self.lake)
        finally:
            connection.close()

    def append(self, *rows: Trade) -> None:
        self.lake.append(rows_of(self.lake, list(rows)))

    def replace(self, number: int, *rows: Trade) -> None:
        """Takes one trade away and writes others, in one commit."""
        replace_rows(self.lake, f"t{number}", list(rows))

    def rows(self, columns: str = "trade_id, price, traded_at, lots") -> list[tuple]:
        found = self.database.rows(f"select {columns} from raw_lake.trades")
        return sorted(found, key=repr)


@pytest.fixture
def copy(database: Any, tmp_path: Path) -> Copy:
    return Copy(database, tmp_path)


def shown(*rows: Trade) -> list[tuple]:
    """Rows as the copy has to show them."""
    picked = [(row["trade_id"], row["price"], row["traded_at"], row["lots"]) for row in rows]
    return sorted([(name, price.quantize(Decimal("1e-8")), at, lots) for name, price, at, lots in picked], key=repr)


def test_the_first_copy_brings_everything_and_a_second_one_nothing(copy: Copy) -> None:
    copy.append(trade(1), trade(2, day=1))
    copy.append(trade(3, price="0.00000001"))
    first = copy.sync()
    assert (first.rows_written, first.full_copy) == (3, "it is the first copy")
    assert copy.rows() == shown(trade(1), trade(2, day=1), trade(3, price="0.00000001"))
    again = copy.sync()
    assert (again.commits, again.rows_read, again.rows_written) == (0, 0, 0)


def test_an_empty_table_has_an_empty_copy_that_follows_its_columns(copy: Copy) -> None:
    copy.sync()
    assert copy.rows() == []
    with copy.lake.update_schema() as update:
        update.add_column("venue", StringType())
    copy.append(trade(1, venue="XNAS"))
    copy.sync()
    assert copy.rows("trade_id, venue") == [("t1", "XNAS")]


def test_a_corrected_a_deleted_and_a_late_row_arrive_and_nothing_else_is_written(copy: Copy) -> None:
    copy.append(*(trade(number, day=number % 3) for number in range(90)))
    copy.sync()
    copy.replace(4, trade(4, price="99.25", day=1))
    copy.lake.delete(EqualTo("trade_id", "t5"))
    copy.append(trade(500, day=-30))
    report = copy.sync()
    # The files of two days were written anew; of their 60 rows each commit changed one.
    assert (report.commits, report.rows_written, report.rows_deleted) == (3, 2, 2)
    kept = [trade(number, day=number % 3) for number in range(90) if number not in (4, 5)]
    assert copy.rows() == shown(*kept, trade(4, price="99.25", day=1), trade(500, day=-30))


def test_a_row_that_moves_to_another_partition_is_there_once(copy: Copy) -> None:
    copy.append(trade(1), trade(2, day=1))
    copy.sync()
    copy.replace(1, trade(1, day=1))
    copy.sync()
    assert copy.rows() == shown(trade(1, day=1), trade(2, day=1))


def test_rows_without_a_key_are_there_as_often_as_in_the_lake(copy: Copy) -> None:
    nameless, other = trade(None), trade(None, price="7")
    copy.append(nameless, nameless, other)
    copy.sync()
    copy.append(nameless, trade(1))
    copy.sync()
    assert copy.rows() == shown(nameless, nameless, nameless, other, trade(1))
    replace_rows(copy.lake, None, [nameless, nameless])
    copy.sync()
    assert copy.rows() == shown(nameless, nameless, trade(1))
    copy.lake.delete(IsNull("trade_id"))
    copy.sync()
    assert copy.rows() == shown(trade(1))


def test_rows_without_a_key_are_asked_for_in_portions(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silver_sync, "_IDS_AT_ONCE", 2)
    lost = [trade(None, price=str(price)) for price in range(1, 6)]
    copy.append(*lost, *lost)
    copy.sync()
    copy.append(*lost[1:])
    copy.lake.delete(EqualTo("price", 1))
    copy.sync()
    assert copy.rows() == shown(*lost[1:] * 3)


def test_compaction_copies_nothing(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        copy.append(trade(number))
    copy.sync()
    compact(copy.lake)
    monkeypatch.setattr(silver_changes, "_reading", None)
    report = copy.sync()
    assert (report.commits, report.rows_read) == (0, 0)
    assert report.snapshot_id == copy.lake.current_snapshot().snapshot_id


def test_what_was_appended_before_a_compaction_is_read_from_its_own_files(copy: Copy) -> None:
    copy.append(trade(1), trade(2))
    copy.sync()
    copy.append(trade(3))
    compact(copy.lake)
    copy.append(trade(4))
    report = copy.sync()
    assert (report.rows_read, report.rows_written) == (2, 2)
    assert copy.rows() == shown(*map(trade, (1, 2, 3, 4)))


def test_delete_files_have_their_partitions_read_before_and_after_and_no_other(copy: Copy) -> None:
    copy.append(*(trade(number, day=number % 2) for number in range(20)))
    copy.sync()
    task = next(task for task in copy.lake.scan(EqualTo("trade_id", "t4")).plan_files())
    numbers = copy.lake.scan().to_arrow()["lots"].to_pylist()
    first_of_file = [number for number in numbers if number % 2 == 0]
    delete_by_position(copy.lake, task, [first_of_file.index(4), first_of_file.index(8)])
    report = copy.sync()
    assert (report.full_copy, report.rows_read, report.rows_deleted, report.rows_written) == (None, 18, 2, 0)
    assert copy.rows() == shown(*(trade(number, day=number % 2) for number in range(20) if number not in (4, 8)))
    # A file that others hide rows of is rewritten: what was hidden does not come back.
    copy.replace(0, trade(0, price="3"))
    copy.sync()
    left = [number for number in range(1, 20) if number not in (4, 8)]
    assert copy.rows() == shown(trade(0, price="3"), *(trade(number, day=number % 2) for number in left))


def test_equality_deletes_are_refused_with_the_remedy_and_change_nothing(copy: Copy) -> None:
    copy.append(trade(1), trade(2))
    copy.sync()
    task = next(iter(copy.lake.scan().plan_files()))
    delete_by_position(copy.lake, task, [0], DataFileContent.EQUALITY_DELETES)
    with pytest.raises(UnreadableError, match=r"equality deletes.*OPTIMIZE in Athena"):
        copy.sync()
    assert copy.rows() == shown(trade(1), trade(2))


def test_an_expired_position_has_everything_copied_anew_and_says_so(copy: Copy) -> None:
    copy.append(trade(1))
    copy.sync()
    for number in (2, 3, 4):
        copy.append(trade(number))
    copy.replace(1)
    current = copy.lake.current_snapshot().snapshot_id
    expired = [each.snapshot_id for each in copy.lake.snapshots() if each.snapshot_id != current]
    copy.lake.maintenance.expire_snapshots().by_ids(expired).commit()
    report = copy.sync()
    assert report.full_copy is not None and "it was expired" in report.full_copy
    assert copy.rows() == shown(trade(2), trade(3), trade(4))


def test_a_position_that_was_expired_itself_is_followed_as_long_as_the_way_from_it_is_there(copy: Copy) -> None:
    copy.append(trade(1))
    copy.sync()
    position = copy.lake.current_snapshot().snapshot_id
    copy.append(trade(2))
    # Spark and Athena keep the id of a parent that they expire; pyiceberg does not.
    left = [each for each in copy.lake.snapshots() if each.snapshot_id != position]
    copy.lake.metadata = copy.lake.metadata.model_copy(update={"snapshots": left})
    report = copy.sync()
    assert (report.full_copy, report.rows_written) == (None, 1)


def test_a_table_that_was_rolled_back_is_copied_anew(copy: Copy) -> None:
    copy.append(trade(1))
    before = copy.lake.current_snapshot().snapshot_id
    copy.append(trade(2))
    copy.sync()
    copy.lake.manage_snapshots().rollback_to_snapshot(before).commit()
    assert "rolled back" in (copy.sync().full_copy or "")
    assert copy.rows() == shown(trade(1))


class DyingLoader(Loader):
    """Its process is killed at a load, with rows staged and nothing committed."""

    def __init__(self, loads: int) -> None:
        self.loads = loads

    def load(self, cursor: Any, rows: pa.Table) -> None:
        super().load(cursor, rows)
        self.loads -= 1
        if self.loads == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("loads", [1, 2, 3])
def test_a_sync_that_is_killed_leaves_whole_commits_and_the_next_one_goes_on(copy: Copy, loads: int) -> None:
    commits = [[trade(1), trade(2)], [trade(3)], [trade(4), trade(5)], [trade(6)]]
    copy.append(*commits[0])
    copy.sync()
    for rows in commits[1:]:
        copy.append(*rows)
    process = multiprocessing.get_context("fork").Process(target=copy.sync, args=(DyingLoader(loads),))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    # Three commits were left, and the last load of each belongs to it: loads - 1 of them are there.
    assert copy.rows() == shown(*(row for rows in commits[:loads] for row in rows))
    report = copy.sync()
    assert (report.commits, report.full_copy) == (4 - loads, None)
    assert copy.rows() == shown(*(row for rows in commits for row in rows))


def test_two_syncs_at_once_copy_every_commit_once(copy: Copy) -> None:
    copy.append(trade(None))
    copy.sync()
    for _ in range(6):
        copy.append(trade(None))
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=copy.sync) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    # Rows without a key would be there too often if a commit had been copied twice.
    assert copy.rows() == shown(*[trade(None)] * 7)


def test_new_renamed_and_widened_columns_are_followed(copy: Copy) -> None:
    copy.append(trade(1), trade(None))
    copy.sync()
    # Something of dbt's stands on the table, as it does in a warehouse.
    copy.database.rows("create view raw_lake.stg_trades as select trade_id, price, symbol from raw_lake.trades")
    with copy.lake.update_schema() as update:
        update.add_column("venue", StringType())
        update.rename_column("symbol", "instrument")
        update.update_column("lots", LongType())
        update.update_column("price", DecimalType(22, 8))
    added = {name: value for name, value in trade(2).items() if name != "symbol"}
    copy.append(added | {"instrument": "MSFT", "venue": "XNAS", "lots": 2**40, "price": Decimal("12345678901234.5")})
    report = copy.sync()
    assert (report.full_copy, report.rows_written) == (None, 1)
    assert copy.rows("trade_id, instrument, venue, lots, price") == [
        ("t1", "AAPL", None, 1, Decimal("10.50000000")),
        ("t2", "MSFT", "XNAS", 2**40, Decimal("12345678901234.50000000")),
        (None, "AAPL", None, None, Decimal("10.50000000")),
    ]
    symbols = copy.database.rows("select symbol from raw_lake.stg_trades where trade_id is not null order by 1")
    assert symbols == [("AAPL",), ("MSFT",)]
    # A row without a key is still the same one.
    copy.lake.delete(IsNull("trade_id"))
    assert copy.sync().rows_deleted == 1
    assert len(copy.rows()) == 2


def test_a_dropped_column_stays_empty_and_has_everything_copied_once(copy: Copy) -> None:
    copy.append(trade(1), trade(None))
    copy.sync()
    with copy.lake.update_schema() as update:
        update.delete_column("lots")
    left = {name: value for name, value in trade(2).items() if name != "lots"}
    copy.append(left)
    assert copy.sync().full_copy == "the lake has dropped a column"
    copy.lake.delete(IsNull("trade_id"))
    assert copy.sync().full_copy is None
    assert copy.rows("trade_id, lots") == [("t1", None), ("t2", None)]


def test_a_column_that_comes_back_under_an_old_name_is_refused_with_the_remedy(copy: Copy) -> None:
    copy.append(trade(1))
    copy.sync()
    with copy.lake.update_schema() as update:
        update.delete_column("lots")
    copy.append({name: value for name, value in trade(2).items() if name != "lots"})
    copy.sync()
    with copy.lake.update_schema() as update:
        update.add_column("lots", LongType())
    copy.append(trade(3))
    with pytest.raises(SyncError, match=r"'lots' is new in the lake, and the copy kept one of that name.*rename"):
        copy.sync()


def test_files_of_two_writers_are_copied_together(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    copy.append(trade(1), trade(2), trade(3, day=1))
    as_spark_writes(copy.lake)
    copy.sync()
    # Partitions are read one by one, and what has changed in them is compared at once.
    monkeypatch.setattr(silver_changes, "_ROWS_IN_MEMORY", 1)
    copy.replace(1, trade(1, price="3"), trade(4, day=2))
    copy.sync()
    assert copy.rows() == shown(trade(1, price="3"), trade(2), trade(3, day=1), trade(4, day=2))


def test_rows_are_known_by_a_uuid(database: Any, tmp_path: Path) -> None:
    schema = Schema(NestedField(1, "id", UUIDType()), NestedField(2, "other", UUIDType()))
    copy = Copy(database, tmp_path, spec=PartitionSpec(), schema=schema)
    first, second, third = (UUID(int=number) for number in (1, 2, 2**127))
    copy.append({"id": first, "other": first}, {"id": second, "other": None})
    copy.sync(key=["id"])
    tasks = list(copy.lake.scan().plan_files())
    write_anew(copy.lake, tasks, rows_of(copy.lake, [{"id": first, "other": first}, {"id": second, "other": third}]))
    report = copy.sync(key=["id"])
    assert (report.rows_deleted, report.rows_written) == (1, 1)
    assert copy.rows("id, other") == [(str(first), str(first)), (str(second), str(third))]


def test_a_key_that_is_not_unique_is_refused_and_changes_nothing(copy: Copy) -> None:
    copy.append(trade(1))
    copy.sync()
    copy.append(trade(2), trade(2, price="11"))
    with pytest.raises(SyncError, match="trades: trade_id = t2 stands in two rows; the key has to be unique"):
        copy.sync()
    assert copy.rows() == shown(trade(1))


def test_a_key_that_the_table_lacks_is_refused(copy: Copy) -> None:
    copy.append(trade(1))
    with pytest.raises(SyncError, match="the key names id, which the lake's table does not have"):
        copy.sync(key=["id"])


def test_the_lag_is_the_age_of_the_oldest_commit_that_is_not_copied(copy: Copy) -> None:
    copy.sync()
    assert copy.lag == 0
    copy.append(trade(1))
    copy.sync()
    assert 0 < copy.lag < 60
    compact(copy.lake)
    copy.sync()
    assert copy.lag == 0


def test_a_table_without_partitions_is_copied_too(database: Any, tmp_path: Path) -> None:
    copy = Copy(database, tmp_path, spec=PartitionSpec())
    copy.append(*map(trade, range(5)))
    copy.sync()
    delete_by_position(copy.lake, next(iter(copy.lake.scan().plan_files())), [3])
    copy.replace(1, trade(1, price="2"))
    copy.sync()
    assert copy.rows() == shown(trade(0), trade(1, price="2"), trade(2), trade(4))


@pytest.mark.parametrize("seed", range(6))
def test_after_any_commits_the_copy_is_what_was_written(copy: Copy, seed: int) -> None:
    rng = random.Random(seed)
    written: dict[int, Trade] = {}
    nameless: list[Trade] = []
    numbers = iter(range(10_000))

    def arrive() -> None:
        rows = {number: trade(number, str(rng.randint(1, 99)), rng.randint(-2, 2)) for number in _some(numbers, rng)}
        lost = [trade(None, day=rng.randint(-2, 2)) for _ in range(rng.randint(0, 2))]
        copy.append(*rows.values(), *lost)
        written.update(rows)
        nameless.extend(lost)

    def correct() -> None:
        number = rng.choice([*written, 0])
        written[number] = trade(number, str(rng.randint(100, 200)), rng.randint(-2, 2))
        copy.replace(number, written[number])

    def delete() -> None:
        number = rng.choice([*written, 0])
        written.pop(number, None)
        copy.lake.delete(EqualTo("trade_id", f"t{number}"))

    def hide() -> None:
        tasks = list(copy.lake.scan().plan_files())
        clean = [task for task in tasks if not task.delete_files and task.file.record_count > 0]
        if not clean:
            return
        task = rng.choice(clean)
        hidden = silver_changes.read(copy.lake, [task]).to_pylist()[0]
        delete_by_position(copy.lake, task, [0])
        if hidden["lots"] is not None:
            del written[hidden["lots"]]
        else:
            nameless.remove(next(row for row in nameless if row["traded_at"] == hidden["traded_at"]))

    def shrink() -> None:
        if not any(task.delete_files for task in copy.lake.scan().plan_files()):
            compact(copy.lake)

    actions: list[Callable[[], Any]] = [arrive, correct, delete, hide, shrink, copy.sync]
    for _ in range(14):
        rng.choice(actions)()
    copy.sync()
    assert copy.rows() == shown(*written.values(), *nameless)


def _some(numbers: Any, rng: random.Random) -> list[int]:
    return [next(numbers) for _ in range(rng.randint(1, 4))]
