import hashlib
from collections.abc import Iterable
from datetime import date

import numpy as np
from checks.conform import trades
from checks.expected import (
    Arrivals,
    Commit,
    DailySums,
    Event,
    Gold,
    Silver,
    Summary,
    Totals,
    commit_of_each,
    ingestion_times,
    of_the_future,
    run_of,
    silver,
    versions,
)

TRADES = trades()


def trade(
    trade_id: str | None, price: str = "10", quantity: str = "1", at: str = "2026-01-05T10:00:00Z", symbol: str = "A"
) -> bytes:
    identity = f'"trade_id":"{trade_id}",' if trade_id else ""
    return f'{{{identity}"symbol":"{symbol}","price":"{price}","quantity":"{quantity}","timestamp":"{at}"}}'.encode()


def events(*values: tuple[int, bytes | None]) -> list[Event]:
    return [Event(f"trades/0/{offset}", time, value) for offset, (time, value) in enumerate(values)]


def silver_of(found: Iterable[Event]) -> Silver:
    return silver((v for e in found for v in versions(e, TRADES.rows(e.source, e.value))), TRADES.columns)


def totals_of(part: Silver) -> Totals:
    totals = Totals()
    totals.add(part)
    return totals


def gold_of(part: Silver, through: date) -> Gold:
    sums = DailySums(part.columns)
    sums.add(part.rows())
    return sums.gold(through)


def arrivals(*records: tuple[int, int, int]) -> Arrivals:
    return Arrivals(*np.array(records, np.int64).T)


class TestIngestionTimes:
    def times(self, records: Arrivals, commits: list[Commit], actual: dict[int, int] | None = None) -> list[int]:
        return ingestion_times(records, commits, commit_of_each(records, commits), actual or {}).tolist()

    def test_a_first_commit_takes_kafkas_time(self) -> None:
        assert self.times(arrivals((0, 0, 500), (0, 1, 400)), [Commit({0: 2}, 10_000)]) == [500, 400]

    def test_a_later_commit_starts_after_all_that_is_there(self) -> None:
        records = arrivals((0, 0, 500), (0, 1, 400), (0, 2, 501), (0, 3, 502), (1, 0, 100))
        commits = [Commit({0: 1}, 10_000), Commit({0: 4, 1: 1}, 20_000)]
        assert commit_of_each(records, commits).tolist() == [0, 1, 1, 1, 1]
        assert self.times(records, commits) == [500, 501, 501, 502, 501]

    def test_a_record_that_no_commit_tells_of_counts_to_the_last(self) -> None:
        records = arrivals((0, 0, 500), (0, 1, 400), (2, 0, 300))
        assert commit_of_each(records, [Commit({0: 1}, 10_000), Commit({0: 1}, 20_000)]).tolist() == [0, 1, 1]
        assert self.times(records, []) == [500, 400, 300]

    def test_a_time_in_the_future_is_taken_from_the_table_when_the_rule_allows_it(self) -> None:
        records, commits = arrivals((0, 0, 99_000), (0, 1, 9_000)), [Commit({0: 2}, 10_000)]
        assert of_the_future(records, commits, commit_of_each(records, commits)) == [0]
        assert self.times(records, commits, {0: 9_500}) == [9_500, 9_000]
        assert self.times(records, commits, {0: 99_000}) == [10_000, 9_000]
        assert self.times(records, commits) == [10_000, 9_000]


