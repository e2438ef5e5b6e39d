"""DQDL on a frame whose figures are counted here by hand."""

from __future__ import annotations

from typing import Any

import pytest
from awsgluedq.evaluator import evaluate

# Five rows: ids a, b, b and twice none; prices 1, 2, -3, none, 5; the last two are invalid.
ROWS = """
SELECT * FROM VALUES
    ('a', CAST(1 AS DECIMAL(18, 8)), TRUE),
    ('b', CAST(2 AS DECIMAL(18, 8)), TRUE),
    ('b', CAST(-3 AS DECIMAL(18, 8)), TRUE),
    (NULL, NULL, FALSE),
    (NULL, CAST(5 AS DECIMAL(18, 8)), FALSE)
AS t(id, price, is_valid)
"""


@pytest.fixture(scope="module")
def frame(spark: Any) -> Any:
    return spark.sql(ROWS)


@pytest.mark.parametrize(
    ("rule", "outcome", "measured"),
    [
        ("RowCount = 5", "Passed", 5),
        ("RowCount > 5", "Failed", 5),
        ('RowCount >= 3 where "is_valid"', "Passed", 3),
        ("RowCount < 5", "Failed", 5),
        ("RowCount != 4", "Passed", 5),
        ('IsComplete "price" where "is_valid"', "Passed", 1),
        ('IsComplete "price"', "Failed", 4 / 5),
        ('IsUnique "price"', "Passed", 1),
        # Of three rows with an id one id stands alone.
        ('IsUnique "id" where "id is not null"', "Failed", 1 / 3),
        ('ColumnValues "price" > 0 where "is_valid"', "Failed", 2 / 3),
        ('ColumnValues "price" >= -3 where "is_valid"', "Passed", 1),
        ('ColumnValues "price" <= 1.99999999 where "id = \'a\'"', "Passed", 1),
    ],
)
def test_a_rule_is_measured(frame: Any, rule: str, outcome: str, measured: float) -> None:
    (result,) = evaluate(frame, f"Rules = [ {rule} ]")
    assert (result.rule, result.outcome) == (rule, outcome)
    assert list(result.metrics.values()) == [pytest.approx(measured)]


@pytest.mark.parametrize(
    ("rule", "outcome", "measured"),
    [
        ('IsPrimaryKey "price" "is_valid" where "id is not null"', "Passed", [1, 1, 1]),
        # Three rows are left of two ids.
        ('IsPrimaryKey "id" "is_valid" where "id is not null"', "Failed", [1 / 3, 1, 1]),
        # Unique, but not everywhere there.
        ('IsPrimaryKey "price" "is_valid"', "Failed", [1, 4 / 5, 1]),
    ],
)
def test_a_primary_key_is_unique_and_complete(frame: Any, rule: str, outcome: str, measured: list[float]) -> None:
    (result,) = evaluate(frame, f"Rules = [ {rule} ]")
    assert result.outcome == outcome
    assert list(result.metrics.values()) == [pytest.approx(each) for each in measured]


def test_outcomes_keep_the_order_of_the_text(frame: Any) -> None:
    results = evaluate(frame, 'Rules = [ RowCount > 9, IsComplete "is_valid", RowCount > 1 ]')
    assert [result.outcome for result in results] == ["Failed", "Passed", "Passed"]


def test_a_rule_without_rows_to_judge_has_failed(frame: Any) -> None:
    (result,) = evaluate(frame, 'Rules = [ ColumnValues "price" > 0 where "price > 100" ]')
    assert result.outcome == "Failed"
    assert "Empty state" in (result.failure_reason or "")


def test_a_rule_on_a_column_that_is_not_there_has_failed(frame: Any) -> None:
    (result,) = evaluate(frame, 'Rules = [ IsComplete "colour" ]')
    assert result.outcome == "Failed"
    assert "colour" in (result.failure_reason or "")


@pytest.mark.parametrize(
    "rule",
    [
        'CustomSql "select count(*) from primary" > 0',
        'ColumnValues "price" between 1 and 2',
        'ColumnValues "id" in ["a", "b"]',
        'ColumnValues "price" > 0 with threshold > 0.5',
        '(IsComplete "id") or (RowCount > 0)',
    ],
)
def test_what_is_not_played_is_an_error_and_never_a_pass(frame: Any, rule: str) -> None:
    with pytest.raises(NotImplementedError, match="played here"):
        evaluate(frame, f"Rules = [ {rule} ]")


@pytest.mark.parametrize("text", ["Rules = [ IsComplete ]", "RowCount > 0", "Rules = [ NoSuchRule ]"])
def test_the_parser_of_aws_refuses_what_is_not_dqdl(frame: Any, text: str) -> None:
    with pytest.raises(Exception, match=r"InvalidDataQualityRulesetException|[Pp]arsing|rule type"):
        evaluate(frame, text)
