"""Turns expected and actual tables into checks that people can read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .columns import CODES, DECIMAL, INSTANT, Array, difference, of_type, shown
from .expected import Event, Gold, Silver

_EXAMPLES = 3
_SILVER_TYPES = {
    "price": DECIMAL,
    "quantity": DECIMAL,
    "traded_at": INSTANT,
    "is_valid": pa.bool_(),
    "validation_errors": CODES,
}


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


def bronze_checks(events: Sequence[Event], actual: pa.Table) -> list[Check]:
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
        same("bronze: rows", len(events), actual.num_rows),
        _key_check("bronze: one row for each Kafka record and line of a file (source)", sources, found),
        _column_check("bronze: raw_payload is what arrived, to the byte", labels, payloads, rows.column("raw_payload")),
        _column_check(
            "bronze: ingested_at is the time of arrival and never goes back", labels, times, rows.column("ingested_at")
        ),
    ]


def silver_checks(expected: Silver, actual: pa.Table) -> list[Check]:
    """Row count, identities, every column of every row, and each validation code."""
    if tuple(actual.column_names) != expected.columns:
        return [same("silver: columns", ", ".join(expected.columns), ", ".join(actual.column_names))]
    ids = actual.column("trade_id").combine_chunks()
    identified = actual.filter(pc.is_valid(ids))
    anonymous = actual.filter(pc.is_null(ids))
    wanted = pa.array(expected.identified, pa.string())
    found = identified.column("trade_id").combine_chunks()
    at = pc.index_in(wanted, value_set=found)
    present = pc.is_valid(at)
    rows = identified.take(at.filter(present))
    labels = wanted.filter(present)
    checks = [
        same("silver: rows", len(expected.identified) + len(expected.anonymous), actual.num_rows),
        _key_check("silver: one row for each trade_id", wanted, found),
    ]
    columns = list(zip(*expected.identified.values(), strict=True)) or [()] * len(expected.columns)
    for place, name in enumerate(expected.columns[1:], start=1):
        values = of_type(columns[place], _SILVER_TYPES.get(name, pa.string())).filter(present)
        checks.append(_column_check(f"silver: {name} of every row", labels, values, rows.column(name)))
    checks.append(_anonymous_check(expected, anonymous))
    return checks + _code_checks(expected.codes, actual.column("validation_errors"))


def _anonymous_check(expected: Silver, actual: pa.Table) -> Check:
    """Rows without an id have nothing to be matched by: they are compared as a bag."""
    types = [_SILVER_TYPES.get(name, pa.string()) for name in expected.columns]
    columns = list(zip(*expected.anonymous, strict=True)) or [()] * len(types)
    wanted = pa.table(
        [of_type(values, kind) for values, kind in zip(columns, types, strict=True)], list(expected.columns)
    )
    missing = _bag(wanted)
    extra = _bag(actual)
    missing.subtract(_bag(actual))
    extra.subtract(_bag(wanted))
    lost, added = list((+missing).elements()), list((+extra).elements())
    examples = [f"missing {shown(row)}" for row in lost] + [f"unexpected {shown(row)}" for row in added]
    count = max(len(lost), len(added))
    return _rows_check("silver: rows without a trade_id", len(expected.anonymous), "rows", count, examples)


def _bag(table: pa.Table) -> Counter[tuple]:
    columns = [column.to_pylist() for column in table.columns]
    return Counter(tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in zip(*columns, strict=True))


def _code_checks(expected: Counter[str], errors: Array) -> list[Check]:
    counts = pc.value_counts(pc.list_flatten(errors).cast(pa.string()))
    actual = {entry["values"]: entry["counts"] for entry in counts.to_pylist()}
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
    return [
        same("gold: rows", len(keys), actual.num_rows),
        _key_check("gold: one row for each day and symbol", wanted, found),
        *(
            _column_check(f"gold: {name} of every day and symbol", labels, values.filter(present), rows.column(name))
            for name, values in columns.items()
        ),
    ]


def _gold_keys(table: pa.Table) -> pa.Array:
    days = table.column("date").to_pylist()
    symbols = table.column("symbol").to_pylist()
    return pa.array([f"{shown(day)} {shown(symbol)}" for day, symbol in zip(days, symbols, strict=True)], pa.string())


def _key_check(name: str, expected: pa.Array, actual: pa.Array) -> Check:
    """Each expected key exactly once, and no other."""
    missing = expected.filter(pc.is_null(pc.index_in(expected, value_set=actual)))
    extra = actual.filter(pc.is_null(pc.index_in(actual, value_set=expected)))
    repeated = len(actual) - pc.count_distinct(actual, mode="all").as_py()
    parts = [f"{count:,} {what}" for count, what in ((len(missing), "missing"), (len(extra), "unexpected")) if count]
    if repeated:
        parts.append(f"{repeated:,} repeated")
    examples = [shown(value) for value in (*missing[:_EXAMPLES].to_pylist(), *extra[:_EXAMPLES].to_pylist())][
        :_EXAMPLES
    ]
    found = "; ".join([", ".join(parts), *examples]) if parts else f"{len(actual):,} keys"
    return Check(name, f"{len(expected):,} keys", found, not parts)


def _column_check(name: str, labels: pa.Array, expected: pa.Array, actual: Array) -> Check:
    kind = expected.type
    if actual.type != kind and not (pa.types.is_list(kind) and pa.types.is_list(actual.type)):
        return Check(name, f"a column of {kind}", f"a column of {actual.type}", False)
    differing = np.flatnonzero(difference(expected, actual))
    examples = (_example(labels[int(i)].as_py(), expected[int(i)].as_py(), actual[int(i)].as_py()) for i in differing)
    return _rows_check(name, len(expected), "values", len(differing), examples)


def _example(label: str, expected: Any, actual: Any) -> str:
    return f"{label}: {shown(actual)} instead of {shown(expected)}"


def _rows_check(name: str, total: int, what: str, differing: int, examples: Iterable[str]) -> Check:
    expected = f"{total:,} {what} as computed"
    if not differing:
        return Check(name, expected, f"{total:,} equal", True)
    first = [example for example, _ in zip(examples, range(_EXAMPLES), strict=False)]
    return Check(name, expected, "; ".join([f"{differing:,} differ", *first]), False)
