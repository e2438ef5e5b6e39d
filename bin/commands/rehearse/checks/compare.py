"""Turns expected and actual tables into checks that people can read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .columns import DECIMAL, INSTANT, Array, difference, of_type, shown
from .expected import Event, Gold, Silver

_EXAMPLES = 3


@dataclass(frozen=True)
class Check:
    """One comparison; both sides as short texts."""

    name: str
    expected: str
    actual: str
    passed: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def same(name: str, expected: Any, actual: Any) -> Check:
    """Two values that must be equal."""
    return Check(name, _number(expected), _number(actual), expected == actual)


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else shown(value)


@dataclass
class Counted:
    """A number on both sides; those of parts add up."""

    name: str
    expected: int
    actual: int

    def add(self, other: Self) -> None:
        self.expected += other.expected
        self.actual += other.actual

    def check(self) -> Check:
        return same(self.name, self.expected, self.actual)


@dataclass
class Keys:
    """Each expected key exactly once, and no other; the findings of parts add up."""

    name: str
    expected: int
    actual: int
    missing: int
    unexpected: int
    repeated: int
    examples: list[str] = field(default_factory=list)

    def add(self, other: Self) -> None:
        self.expected += other.expected
        self.actual += other.actual
        self.missing += other.missing
        self.unexpected += other.unexpected
        self.repeated += other.repeated
        self.examples += other.examples

    def check(self) -> Check:
        counts = ((self.missing, "missing"), (self.unexpected, "unexpected"), (self.repeated, "repeated"))
        parts = [f"{count:,} {what}" for count, what in counts if count]
        found = "; ".join([", ".join(parts), *self.examples[:_EXAMPLES]]) if parts else f"{self.actual:,} keys"
        return Check(self.name, f"{self.expected:,} keys", found, not parts)


@dataclass
class Values:
    """Values of which none may differ; the findings of parts add up."""

    name: str
    what: str
    total: int
    differing: int
    examples: list[str] = field(default_factory=list)
    """Of those that differ."""
    wrong_type: tuple[str, str] | None = None
    """The expected and the actual type of the column, when they are not the same."""

    def add(self, other: Self) -> None:
        self.total += other.total
        self.differing += other.differing
        self.examples += other.examples[:_EXAMPLES]
        self.wrong_type = self.wrong_type or other.wrong_type

    def check(self) -> Check:
        if self.wrong_type is not None:
            wanted, found = self.wrong_type
            return Check(self.name, f"a column of {wanted}", f"a column of {found}", False)
        expected = f"{self.total:,} {self.what} as computed"
        if not self.differing:
            return Check(self.name, expected, f"{self.total:,} equal", True)
        differ = "; ".join([f"{self.differing:,} differ", *self.examples[:_EXAMPLES]])
        return Check(self.name, expected, differ, False)


Finding = Counted | Keys | Values


class Findings:
    """What comparing one part of two tables after the other has found."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._by_name: dict[str, Any] = {}
        self.add(findings)

    def add(self, findings: Iterable[Finding]) -> None:
        """Adds what was found in one more part."""
        for finding in findings:
            known = self._by_name.setdefault(finding.name, finding)
            if known is not finding:
                known.add(finding)

    def checks(self) -> list[Check]:
        """A check for each thing that was compared, in the order in which they came."""
        return [finding.check() for finding in self._by_name.values()]


def compare_bronze(events: Sequence[Event], actual: pa.Table) -> list[Finding]:
    """Every record and every line once, byte for byte, with the ingestion time that the rule gives."""
    sources = pa.array([event.source for event in events], pa.string())
    found = actual.column("source").combine_chunks()
    at = pc.index_in(sources, value_set=found)
    present = pc.is_valid(at)
    rows = actual.take(at.filter(present))
    labels = sources.filter(present)
    payloads = pa.array([event.value for event in events], pa.large_binary()).filter(present)
    times = of_type([event.ingested_at for event in events], INSTANT).filter(present)
    return [
        Counted("bronze: rows", len(events), actual.num_rows),
        _keys("bronze: one row for each Kafka record and line of a file (source)", sources, found),
        _values("bronze: raw_payload is what arrived, to the byte", labels, payloads, rows.column("raw_payload")),
        _values(
            "bronze: ingested_at is the time of arrival and never goes back", labels, times, rows.column("ingested_at")
        ),
    ]


def silver_columns(expected: Sequence[str], actual: Sequence[str]) -> list[Check]:
    """A failed check when the columns are others than those that are compared."""
    names = [", ".join(sorted(columns)) for columns in (expected, actual)]
    return [] if names[0] == names[1] else [same("silver: columns", *names)]


