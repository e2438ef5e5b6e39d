"""How an alarm judges the periods that it looks at; the newest value stands first, None is one without a datapoint."""

from __future__ import annotations

from typing import Any

import pytest
from emulator.alarms import Watched, judgement

Json = dict[str, Any]


def alarm(periods: int, missing: str = "breaching", **settings: Any) -> Json:
    return {
        "EvaluationPeriods": periods,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": missing,
        "StateValue": "OK",
        **settings,
    }


@pytest.mark.parametrize(
    ("judged", "values", "state"),
    [
        (alarm(1), [10.0, 99.0], "OK"),
        (alarm(1), [11.0, 0.0], "ALARM"),
        # Once is not twice in a row.
        (alarm(2), [11.0, 9.0, 11.0], "OK"),
        (alarm(2), [11.0, 11.0, 9.0], "ALARM"),
        (alarm(2, DatapointsToAlarm=1), [9.0, 11.0], "ALARM"),
        # What came late counts in the place of what is missing.
        (alarm(1), [None, 9.0, None], "OK"),
        (alarm(2), [None, 11.0, 11.0, None], "ALARM"),
        # What is missing altogether is what the alarm takes it for.
        (alarm(2), [11.0, None, None, None], "ALARM"),
        (alarm(2), [9.0, None, None, None], "OK"),
        (alarm(1), [None, None, None], "ALARM"),
        (alarm(1, "notBreaching"), [None, None, None], "OK"),
        (alarm(1, "missing"), [None, None, None], "INSUFFICIENT_DATA"),
        (alarm(1, "ignore", StateValue="ALARM"), [None, None, None], "ALARM"),
    ],
)
def test_a_state_is_told_from_the_newest_periods(judged: Json, values: list[float | None], state: str) -> None:
    assert judgement(judged, values) == state


def query(**shown: Any) -> Json:
    metric = {"Namespace": "N", "MetricName": "M", "Dimensions": [{"Name": "D", "Value": "v"}]}
    stat = {"Id": "m", "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}
    return alarm(1, Metrics=[{"Id": "shown", **shown}, stat])


def test_an_expression_of_numbers_and_metrics_is_judged() -> None:
    watched = Watched.by(query(Expression="100 * (1 - m) / 2"))
    assert watched is not None
    assert watched.period == 60


@pytest.mark.parametrize("expression", ["FILL(m, 0)", "m.real", "other + 1", "m +", "m ** 2", "__import__('os')"])
def test_any_other_expression_is_left_without_a_judgement(expression: str) -> None:
    assert Watched.by(query(Expression=expression)) is None


def test_an_alarm_on_an_anomaly_is_left_without_a_judgement() -> None:
    assert Watched.by(alarm(1, ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold")) is None
