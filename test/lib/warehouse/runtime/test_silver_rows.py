"""What has not changed is left out before rows are compared, and nothing else is."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from warehouse_tasks.silver_rows import without_unchanged

_SCHEMA = pa.schema(
    [
        ("trade_id", pa.large_string()),
        ("venue", pa.large_string()),
        ("price", pa.decimal128(18, 8)),
        ("rate", pa.float64()),
        ("errors", pa.large_list(pa.large_string())),
    ]
)
Row = tuple[Any, ...]


def table(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(_SCHEMA.names, row, strict=True)) for row in rows], schema=_SCHEMA)


def rows_of(side: pa.Table) -> list[Row]:
    # The text of a number tells 0 and -0 apart, and is the same for any two NaN.
    return [tuple(map(repr, row.values())) for row in side.to_pylist()]


def trade(number: int | None, price: str = "1", rate: float | None = 0.5, errors: list[str] | None = None) -> Row:
    return (None if number is None else f"t{number}", "X", Decimal(price), rate, errors if errors is not None else [])


def differing(*sides: list[Row], key: tuple[str, ...] = ("trade_id",)) -> tuple[list[Row], list[Row]]:
    before, after = without_unchanged(table(*sides[0]), table(*sides[1]), list(key))
    return rows_of(before), rows_of(after)


def cut(side: pa.Table, chance: random.Random) -> pa.Table:
    """The same rows in several chunks, as those of several files are."""
    place = chance.randint(0, len(side))
    return pa.concat_tables([side.slice(0, place), side.slice(place)])


def shown(*rows: Row) -> list[Row]:
    return rows_of(table(*rows))


def test_only_the_corrected_row_is_left_in_whatever_order_the_file_is_written() -> None:
    before = [trade(number) for number in range(5)]
    after = [trade(number, price="2" if number == 3 else "1") for number in range(5)]
    wanted = shown(trade(3)), shown(trade(3, price="2"))
    assert differing(before, after) == wanted
    assert differing(before, after[::-1]) == wanted


def test_rows_that_came_and_went_are_left() -> None:
    assert differing([trade(1), trade(2)], [trade(2), trade(3)]) == (shown(trade(1)), shown(trade(3)))


@pytest.mark.parametrize(
    "other",
    [
        ("t1", "Y", Decimal(1), 0.5, []),
        ("t1", None, Decimal(1), 0.5, []),
        ("t1", "X", None, 0.5, []),
        ("t1", "X", Decimal(1), None, []),
        ("t1", "X", Decimal(1), 0.5, None),
        ("t1", "X", Decimal(1), 0.5, ["missing:price"]),
    ],
)
def test_a_change_of_any_column_is_one(other: Row) -> None:
    assert differing([trade(1), trade(2)], [other, trade(2)]) == (shown(trade(1)), shown(other))
    assert differing([other, trade(2)], [trade(1), trade(2)]) == (shown(other), shown(trade(1)))


def test_zero_and_minus_zero_differ_and_a_missing_value_does_not_from_itself() -> None:
    assert differing([trade(1, rate=0.0)], [trade(1, rate=-0.0)]) == (
        shown(trade(1, rate=0.0)),
        shown(trade(1, rate=-0.0)),
    )
    assert differing([trade(1, rate=None)], [trade(1, rate=None)]) == ([], [])
    assert differing([trade(1, rate=float("nan"))], [trade(1, rate=float("nan"))]) == ([], [])


def test_a_list_that_is_not_empty_is_left_to_the_exact_comparison() -> None:
    row = trade(1, errors=["missing:price"])
    assert differing([row], [row]) == (shown(row), shown(row))


def test_several_columns_identify_a_row_together() -> None:
    key = ("trade_id", "venue")
    moved = ("t1", "Y", Decimal(1), 0.5, [])
    assert differing([trade(1)], [moved, trade(1)], key=key) == ([], shown(moved))


def test_random_sides_differ_in_the_same_rows_as_what_is_left_of_them() -> None:
    chance = random.Random(5)

    def some_row() -> Row:
        # Few values, so that keys repeat, are missing, and rows are often equal.
        number = chance.choice([None, *range(8)])
        errors = chance.choice([None, [], ["malformed"]])
        return trade(number, chance.choice("12"), chance.choice([None, 0.0, -0.0]), errors or [])

    pruned = 0
    for _ in range(400):
        before = [some_row() for _ in range(chance.randrange(8))]
        kept = [row for row in before if chance.random() < 0.7]
        after = kept + [some_row() for _ in range(chance.randrange(3))]
        if chance.random() < 0.5:
            chance.shuffle(after)
        sides = without_unchanged(*(cut(table(*side), chance) for side in (before, after)), ["trade_id"])
        left_before, left_after = map(rows_of, sides)
        whole = Counter(shown(*after))
        whole.subtract(Counter(shown(*before)))
        left = Counter(left_after)
        left.subtract(Counter(left_before))
        assert {row: count for row, count in whole.items() if count} == {
            row: count for row, count in left.items() if count
        }
        pruned += len(before) - len(left_before)
    assert pruned > 200
