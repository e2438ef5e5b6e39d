"""DQDL on Deequ: the text is read by AWS's own parser, every rule becomes an analyzer, all of them run together.

The rule types are those that the library's rulesets use. Another one is an error, never a pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame

_COMPARISONS = {
    "EQUALS": "=",
    "NOT_EQUALS": "!=",
    "GREATER_THAN": ">",
    "GREATER_THAN_EQUAL_TO": ">=",
    "LESS_THAN": "<",
    "LESS_THAN_EQUAL_TO": "<=",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one rule, in the words of Glue Data Quality."""

    rule: str
    outcome: str
    failure_reason: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Measure:
    """A rule as something that Deequ measures, and what the measured value must be."""

    analyzer: Any
    metric: str
    comparison: str
    bound: float

    def holds(self, value: float) -> bool:
        bound = self.bound
        return {
            "=": value == bound,
            "!=": value != bound,
            ">": value > bound,
            ">=": value >= bound,
            "<": value < bound,
            "<=": value <= bound,
        }[self.comparison]


def evaluate(frame: DataFrame, ruleset: str) -> list[Outcome]:
    """The outcome of every rule, in the order of the text.

    Raises:
        NotImplementedError: for a rule that is not played here.
        py4j.protocol.Py4JJavaError: when the parser refuses the text.
    """
    deequ = _Deequ(frame)
    rules = list(deequ.jvm.software.amazon.glue.dqdl.parser.DQDLParser().parse(ruleset).getRules())
    measures = [_measures(deequ, rule) for rule in rules]
    values = iter(deequ.run([measure.analyzer for each in measures for measure in each]))
    return [
        _outcome(rule.toString(), [(measure, next(values)) for measure in each])
        for rule, each in zip(rules, measures, strict=True)
    ]


def _outcome(rule: str, measured: list[tuple[_Measure, float | str]]) -> Outcome:
    metrics = {measure.metric: value for measure, value in measured if not isinstance(value, str)}
    for measure, value in measured:
        if isinstance(value, str):
            return Outcome(rule, "Failed", value, metrics)
        if not measure.holds(value):
            return Outcome(rule, "Failed", f"Value: {value} does not meet the constraint requirement!", metrics)
    return Outcome(rule, "Passed", None, metrics)


def _measures(deequ: _Deequ, rule: Any) -> list[_Measure]:
    """What a rule asks for; a primary key is unique, and complete in each of its columns."""
    if rule.getRuleType() != "IsPrimaryKey":
        return [_measure(deequ, rule)]
    columns, where = list(rule.getParameters().values()), rule.getWhereClause()
    return [_unique(deequ, columns, where), *(_complete(deequ, column, where) for column in columns)]


def _unique(deequ: _Deequ, columns: list[str], where: str | None) -> _Measure:
    return _Measure(deequ.uniqueness(columns, where), f"Column.{','.join(columns)}.Uniqueness", "=", 1.0)


def _complete(deequ: _Deequ, column: str, where: str | None) -> _Measure:
    return _Measure(deequ.completeness(column, where), f"Column.{column}.Completeness", "=", 1.0)


def _measure(deequ: _Deequ, rule: Any) -> _Measure:
    kind, where = rule.getRuleType(), rule.getWhereClause()
    columns = list(rule.getParameters().values()) if rule.getParameters() is not None else []
    if rule.getThresholdCondition() is not None:
        raise NotImplementedError(f"{rule.toString()}: thresholds are not played here.")
    if kind == "RowCount":
        comparison, bound = _condition(rule)
        return _Measure(deequ.size(where), "Dataset.*.RowCount", comparison, float(bound))
    if kind == "IsComplete":
        return _complete(deequ, columns[0], where)
    if kind == "IsUnique":
        return _unique(deequ, columns, where)
    if kind == "ColumnValues":
        comparison, bound = _condition(rule)
        predicate = f"`{columns[0]}` {comparison} {bound}"
        metric = f"Column.{columns[0]}.ColumnValues.Compliance"
        return _Measure(deequ.compliance(rule.toString(), predicate, where), metric, "=", 1.0)
    raise NotImplementedError(f"{rule.toString()}: rules of the type {kind} are not played here.")


def _condition(rule: Any) -> tuple[str, str]:
    """The comparison of a rule such as `RowCount > 0`, and the number after it as it is written."""
    condition = rule.getCondition()
    operator = condition.getOperator().toString() if hasattr(condition, "getOperator") else "NONE"
    operands = [operand.toString().strip("'") for operand in condition.getOperands()] if operator != "NONE" else []
    if operator not in _COMPARISONS or len(operands) != 1:
        raise NotImplementedError(f"{rule.toString()}: only a comparison with one number is played here.")
    return _COMPARISONS[operator], operands[0]


class _Deequ:
    """Deequ's analyzers on one frame, through py4j: Scala's constructors have no default arguments for others."""

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame
        self._gateway = frame.sparkSession.sparkContext._gateway
        self.jvm: Any = frame.sparkSession._jvm
        self._none = self.jvm.scala.Option.apply(None)

    def size(self, where: str | None) -> Any:
        return self._new("Size", self._option(where))

    def completeness(self, column: str, where: str | None) -> Any:
        return self._new("Completeness", column, self._option(where), self._none)

    def uniqueness(self, columns: list[str], where: str | None) -> Any:
        return self._new("Uniqueness", self._sequence(columns), self._option(where), self._none)

    def compliance(self, name: str, predicate: str, where: str | None) -> Any:
        return self._new("Compliance", name, predicate, self._option(where), self._sequence([]).toList(), self._none)

    def run(self, analyzers: list[Any]) -> list[float | str]:
        """The value of each analyzer, or why it has none."""
        runner = self.jvm.com.amazon.deequ.analyzers.runners.AnalysisRunner
        # Two rules may measure the same; Java tells which analyzers are equal.
        distinct = self._sequence(list(dict.fromkeys(analyzers)))
        context = runner.onData(self._frame._jdf).addAnalyzers(distinct).run()
        values: list[float | str] = []
        for analyzer in analyzers:
            value = context.metricMap().apply(analyzer).value()
            values.append(float(value.get()) if value.isSuccess() else str(value.failed().get().getMessage()))
        return values

    def _new(self, analyzer: str, *arguments: Any) -> Any:
        constructor = self.jvm.java.lang.Class.forName(f"com.amazon.deequ.analyzers.{analyzer}").getConstructors()[0]
        array = self._gateway.new_array(self.jvm.java.lang.Object, len(arguments))
        for index, argument in enumerate(arguments):
            array[index] = argument
        return constructor.newInstance(array)

    def _option(self, value: str | None) -> Any:
        return self._none if value is None else self.jvm.scala.Option.apply(value)

    def _sequence(self, values: list[Any]) -> Any:
        items = self.jvm.java.util.ArrayList()
        for value in values:
            items.add(value)
        return self.jvm.scala.collection.JavaConverters.asScalaBuffer(items).toSeq()
