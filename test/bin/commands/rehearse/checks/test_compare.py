"""The checks pass on tables written by hand, and each alteration fails exactly the check that it concerns."""

from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
import pytest
from checks.compare import (
    Check,
    Findings,
    code_checks,
    compare_bronze,
    compare_silver,
    count_codes,
    gold_checks,
    silver_columns,
)
from checks.conform import declared, trades
from checks.expected import DailySums, Event, Gold, Silver, Totals, silver, versions
from checks.lake import ActualTable, TableCommit, runs_of_silver
from checks.run import last_gold_day, reported_checks
from lakehouse import example_bronze, example_gold, example_silver, example_values

START = 1_767_700_000_000
EVENTS = [
    Event(f"trades/0/{place}", (START + place * 1000) * 1000, value) for place, value in enumerate(example_values())
]
TRADES = trades()


def expected_silver(events: list[Event]) -> Silver:
    return silver((v for e in events for v in versions(e, TRADES.rows(e.source, e.value))), TRADES.columns)


def expected_totals(events: list[Event]) -> Totals:
    totals = Totals()
    for event in events:
        totals.count_message(TRADES.rows(event.source, event.value))
    totals.add(expected_silver(events))
    return totals


def expected_gold(part: Silver) -> Gold:
    sums = DailySums(part.columns)
    sums.add(part.rows())
    return sums.gold(date(2026, 6, 1))


EXPECTED_SILVER = expected_silver(EVENTS)
EXPECTED_GOLD = expected_gold(EXPECTED_SILVER)


def bronze() -> pa.Table:
    table = example_bronze("trades", START)
    return table.set_column(0, "raw_payload", table.column(0).cast(pa.large_binary()))


def with_cell(table: pa.Table, row: int, column: str, value: Any) -> pa.Table:
    values = table.column(column).to_pylist()
    values[row] = value
    place = table.column_names.index(column)
    return table.set_column(place, table.field(place), pa.array(values, table.field(place).type))


def without_row(table: pa.Table, row: int) -> pa.Table:
    return pa.concat_tables([table.slice(0, row), table.slice(row + 1)])


def without_rows(commits: tuple[TableCommit, ...]) -> ActualTable:
    return ActualTable(pa.schema([]), lambda: iter(()), "", commits)


def failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.passed]


def bronze_checks(events: list[Event], table: pa.Table) -> list[Check]:
    return Findings(compare_bronze(events, table)).checks()


def silver_checks(events: list[Event], table: pa.Table) -> list[Check]:
    found = silver_columns(TRADES.columns, table.column_names)
    if found:
        return found
    checks = Findings(compare_silver(expected_silver(events), table, TRADES.types)).checks()
    return checks + code_checks(expected_totals(events).codes, count_codes(table.column("validation_errors")))


def judge_silver(table: pa.Table) -> list[Check]:
    return silver_checks(EVENTS, table)


def test_faultless_tables_pass_every_check() -> None:
    checks = [
        *bronze_checks(EVENTS, bronze()),
        *judge_silver(example_silver()),
        *gold_checks(EXPECTED_GOLD, example_gold()),
    ]
    assert failed(checks) == []
    assert len(checks) > 15


def test_the_order_of_rows_does_not_matter() -> None:
    backwards = list(range(10))[::-1]
    assert failed(judge_silver(example_silver().take(backwards))) == []


def test_no_events_and_empty_tables_agree() -> None:
    checks = [
        *bronze_checks([], bronze().slice(0, 0)),
        *silver_checks([], example_silver().slice(0, 0)),
        *gold_checks(Gold(), example_gold().slice(0, 0)),
    ]
    assert failed(checks) == []


class TestOwnColumns:
    """Columns of a project's own: exact in every digit that Iceberg has."""

    FEE = declared([{"name": "fee", "wire": "fee", "type": "decimal(38,20)", "required": False}])
    LARGEST = Decimal("123456789012345678.12345678901234567891")

    def checks(self, fees: list[Decimal | None]) -> list[Check]:
        sent = b',"fee":"%s"}' % str(self.LARGEST).encode()
        events = [
            Event(event.source, event.ingested_at, event.value and event.value.replace(b"}", sent)) for event in EVENTS
        ]
        wanted = silver((v for e in events for v in versions(e, self.FEE.rows(e.source, e.value))), self.FEE.columns)
        table = example_silver().append_column("fee", pa.array(fees, pa.decimal128(38, 20)))
        return Findings(compare_silver(wanted, table, self.FEE.types)).checks()

    def fees(self) -> list[Decimal | None]:
        malformed = [codes == ["malformed"] for codes in example_silver().column("validation_errors").to_pylist()]
        return [None if each else self.LARGEST for each in malformed]

    def test_are_compared_wherever_they_stand_in_the_table(self) -> None:
        assert failed(self.checks(self.fees())) == []

    def test_differ_by_their_last_digit(self) -> None:
        other = self.LARGEST.next_minus(Context(prec=38))
        assert failed(self.checks([other, *self.fees()[1:]])) == ["silver: fee of every row"]


