"""What bronze, silver and gold must hold, worked out from the raw events alone."""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np

DAY = 86_400_000_000
EPOCH = date(1970, 1, 1)
_VOLUME_LIMIT = 10**18  # DECIMAL(18, 8) in units of 10^-8
_NEVER = 2**62


class Event(NamedTuple):
    """A raw event as it lies in bronze."""

    source: str
    ingested_at: int
    """Microseconds since 1970 (UTC)."""
    value: bytes | None
    run: int = 0
    """Which run of silver read it."""


class Commit(NamedTuple):
    """A bronze commit: which Kafka records it ended with, when it was made, and its place among all of them."""

    next_offsets: dict[int, int]
    """By partition, the first offset that the commit does not hold."""
    committed_at: int
    """Microseconds since 1970."""
    number: int = 0


class Version(NamedTuple):
    """A trade of an event, with what decides which of several under one id stays: the greatest of the first three."""

    ingested_at: int
    digest: bytes
    """SHA-256 of the event's payload."""
    place: int
    """In the event."""
    run: int
    row: tuple


@dataclass
class Silver:
    """Expected silver rows, and what the runs report about their versions."""

    columns: tuple[str, ...]
    identified: dict[str, tuple]
    """The winning row by trade_id."""
    anonymous: list[tuple]
    """One row for each event without an id."""
    duplicates: int = 0
    revisions: int = 0

    def rows(self) -> Iterable[tuple]:
        yield from self.identified.values()
        yield from self.anonymous