class TestSilver:
    def test_the_latest_event_of_an_id_wins(self) -> None:
        result = silver_of(events((2, trade("x", "11")), (1, trade("x", "12"))))
        assert result.identified["x"][2] == 1_100_000_000
        assert (result.duplicates, result.revisions) == (0, 1)

    def test_at_the_same_instant_the_greater_hash_wins(self) -> None:
        values = [trade("x", str(price)) for price in range(1, 9)]
        result = silver_of(events(*((7, value) for value in values)))
        winner = max(values, key=lambda value: hashlib.sha256(value).hexdigest())
        assert result.identified["x"] == TRADES.row(winner)
        assert result.revisions == 7

    def test_the_same_content_again_is_a_duplicate_however_it_is_written(self) -> None:
        result = silver_of(events((1, trade("x", "10")), (2, trade("x", "10.0")), (3, trade("x", "1e1"))))
        assert (result.duplicates, result.revisions, len(result.identified)) == (2, 0, 1)

    def test_the_same_content_again_is_a_duplicate_even_when_it_was_superseded(self) -> None:
        values = [(1, trade("x", "1")), (2, trade("x", "1")), (3, trade("x", "2")), (4, trade("x", "3"))]
        result = silver_of(events(*values))
        assert (result.duplicates, result.revisions) == (1, 2)

    def test_what_each_run_had_before_it_decides_what_it_counts(self) -> None:
        values = [trade("x", "1"), trade("x", "2"), trade("x", "1"), trade("x", "1"), trade("x", "2")]
        # 1; then 2, which supersedes it, and the 1 that silver has, again; then 1 twice; then 2 once more.
        runs = [0, 1, 1, 2, 3]
        found = [event._replace(run=run) for event, run in zip(events(*enumerate(values)), runs, strict=True)]
        result = silver_of(found)
        assert (result.duplicates, result.revisions) == (2, 2)
        assert result.identified["x"][2] == 200_000_000
        together = silver_of(events(*enumerate(values)))
        assert (together.duplicates, together.revisions) == (3, 1)

    def test_a_run_reads_up_to_its_commit(self) -> None:
        assert [run_of(number, [1, 4]) for number in range(6)] == [0, 0, 1, 1, 1, 2]

    def test_totals_of_parts_add_up(self) -> None:
        parts = [events((1, trade("x")), (2, b"junk")), events((1, trade("y", "-2", "3", "2026-01-06T00:00:00Z")))]
        totals = Totals()
        for part in parts:
            totals.add(silver_of(part))
        assert (totals.rows, totals.identified, totals.valid) == (3, 2, 1)
        assert totals.sums == {"price": 800_000_000, "quantity": 400_000_000}
        assert totals.days == {20_458: 1, 20_459: 1, None: 1}
        assert "price" not in totals_of(silver_of(events((1, b"junk")))).sums

    def test_an_invalid_revision_takes_the_valid_rows_place(self) -> None:
        result = silver_of(events((1, trade("x", "1")), (2, trade("x", "-1"))))
        assert result.identified["x"][5:] == (False, ("not_positive:price",))

    def test_events_without_an_id_are_never_merged(self) -> None:
        result = silver_of(events((1, trade(None)), (1, trade(None)), (2, b"junk"), (3, None)))
        assert len(result.anonymous) == 4
        assert result.duplicates == 0

    def test_counts_each_code(self) -> None:
        result = silver_of(events((1, trade(None)), (2, b"junk"), (3, trade("x", "-1"))))
        assert totals_of(result).codes == {"missing:trade_id": 1, "malformed": 1, "not_positive:price": 1}


class TestGold:
    def summaries(self, *values: bytes, through: date = date(2026, 6, 1)) -> dict:
        result = silver_of(events(*((place, value) for place, value in enumerate(values))))
        return gold_of(result, through).rows

    def test_sums_by_utc_day_and_symbol(self) -> None:
        rows = self.summaries(
            trade("a", "10", "1"),
            trade("b", "20", "3"),
            trade("c", "5", "1", symbol="B"),
            trade("d", "7", "1", at="2026-01-06T00:30:00+01:00"),
            trade("e", "7", "1", at="2026-01-06T00:00:00Z"),
        )
        # Day 5, A: 1 + 3 + 1 = 5; (10 + 60 + 7) / 5 = 15.4
        assert rows == {
            (date(2026, 1, 5), "A"): Summary(500_000_000, 1_540_000_000, 3),
            (date(2026, 1, 5), "B"): Summary(100_000_000, 500_000_000, 1),
            (date(2026, 1, 6), "A"): Summary(100_000_000, 700_000_000, 1),
        }

    def test_rounds_vwap_half_up(self) -> None:
        # (0.00000001 + 0.00000002) / 2 = 0.000000015 -> 0.00000002; (1 + 1 + 2) / 3 = 1.333... -> down
        half = self.summaries(trade("a", "0.00000001"), trade("b", "0.00000002"))
        third = self.summaries(trade("a", "0.00000001"), trade("b", "0.00000001"), trade("c", "0.00000002"))
        assert half[date(2026, 1, 5), "A"].vwap == 2
        assert third[date(2026, 1, 5), "A"].vwap == 1

    def test_leaves_out_invalid_rows(self) -> None:
        assert self.summaries(trade("a", "-1"), trade(None), b"junk") == {}

    def test_leaves_out_days_that_are_not_asked_for(self) -> None:
        assert self.summaries(trade("a"), through=date(2026, 1, 4)) == {}
        assert len(self.summaries(trade("a"), through=date(2026, 1, 5))) == 1

    def test_leaves_out_and_names_a_volume_that_does_not_fit(self) -> None:
        values = [trade("a", "1", "9999999999"), trade("b", "1", "1"), trade("c", "1", "1", symbol="B")]
        result = silver_of(events(*((1, value) for value in values)))
        summaries = gold_of(result, date(2026, 6, 1))
        assert summaries.overflowing == [(date(2026, 1, 5), "A")]
        assert list(summaries.rows) == [(date(2026, 1, 5), "B")]

    def test_the_greatest_volume_that_fits_stays(self) -> None:
        rows = self.summaries(trade("a", "1", "9999999999"), trade("b", "1", "0.99999999"))
        assert rows[date(2026, 1, 5), "A"].total_volume == 10**18 - 1
