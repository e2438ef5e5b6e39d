"""CloudWatch alarms on what functions log as metrics, judged by periods, missing data and metric math, as on AWS.

MiniStack's own handler refuses metric math, and its judgement knows neither periods nor missing data. An alarm whose
metric nothing here publishes stays without a judgement, and its label `recorded`.
"""

from __future__ import annotations

import ast
import json
import operator
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, lambda_svc
from ministack.services.cloudformation import provisioners

from . import cloudformation, registry
from .journal import Journal
from .registry import Properties

TYPE = "AWS::CloudWatch::Alarm"
# Holds the seconds that CloudWatch's clock is ahead (behind, when negative): hours of measurements pass in seconds.
CLOCK = "cloudwatch-clock"

# How many periods CloudWatch looks at beside those that are evaluated, so that a late datapoint is no missing one.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html gives 5 for 3 (2026-11-28)
_LOOKED_AT_BESIDES = 2

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.Mult: operator.mul,
    ast.Sub: operator.sub,
}


@dataclass(frozen=True)
class Alarms:
    """The CloudFormation handlers, and the judge."""

    state_dir: Path
    journal: Journal

    def create(self, logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        """Gives the alarm to MiniStack's CloudWatch, which describes it and tells those whom it names."""
        return self._keep(properties.get("AlarmName") or provisioners._physical_name(stack, logical_id), properties)

    def update(
        self, name: str, _old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Takes the new settings over; the state stays until the next judgement."""
        return self._keep(name, new)

    def delete(self, name: str, _properties: Properties) -> None:
        """Forgets the alarm."""
        cloudwatch._alarms.pop(name, None)

    def take(self, log: str) -> None:
        """Publishes what a function has logged in the embedded metric format, and judges the alarms of its account.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
        """
        published = False
        for line in log.splitlines():
            for record in _embedded(line):
                self._publish(record)
                published = True
        for alarm in cloudwatch._alarms.values() if published else ():
            self._judge(alarm)

    def _keep(self, name: str, properties: Properties) -> tuple[str, Properties]:
        registry.resource_schema(TYPE, get_region()).validate(properties)
        arn = f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"
        unjudged = {"StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation"}
        known = cloudwatch._alarms.get(name) or unjudged
        state = {key: value for key, value in known.items() if key.startswith("State")}
        cloudwatch._alarms[name] = {**properties, **state, "AlarmName": name, "AlarmArn": arn}
        return name, {"Arn": arn}

    def _now(self) -> float:
        clock = self.state_dir / CLOCK
        return time.time() + (float(clock.read_text("utf-8")) if clock.exists() else 0)

    def _publish(self, record: Properties) -> None:
        told = record["_aws"]
        at = told["Timestamp"] / 1000 + self._now() - time.time()
        for directive in told["CloudWatchMetrics"]:
            for dimensions in directive["Dimensions"]:
                named = {name: str(record[name]) for name in dimensions}
                for metric in directive["Metrics"]:
                    value = record[metric["Name"]]
                    unit = metric.get("Unit", "None")
                    cloudwatch._store_datum(
                        directive["Namespace"], metric["Name"], named, at, unit, value, None, None, None
                    )

    def _judge(self, alarm: Properties) -> None:
        watched = Watched.by(alarm)
        if watched is None:
            return
        wanted = int(alarm["EvaluationPeriods"])
        looked_at = watched.values(self._now(), wanted + _LOOKED_AT_BESIDES)
        if all(value is None for value in looked_at) and "StateTransitionedTimestamp" not in alarm:
            return
        state = judgement(alarm, looked_at)
        self.journal.execution("alarm", alarm["AlarmName"], state, 0)
        self._pass(alarm, state, looked_at)

    def _pass(self, alarm: Properties, state: str, values: list[float | None]) -> None:
        before = alarm["StateValue"]
        if state == before:
            return
        reason = f"Threshold {alarm['Threshold']}, newest values first: {values}"
        at = self._now()
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=at, StateTransitionedTimestamp=at)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)


@dataclass(frozen=True)
class Watched:
    """What an alarm watches: a statistic of one metric, or an expression over several."""

    period: float
    metrics: Mapping[str, Properties]
    expression: ast.expr | None = None

    @classmethod
    def by(cls, alarm: Properties) -> Watched | None:
        """None for an alarm whose kind is not judged here, such as one on a search or on an anomaly."""
        if alarm.get("ComparisonOperator") not in _COMPARISONS or "EvaluationPeriods" not in alarm:
            return None
        if "MetricName" in alarm:
            return cls(float(alarm["Period"]), {"metric": {**alarm, "Stat": alarm.get("Statistic")}})
        queries = alarm.get("Metrics") or []
        stats = {each["Id"]: each["MetricStat"] for each in queries if "MetricStat" in each}
        [shown, *others] = [each for each in queries if each.get("ReturnData") is not False] or [{}]
        expression = _arithmetic(shown.get("Expression", shown.get("Id", "")), stats)
        if others or expression is None:
            return None
        metrics = {name: {**stat["Metric"], "Stat": stat["Stat"]} for name, stat in stats.items()}
        return cls(max(float(stat["Period"]) for stat in stats.values()), metrics, expression)

    def values(self, now: float, periods: int) -> list[float | None]:
        """The value of each period, the newest first; None where there is no datapoint."""
        return [self._value(now - (at + 1) * self.period, now - at * self.period) for at in range(periods)]

    def _value(self, begin: float, end: float) -> float | None:
        found = {name: _statistic(metric, begin, end) for name, metric in self.metrics.items()}
        known = {name: value for name, value in found.items() if value is not None}
        if len(known) < len(found):
            return None
        return known["metric"] if self.expression is None else _computed(self.expression, known)


def judgement(alarm: Properties, newest_first: list[float | None]) -> str:
    """The state that CloudWatch gives an alarm, from the values of the periods that it looks at.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html (2026-11-28)
    """
    wanted = int(alarm["EvaluationPeriods"])
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    real = [value for value in newest_first if value is not None][:wanted]
    treated = alarm.get("TreatMissingData", "missing")
    if not real and treated == "missing":
        return "INSUFFICIENT_DATA"
    if not real and treated == "ignore":
        return str(alarm["StateValue"])
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    breaching = sum(breaches(value, float(alarm["Threshold"])) for value in real)
    # Missing ones fill up what the real ones leave open.
    breaching += (wanted - len(real)) * (treated == "breaching")
    return "ALARM" if breaching >= needed else "OK"


def _embedded(line: str) -> Iterator[Properties]:
    if '"_aws"' not in line:
        return
    try:
        yield json.loads(line[line.index("{") :])
    except ValueError:
        return


def _statistic(metric: Properties, begin: float, end: float) -> float | None:
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    points = [each for each in cloudwatch._metrics.get(key) or [] if begin <= each["Timestamp"] < end]
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), metric["Stat"], points) if points else None


def _arithmetic(expression: str, names: Mapping[str, Any]) -> ast.expr | None:
    """The expression where it is one of numbers, metrics and the four operations, else None."""
    try:
        parsed = ast.parse(expression, mode="eval").body
    except SyntaxError:
        return None
    return parsed if _is_arithmetic(parsed, names) else None


def _is_arithmetic(node: ast.expr, names: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        return type(node.op) in _OPERATIONS and all(_is_arithmetic(side, names) for side in sides)
    if isinstance(node, ast.Name):
        return node.id in names
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _computed(node: ast.expr, values: Mapping[str, float]) -> float | None:
    """None for what has no value: CloudWatch makes no datapoint of a division by zero."""
    if isinstance(node, ast.Constant):
        return float(node.value)
    if isinstance(node, ast.Name):
        return values[node.id]
    left, right = _computed(node.left, values), _computed(node.right, values)
    if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
        return None
    return _OPERATIONS[type(node.op)](left, right)


def install(state_dir: Path, journal: Journal) -> None:
    """Registers the type, reads the logs of functions, and takes the judgement out of MiniStack's hands."""
    alarms = Alarms(state_dir, journal)
    cloudformation.register(TYPE, alarms.create, alarms.update, alarms.delete)
    cloudwatch._evaluate_alarm = lambda _alarm: None
    stock = lambda_svc._execute_function_warm

    def execute(func: Properties, event: Any, request_id: str) -> Properties:
        result = stock(func, event, request_id)
        alarms.take(str(result.get("log") or ""))
        return result

    lambda_svc._execute_function_warm = execute
