"""What bronze, silver and gold must hold, worked out from the raw events alone."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from .conform import Conformed

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)
_VOLUME_LIMIT = 10**18  # DECIMAL(18, 8) in units of 10^-8


class Event(NamedTuple):
    """A raw event as it lies in bronze."""

    source: str
    ingested_at: int
    """Microseconds since 1970 (UTC)."""
    value: bytes | None


class Commit(NamedTuple):
    """A bronze commit: which Kafka records it ended with, and when it was made."""

    next_offsets: dict[int, int]
    """By partition, the first offset that the commit does not hold."""
    committed_at: int
    """Microseconds since 1970."""


@dataclass
class Silver:
    """Expected silver rows, and what the run reports about them."""

    columns: tuple[str, ...]
    identified: dict[str, tuple]
    """The winning row by trade_id."""
    anonymous: list[tuple]
    """One row for each event without an id."""
    duplicates: int = 0
    revisions: int = 0
    read: int = 0
    """Trades in the messages, valid or not."""
    ignored: int = 0
    """Messages of other kinds."""
    invalid: int = 0
    """Events that are not valid, also those that a later version supersedes."""

    @property
    def codes(self) -> Counter[str]:
        """How many rows carry each validation code."""
        return Counter(code for row in self.rows() for code in row[-1])

    def rows(self) -> Iterable[tuple]:
        yield from self.identified.values()
        yield from self.anonymous


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


def ingestion_times(
    records: Sequence[tuple[int, int, int]], commits: Sequence[Commit], actual: Sequence[int | None]
) -> list[int]:
    """When each record (partition, offset, Kafka timestamp in microseconds) must have been ingested.

    The Kafka timestamp, but never before what an earlier commit holds. A timestamp in the future is cut to the time of
    the commit, which only the job knew: there the actual value is taken when it lies within what the rule allows.
    """
    batches = commits or [Commit({}, 2**62)]
    times = [0] * len(records)
    floor: int | None = None
    remaining = range(len(records))
    for number, commit in enumerate(batches):
        last = number == len(batches) - 1
        batch = [i for i in remaining if last or records[i][1] < commit.next_offsets.get(records[i][0], 0)]
        for i in batch:
            times[i] = _ingestion_time(records[i][2], floor, commit.committed_at, actual[i])
        taken = set(batch)
        remaining = [] if last else [i for i in remaining if i not in taken]
        if batch:
            floor = max(max(times[i] for i in batch) + 1, floor or 0)
    return times


def _ingestion_time(kafka_time: int, floor: int | None, committed_at: int, actual: int | None) -> int:
    lowest = 0 if floor is None else floor
    if kafka_time <= committed_at:
        return max(kafka_time, lowest)
    latest = max(committed_at, lowest)
    return actual if actual is not None and lowest <= actual <= latest else latest


def silver(events: Iterable[Event], conformed: Conformed) -> Silver:
    """One row for each trade_id, one for each trade without an id.

    Of several, the latest event wins, then the greater hash of the payload, then the later place in it.
    """
    winners: dict[str, tuple[Event, int, tuple]] = {}
    versions: dict[str, list[tuple]] = {}
    result = Silver(conformed.columns, {}, [])
    rows_of = conformed.rows
    for event in events:
        rows = rows_of(event.source, event.value)
        result.read += len(rows)
        result.ignored += not rows
        result.invalid += sum(not row[-2] for row in rows)
        for place, row in enumerate(rows):
            trade_id = row[0]
            if trade_id is None:
                result.anonymous.append(row)
                continue
            current = winners.get(trade_id)
            if current is None:
                winners[trade_id] = (event, place, row)
                continue
            versions.setdefault(trade_id, [current[2]]).append(row)
            if _supersedes(event, place, current[0], current[1]):
                winners[trade_id] = (event, place, row)
    result.identified = {trade_id: row for trade_id, (_, _, row) in winners.items()}
    for rows in versions.values():
        contents = len(set(rows))
        result.duplicates += len(rows) - contents
        result.revisions += contents - 1
    return result


def _supersedes(event: Event, place: int, other: Event, other_place: int) -> bool:
    if event.ingested_at != other.ingested_at:
        return event.ingested_at > other.ingested_at
    if event.source == other.source:
        return place > other_place
    hashes = [hashlib.sha256(each.value or b"").hexdigest() for each in (event, other)]
    return hashes[0] > hashes[1] or (hashes[0] == hashes[1] and place > other_place)


def gold(rows: Iterable[tuple], columns: tuple[str, ...], through: date) -> Gold:
    """Daily summaries of the valid rows for the days (UTC) up to and with the given one."""
    symbol, price, quantity, traded_at = (columns.index(name) for name in ("symbol", "price", "quantity", "traded_at"))
    sums: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        if row[-2]:
            total = sums.setdefault((row[traded_at] // _DAY, row[symbol]), [0, 0, 0])
            total[0] += row[quantity]
            total[1] += row[price] * row[quantity]
            total[2] += 1
    result = Gold()
    for (day_number, name), (volume, turnover, count) in sorted(sums.items()):
        day = _EPOCH + timedelta(days=day_number)
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