def compare_silver(expected: Silver, actual: pa.Table, types: Sequence[pa.DataType]) -> list[Finding]:
    """Row count, identities, and every column of every row; of tables with the same columns, which have those types."""
    ids = actual.column("trade_id").combine_chunks()
    identified = actual.filter(pc.is_valid(ids))
    anonymous = actual.filter(pc.is_null(ids))
    wanted = pa.array(expected.identified, pa.string())
    found = identified.column("trade_id").combine_chunks()
    at = pc.index_in(wanted, value_set=found)
    present = pc.is_valid(at)
    rows = identified.take(at.filter(present))
    labels = wanted.filter(present)
    findings: list[Finding] = [
        Counted("silver: rows", len(expected.identified) + len(expected.anonymous), actual.num_rows),
        _keys("silver: one row for each trade_id", wanted, found),
    ]
    columns = list(zip(*expected.identified.values(), strict=True)) or [()] * len(expected.columns)
    for place, name in enumerate(expected.columns[1:], start=1):
        values = of_type(columns[place], types[place]).filter(present)
        findings.append(_values(f"silver: {name} of every row", labels, values, rows.column(name)))
    return [*findings, _anonymous(expected, anonymous.select(list(expected.columns)), types)]


def _anonymous(expected: Silver, actual: pa.Table, types: Sequence[pa.DataType]) -> Values:
    """Rows without an id have nothing to be matched by: they are compared as a bag."""
    columns = list(zip(*expected.anonymous, strict=True)) or [()] * len(types)
    wanted = pa.table(
        [of_type(values, kind) for values, kind in zip(columns, types, strict=True)], list(expected.columns)
    )
    missing = _bag(wanted)
    extra = _bag(actual)
    missing.subtract(_bag(actual))
    extra.subtract(_bag(wanted))
    lost, added = list((+missing).elements()), list((+extra).elements())
    examples = [f"missing {shown(row)}" for row in lost[:_EXAMPLES]]
    examples += [f"unexpected {shown(row)}" for row in added[:_EXAMPLES]]
    differing = max(len(lost), len(added))
    return Values("silver: rows without a trade_id", "rows", len(expected.anonymous), differing, examples)


def _bag(table: pa.Table) -> Counter[tuple]:
    columns = [column.to_pylist() for column in table.columns]
    return Counter(tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in zip(*columns, strict=True))


def count_codes(errors: Array) -> Counter[str | None]:
    """How many rows carry each validation code."""
    counts = pc.value_counts(pc.list_flatten(errors).cast(pa.string()))
    return Counter({entry["values"]: entry["counts"] for entry in counts.to_pylist()})


def code_checks(expected: Counter[str], actual: Counter[str | None]) -> list[Check]:
    """The number of rows with each code."""
    names = sorted({*expected, *actual}, key=str)
    return [same(f"silver: rows with {shown(name)}", expected.get(name, 0), actual.get(name, 0)) for name in names]


def gold_checks(expected: Gold, actual: pa.Table) -> list[Check]:
    """The summaries of each day and symbol: which there are, and each figure exactly."""
    keys = sorted(expected.rows)
    wanted = pa.array([f"{day} {symbol}" for day, symbol in keys], pa.string())
    found = _gold_keys(actual)
    at = pc.index_in(wanted, value_set=found)
    present = pc.is_valid(at)
    rows = actual.take(at.filter(present))
    labels = wanted.filter(present)
    summaries = [expected.rows[key] for key in keys]
    columns = {
        "total_volume": of_type([summary.total_volume for summary in summaries], DECIMAL),
        "vwap": of_type([summary.vwap for summary in summaries], DECIMAL),
        "trade_count": of_type([summary.trade_count for summary in summaries], pa.int64()),
    }
    findings = [
        Counted("gold: rows", len(keys), actual.num_rows),
        _keys("gold: one row for each day and symbol", wanted, found),
        *(
            _values(f"gold: {name} of every day and symbol", labels, values.filter(present), rows.column(name))
            for name, values in columns.items()
        ),
    ]
    return Findings(findings).checks()


def _gold_keys(table: pa.Table) -> pa.Array:
    days = table.column("date").to_pylist()
    symbols = table.column("symbol").to_pylist()
    return pa.array([f"{shown(day)} {shown(symbol)}" for day, symbol in zip(days, symbols, strict=True)], pa.string())


def _keys(name: str, expected: pa.Array, actual: pa.Array) -> Keys:
    missing = expected.filter(pc.is_null(pc.index_in(expected, value_set=actual)))
    extra = actual.filter(pc.is_null(pc.index_in(actual, value_set=expected)))
    repeated = len(actual) - pc.count_distinct(actual, mode="all").as_py()
    examples = [shown(value) for value in (*missing[:_EXAMPLES].to_pylist(), *extra[:_EXAMPLES].to_pylist())]
    return Keys(name, len(expected), len(actual), len(missing), len(extra), repeated, examples)


def _values(name: str, labels: pa.Array, expected: pa.Array, actual: Array) -> Values:
    kind = expected.type
    if actual.type != kind and not (pa.types.is_list(kind) and pa.types.is_list(actual.type)):
        return Values(name, "values", len(expected), 0, wrong_type=(str(kind), str(actual.type)))
    differing = np.flatnonzero(difference(expected, actual))
    examples = [
        _example(labels[int(i)].as_py(), expected[int(i)].as_py(), actual[int(i)].as_py())
        for i in differing[:_EXAMPLES]
    ]
    return Values(name, "values", len(expected), len(differing), examples)


def _example(label: str, expected: Any, actual: Any) -> str:
    return f"{label}: {shown(actual)} instead of {shown(expected)}"