@dataclass
class Totals:
    """What all expected silver rows, and what was read for them, add up to."""

    rows: int = 0
    identified: int = 0
    valid: int = 0
    duplicates: int = 0
    revisions: int = 0
    read: int = 0
    """Trades in the messages, valid or not."""
    ignored: int = 0
    """Messages of other kinds."""
    invalid: int = 0
    """Trades that are not valid, also those that a later version supersedes."""
    codes: Counter[str] = field(default_factory=Counter)
    """How many rows carry each validation code."""
    days: Counter[int | None] = field(default_factory=Counter)
    """How many rows are of each day, counted from 1970, and of none."""
    sums: Counter[str] = field(default_factory=Counter)
    """Of price and quantity in units of 10^-8; without the column when no row has a value there."""

    def count_message(self, rows: Sequence[tuple]) -> None:
        """Adds what a message was read as."""
        self.read += len(rows)
        self.ignored += not rows
        self.invalid += sum(not row[-2] for row in rows)

    def add(self, part: Silver) -> None:
        """Adds some of the rows."""
        self.identified += len(part.identified)
        self.duplicates += part.duplicates
        self.revisions += part.revisions
        amounts = [(name, part.columns.index(name)) for name in ("price", "quantity")]
        traded_at = part.columns.index("traded_at")
        for row in part.rows():
            self.rows += 1
            self.valid += row[-2]
            if row[-1]:
                self.codes.update(row[-1])
            self.days[None if row[traded_at] is None else row[traded_at] // DAY] += 1
            for name, place in amounts:
                if row[place] is not None:
                    self.sums[name] += row[place]


class Summary(NamedTuple):
    """A gold row: volume and vwap in units of 10^-8."""

    total_volume: int
    vwap: int
    trade_count: int


@dataclass
class Gold:
    """Expected daily summaries by day and symbol, and those left out because their volume does not fit."""

    rows: dict[tuple[date, str], Summary] = field(default_factory=dict)
    overflowing: list[tuple[date, str]] = field(default_factory=list)


class Arrivals(NamedTuple):
    """Partition, offset and Kafka's timestamp (microseconds since 1970) of every record."""

    partitions: np.ndarray
    offsets: np.ndarray
    timestamps: np.ndarray


def commit_of_each(records: Arrivals, commits: Sequence[Commit]) -> np.ndarray:
    """Which of the commits, by its index, brought each record: the first that goes beyond its offset, or the last."""
    found = np.full(len(records.offsets), max(len(commits) - 1, 0), np.int64)
    for index in range(len(commits) - 2, -1, -1):
        ends = commits[index].next_offsets
        reached = np.array([ends.get(partition, 0) for partition in range(records.partitions.max(initial=0) + 1)])
        found[records.offsets < reached[records.partitions]] = index
    return found


def ingestion_times(
    records: Arrivals, commits: Sequence[Commit], brought_by: np.ndarray, actual: Mapping[int, int]
) -> np.ndarray:
    """When each record must have been ingested, in microseconds.

    The Kafka timestamp, but never before what an earlier commit holds. A timestamp in the future is cut to the time of
    the commit, which only the job knew: there the actual value is taken when it lies within what the rule allows.

    Args:
        records: All of them.
        commits: Those that brought them, in order.
        brought_by: Index of its commit for each record.
        actual: What the table says, by the index of the record, for those of `of_the_future`.
    """
    times = np.zeros(len(records.timestamps), np.int64)
    floor = 0
    for index, commit in enumerate(commits or [Commit({}, _NEVER)]):
        batch = np.flatnonzero(brought_by == index)
        if not len(batch):
            continue
        latest = max(commit.committed_at, floor)
        kafka = records.timestamps[batch]
        times[batch] = np.where(kafka <= commit.committed_at, np.maximum(kafka, floor), latest)
        for place in batch[kafka > commit.committed_at]:
            told = actual.get(int(place))
            if told is not None and floor <= told <= latest:
                times[place] = told
        floor = int(times[batch].max()) + 1
    return times


def of_the_future(records: Arrivals, commits: Sequence[Commit], brought_by: np.ndarray) -> list[int]:
    """Indices of the records whose timestamp is later than the commit that brought them."""
    if not commits:
        return []
    committed_at = np.array([commit.committed_at for commit in commits])
    return np.flatnonzero(records.timestamps > committed_at[brought_by]).tolist()


def run_of(number: int, runs: Sequence[int]) -> int:
    """Which run of silver read what the bronze commit of that number brought; `runs` says up to which each read."""
    return bisect_left(runs, number)


def versions(event: Event, rows: Sequence[tuple]) -> list[Version]:
    """The trades of an event."""
    digest = hashlib.sha256(event.value or b"").digest()
    return [Version(event.ingested_at, digest, place, event.run, row) for place, row in enumerate(rows)]


def silver(found: Iterable[Version], columns: tuple[str, ...]) -> Silver:
    """One row for each trade_id, the one that arrived last, and one for each trade without an id."""
    by_id: dict[str, list[Version]] = {}
    result = Silver(columns, {}, [])
    for version in found:
        trade_id = version.row[0]
        if trade_id is None:
            result.anonymous.append(version.row)
        else:
            by_id.setdefault(trade_id, []).append(version)
    for trade_id, of_id in by_id.items():
        if len(of_id) == 1:
            result.identified[trade_id] = of_id[0].row
        else:
            result.identified[trade_id] = _judged(of_id, result)
    return result


def _judged(of_id: list[Version], result: Silver) -> tuple:
    """The row that stays; counts each run's contents beside the one that silver had before the run."""
    present: Version | None = None
    for run in sorted({version.run for version in of_id}):
        arrived = [version for version in of_id if version.run == run]
        if present is not None:
            arrived.append(present)
        contents = len({version.row for version in arrived})
        result.duplicates += len(arrived) - contents
        result.revisions += contents - 1
        present = max(arrived, key=lambda version: version[:3])
    assert present is not None
    return present.row


class DailySums:
    """Volume, turnover and number of the valid trades of each day (UTC) and symbol."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        names = ("symbol", "price", "quantity", "traded_at")
        self._places = tuple(columns.index(name) for name in names)
        self._sums: dict[tuple[int, str], list[int]] = {}

    def add(self, rows: Iterable[tuple]) -> None:
        """Adds those of the rows that are valid."""
        symbol, price, quantity, traded_at = self._places
        for row in rows:
            if row[-2]:
                total = self._sums.setdefault((row[traded_at] // DAY, row[symbol]), [0, 0, 0])
                total[0] += row[quantity]
                total[1] += row[price] * row[quantity]
                total[2] += 1

    def gold(self, through: date) -> Gold:
        """The summaries of the days up to and with the given one."""
        result = Gold()
        for (day_number, name), (volume, turnover, count) in sorted(self._sums.items()):
            day = EPOCH + timedelta(days=day_number)
            if day > through:
                continue
            if volume >= _VOLUME_LIMIT:
                result.overflowing.append((day, name))
            else:
                # Units of price, since those of quantity cancel out; rounded half up, both being above zero.
                result.rows[day, name] = Summary(volume, (2 * turnover + volume) // (2 * volume), count)
        return result


def utc_date(micros: int) -> date:
    """The UTC day of an instant."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).date()