class TestBronze:
    def test_a_lost_row(self) -> None:
        checks = bronze_checks(EVENTS, without_row(bronze(), 4))
        assert failed(checks) == ["bronze: rows", "bronze: one row for each Kafka record and line of a file (source)"]
        assert checks[1].actual == "1 missing; trades/0/4"

    def test_a_row_twice(self) -> None:
        checks = bronze_checks(EVENTS, pa.concat_tables([bronze(), bronze().slice(0, 1)]))
        assert failed(checks) == ["bronze: rows", "bronze: one row for each Kafka record and line of a file (source)"]
        assert checks[1].actual == "1 repeated"

    @pytest.mark.parametrize(("row", "value"), [(9, '{"trade_id":"��"}'.encode()), (10, None), (11, b""), (0, b"{}")])
    def test_a_changed_payload(self, row: int, value: bytes | None) -> None:
        checks = bronze_checks(EVENTS, with_cell(bronze(), row, "raw_payload", value))
        assert failed(checks) == ["bronze: raw_payload is what arrived, to the byte"]
        assert checks[2].actual.startswith(f"1 differ; trades/0/{row}: ")

    def test_another_ingestion_time(self) -> None:
        moved = with_cell(bronze(), 3, "ingested_at", datetime(2026, 1, 6, tzinfo=UTC))
        checks = bronze_checks(EVENTS, moved)
        assert failed(checks) == ["bronze: ingested_at is the time of arrival and never goes back"]


class TestSilver:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("symbol", "B"),
            ("symbol", None),
            ("price", Decimal("10.00000001")),
            ("price", None),
            ("quantity", Decimal("0.99999999")),
            ("traded_at", datetime(2026, 1, 5, 10, 0, 0, 1, tzinfo=UTC)),
            ("is_valid", False),
            ("validation_errors", None),
            ("validation_errors", [""]),
        ],
    )
    def test_a_changed_cell(self, column: str, value: Any) -> None:
        checks = judge_silver(with_cell(example_silver(), 0, column, value))
        names = failed(checks)
        assert names[0] == f"silver: {column} of every row"
        # An empty text among the codes is also a code that nobody expects.
        assert len(names) == (2 if value == [""] else 1)

    def test_a_value_that_went_through_a_double(self) -> None:
        spoiled = Decimal(float("1234567890.12345678")).quantize(Decimal("1e-8"))
        checks = judge_silver(with_cell(example_silver(), 2, "quantity", spoiled))
        assert failed(checks) == ["silver: quantity of every row"]
        (check,) = [check for check in checks if not check.passed]
        assert check.actual == "1 differ; c: 1234567890.12345672 instead of 1234567890.12345678"

    def test_codes_in_another_order(self) -> None:
        codes = ["scale:price", "not_decimal:quantity", "bad_timestamp"]
        checks = judge_silver(with_cell(example_silver(), 5, "validation_errors", codes))
        assert failed(checks) == ["silver: validation_errors of every row"]

    def test_a_lost_code(self) -> None:
        checks = judge_silver(with_cell(example_silver(), 4, "validation_errors", []))
        assert failed(checks) == ["silver: validation_errors of every row", "silver: rows with not_positive:price"]

    def test_a_lost_row(self) -> None:
        checks = judge_silver(without_row(example_silver(), 3))
        assert failed(checks) == ["silver: rows", "silver: one row for each trade_id"]

    def test_a_row_twice(self) -> None:
        table = example_silver()
        checks = judge_silver(pa.concat_tables([table, table.slice(0, 1)]))
        assert failed(checks) == ["silver: rows", "silver: one row for each trade_id"]

    def test_rows_without_an_id_merged(self) -> None:
        checks = judge_silver(without_row(example_silver(), 9))
        assert failed(checks) == ["silver: rows", "silver: rows without a trade_id", "silver: rows with malformed"]

    def test_a_changed_row_without_an_id(self) -> None:
        checks = judge_silver(with_cell(example_silver(), 6, "price", None))
        assert failed(checks) == ["silver: rows without a trade_id"]

    def test_a_price_as_a_double(self) -> None:
        table = example_silver()
        prices = table.column("price").cast(pa.float64())
        checks = judge_silver(table.set_column(2, "price", prices))
        assert "silver: price of every row" in failed(checks)

    def test_an_undeclared_column(self) -> None:
        table = example_silver().append_column("comment", pa.nulls(10, pa.string()))
        assert failed(judge_silver(table)) == ["silver: columns"]


