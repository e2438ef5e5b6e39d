"""The gate on real Iceberg tables, with rulesets as the construct deploys them (dqdl.test.ts has their text)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
import quality_gate
from runtime_support import BLUEPRINT_TABLES, new_tables

from tables import PROPERTY_PREFIX, JobError, with_commit_properties

TABLE_RULES = """Rules = [
    RowCount >= 1,
    IsUnique "trade_id" where "trade_id is not null",
    IsComplete "symbol" where "is_valid",
    ColumnValues "price" > 0 where "is_valid"
]"""
ARRIVAL_RULES = """Rules = [
    ColumnValues "hours_since_arrival" <= 24,
    ColumnValues "invalid_share" <= 0.1
]"""
ARGUMENTS = [
    *("--table", "silver.trades", "--table_ruleset", "rows", "--source", "bronze.trades"),
    *("--arrivals_ruleset", "arrivals", "--namespace", "Tests"),
]


class Cloud:
    """Glue's rulesets and CloudWatch's metrics, as the two operations that the job calls."""

    def __init__(self) -> None:
        self.rulesets = {"rows": TABLE_RULES, "arrivals": ARRIVAL_RULES}
        self.published: dict[str, float] = {}

    def get_data_quality_ruleset(self, *, Name: str) -> dict[str, str]:
        return {"Name": Name, "Ruleset": self.rulesets[Name]}

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        assert Namespace == "Tests"
        assert all(each["Dimensions"] == [{"Name": "Table", "Value": "silver.trades"}] for each in MetricData)
        self.published = {each["MetricName"]: each["Value"] for each in MetricData}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    cloud = Cloud()
    monkeypatch.setattr(boto3, "client", lambda _service: cloud)
    return cloud


@pytest.fixture
def lake(spark: Any) -> Iterator[Any]:
    with new_tables(spark, BLUEPRINT_TABLES):
        yield spark


def arrive(spark: Any, *rows: str, read: int = 10, invalid: int = 1) -> None:
    """A commit of bronze and the one of silver that follows, which says how many rows it read and refused."""
    spark.sql("INSERT INTO bronze.trades VALUES ('{}', 'trades/0/0', TIMESTAMP '2026-01-01')")
    values = ", ".join(f"({row}, TIMESTAMP '2026-01-01', array())" for row in rows)
    names = "trade_id, symbol, price, is_valid, traded_at, validation_errors"
    properties = {f"{PROPERTY_PREFIX}rows-read": str(read), f"{PROPERTY_PREFIX}invalid": str(invalid)}
    with_commit_properties(
        spark,
        properties,
        lambda: spark.sql(f"INSERT INTO silver.trades ({names}, quantity) SELECT *, 1 FROM VALUES {values}"),
    )


GOOD = ("'t1', 'ACME', 10, TRUE", "'t2', 'ACME', 11, TRUE")


def test_good_data_passes_and_the_summary_counts_the_rows(lake: Any, cloud: Cloud) -> None:
    arrive(lake, *GOOD)
    summary = quality_gate.run(ARGUMENTS)
    assert (summary["rowsIn"], summary["rowsOut"], summary["rowsRejected"]) == (2, 2, 0)


def test_what_came_out_is_published(lake: Any, cloud: Cloud) -> None:
    arrive(lake, *GOOD, read=40, invalid=3)
    quality_gate.run(ARGUMENTS)
    hours = cloud.published.pop("HoursSinceArrival")
    assert 0 <= hours < 1
    assert cloud.published == {"QualityScore": 100, "RulesFailed": 0, "InvalidShare": 3 / 40, "RowsArrived": 40}


def test_a_share_at_the_bound_passes(lake: Any, cloud: Cloud) -> None:
    arrive(lake, *GOOD, read=30, invalid=3)
    quality_gate.run(ARGUMENTS)
    assert cloud.published["RulesFailed"] == 0


def test_invalid_rows_and_rows_without_an_id_break_no_rule_on_rows(lake: Any, cloud: Cloud) -> None:
    arrive(lake, *GOOD, "NULL, NULL, -1, FALSE", "NULL, 'ACME', NULL, FALSE")
    quality_gate.run(ARGUMENTS)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("'t1', 'ACME', 12, FALSE", 'IsUnique "trade_id"'),
        ("'t3', NULL, 12, TRUE", 'IsComplete "symbol"'),
        ("'t3', 'ACME', 0, TRUE", 'ColumnValues "price" > 0'),
    ],
)
def test_a_planted_row_fails_the_job_by_its_rule_alone(lake: Any, cloud: Cloud, row: str, rule: str) -> None:
    arrive(lake, *GOOD, row)
    with pytest.raises(JobError) as failure:
        quality_gate.run(ARGUMENTS)
    assert f"silver.trades breaks 1 of 6 quality rules, so gold stays as it is: {rule}" in str(failure.value)
    assert cloud.published["RulesFailed"] == 1
    assert cloud.published["QualityScore"] == pytest.approx(100 * 5 / 6)


def test_too_many_invalid_rows_fail_the_job_in_figures(lake: Any, cloud: Cloud) -> None:
    arrive(lake, *GOOD, read=29, invalid=3)
    with pytest.raises(JobError) as failure:
        quality_gate.run(ARGUMENTS)
    assert 'breaks 1 of 6 quality rules, so gold stays as it is: ColumnValues "invalid_share" <= 0.1' in str(
        failure.value
    )
    assert "Of the 29 rows that arrived last 3 are invalid" in str(failure.value)


def test_only_the_newest_run_is_judged(lake: Any, cloud: Cloud) -> None:
    arrive(lake, GOOD[0], read=10, invalid=9)
    arrive(lake, GOOD[1], read=10, invalid=0)
    quality_gate.run(ARGUMENTS)
    assert cloud.published["InvalidShare"] == 0


def test_a_source_that_has_gone_silent_fails_the_job(lake: Any, cloud: Cloud) -> None:
    arrive(lake, *GOOD)
    cloud.rulesets["arrivals"] = 'Rules = [ ColumnValues "hours_since_arrival" <= 0 ]'
    with pytest.raises(JobError, match='ColumnValues "hours_since_arrival" <= 0'):
        quality_gate.run(ARGUMENTS)


def test_empty_tables_break_the_rules_on_rows_and_on_freshness(lake: Any, cloud: Cloud) -> None:
    with pytest.raises(JobError) as failure:
        quality_gate.run(ARGUMENTS)
    assert "RowCount >= 1" in str(failure.value)
    assert '"hours_since_arrival" <= 24' in str(failure.value)
    since_1970 = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / 3600
    assert cloud.published["HoursSinceArrival"] == pytest.approx(since_1970, abs=1)


def test_every_rule_leaves_a_line_in_the_log(lake: Any, cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    arrive(lake, *GOOD)
    quality_gate.run(ARGUMENTS)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    rules = [line["rule"] for line in lines if line["event"] == "quality-rule"]
    assert len(rules) == 6
    assert rules[0] == "RowCount >= 1"