@pytest.mark.parametrize(
    ("name", "failing"),
    [
        (None, []),
        ("rows-read", ["silver: rows read, as its commits report"]),
        ("duplicates", ["silver: duplicates, as its commits report"]),
        ("revisions", ["silver: revisions, as its commits report"]),
        ("invalid", ["silver: invalid rows, as its commits report"]),
        ("ignored", ["silver: messages of other kinds, as reported"]),
    ],
)
def test_what_silver_reports_about_itself(name: str | None, failing: list[str]) -> None:
    reported = {"rows-read": "12", "duplicates": "1", "revisions": "1", "invalid": "6"}
    if name:
        reported[name] = "7"
    commits = (TableCommit(0, reported), TableCommit(1, {}))
    assert failed(reported_checks(without_rows(commits), expected_totals(EVENTS))) == failing


@pytest.mark.parametrize(
    ("open_days_through", "day"),
    [(None, date(2026, 1, 5)), (date(2026, 1, 8), date(2026, 1, 8)), (date(2026, 1, 1), date(2026, 1, 5))],
)
def test_gold_goes_up_to_yesterday_or_as_far_as_it_was_asked_for(open_days_through: date | None, day: date) -> None:
    noon = int(datetime(2026, 1, 6, 12, tzinfo=UTC).timestamp()) * 1_000_000
    commits = (TableCommit(noon - 86_400_000_000, {}), TableCommit(noon, {}))
    assert last_gold_day(without_rows(commits), open_days_through) == day


def test_findings_of_parts_add_up() -> None:
    first, rest = EVENTS[:5], EVENTS[5:]
    table = with_cell(with_cell(bronze(), 1, "raw_payload", b"x"), 8, "raw_payload", b"y")
    lost = without_row(table.slice(5), 0)
    together = Findings(compare_bronze(first, table.slice(0, 5)))
    together.add(compare_bronze(rest, lost))
    checks = {check.name: check for check in together.checks()}
    assert (checks["bronze: rows"].expected, checks["bronze: rows"].actual) == ("12", "11")
    one_row = checks["bronze: one row for each Kafka record and line of a file (source)"]
    assert (one_row.expected, one_row.actual) == ("12 keys", "1 missing; trades/0/5")
    payloads = checks["bronze: raw_payload is what arrived, to the byte"]
    assert payloads.expected == "11 values as computed"
    assert payloads.actual.startswith("2 differ; trades/0/1: x instead of ")
    assert "trades/0/8: y instead of " in payloads.actual


def test_runs_of_silver_are_told_by_the_commits_of_bronze() -> None:
    bronze_ = without_rows(tuple(TableCommit(0, {}, snapshot) for snapshot in (11, 12, 13)))
    told = [{"bronze-snapshot-id": "12"}, {}, {"bronze-snapshot-id": "13"}, {"bronze-snapshot-id": "99"}]
    assert runs_of_silver(bronze_, without_rows(tuple(TableCommit(0, each) for each in told))) == [1, 2]


class TestGold:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("total_volume", Decimal("4.00000001")),
            ("vwap", Decimal("18.25000001")),
            ("vwap", None),
            ("trade_count", 3),
        ],
    )
    def test_a_changed_figure(self, column: str, value: Any) -> None:
        checks = gold_checks(EXPECTED_GOLD, with_cell(example_gold(), 0, column, value))
        assert failed(checks) == [f"gold: {column} of every day and symbol"]

    def test_a_lost_row(self) -> None:
        checks = gold_checks(EXPECTED_GOLD, without_row(example_gold(), 2))
        assert failed(checks) == ["gold: rows", "gold: one row for each day and symbol"]
        assert checks[1].actual == "1 missing; 2026-01-06 A"

    def test_another_day(self) -> None:
        checks = gold_checks(EXPECTED_GOLD, with_cell(example_gold(), 2, "date", date(2026, 1, 7)))
        assert failed(checks) == ["gold: one row for each day and symbol"]
        assert checks[1].actual == "1 missing, 1 unexpected; 2026-01-06 A; 2026-01-07 A"
