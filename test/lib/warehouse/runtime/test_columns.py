import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from warehouse_tasks.columns import Column, Misfit, converter, infer_type, to_arrow, written_columns


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("decimal(18,8)", "258.35", Decimal("258.35")),
        ("decimal(18,8)", "1e-8", Decimal("1e-8")),
        ("decimal(18,8)", "1.500000000000", Decimal("1.5")),
        ("decimal(18,8)", Decimal("0.00000854"), Decimal("0.00000854")),
        ("decimal(18,8)", "-9999999999.99999999", Decimal("-9999999999.99999999")),
        ("timestamp", "2026-01-05T01:26:57.197Z", datetime(2026, 1, 5, 1, 26, 57, 197_000, UTC)),
        ("timestamp", "2026-01-05 10:00:00,123456789+0530", datetime(2026, 1, 5, 4, 30, 0, 123_456, UTC)),
        ("timestamp", 1767576417865, datetime(2026, 1, 5, 1, 26, 57, 865_000, UTC)),
        ("text", 9000000223, "9000000223"),
        ("bigint", Decimal("12"), 12),
        ("json", {"a": Decimal("1.10")}, '{"a":1.10}'),
    ],
)
def test_a_value_of_the_wire_becomes_one_of_the_column(kind: str, value: object, expected: object) -> None:
    assert converter(Column("c", "c", kind))(value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("decimal(18,8)", "1.000000001", "scale"),
        ("decimal(18,8)", "10000000000", "overflow"),
        ("decimal(18,8)", "1e999999", "overflow"),
        ("decimal(18,8)", "١٢", "not_decimal"),
        ("decimal(18,8)", " 12.5", "not_decimal"),
        ("decimal(18,8)", "NaN", "not_decimal"),
        ("decimal(18,8)", True, "not_decimal"),
        ("timestamp", "2026-02-30T10:00:00Z", "bad_timestamp"),
        ("timestamp", "2026-01-05T24:00:00Z", "bad_timestamp"),
        ("timestamp", "1767614400000", "bad_timestamp"),
        ("text", "AAP\ud800L", "not_text"),
        ("text", "a\0b", "not_text"),
        ("text", Decimal("1.5"), "not_text"),
        ("bigint", True, "not_integer"),
        ("bigint", 2**63, "overflow"),
        ("json", {"a": ["\0"]}, "not_text"),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_a_code(kind: str, value: object, code: str) -> None:
    with pytest.raises(Misfit, match=f"^{code}$"):
        converter(Column("c", "c", kind))(value)


@pytest.mark.parametrize("kind", ["decimal(18,8)", "timestamp", "text"])
def test_a_uniform_column_is_converted_as_its_values_are_one_by_one(kind: str) -> None:
    values = {
        "decimal(18,8)": ["1.5", "+1", "1e3", ".5", "5.", None, "-0"],
        "timestamp": ["2026-01-05T01:26:57Z", None, "2026-12-31T23:59:59.123456Z"],
        "text": ["a", None, "", "東京"],
    }[kind]
    column = Column("c", "c", kind)
    array, misfits = to_arrow(column, list(values))
    convert = converter(column)
    assert misfits == {}
    assert array.to_pylist() == [None if value is None else convert(value) for value in values]


def test_misfits_leave_the_other_values_as_they_are() -> None:
    array, misfits = to_arrow(Column("c", "c", "decimal(18,8)"), ["1", "n/a", "2"])
    assert array.to_pylist() == [Decimal(1), None, Decimal(2)]
    assert misfits == {1: "not_decimal"}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2], "bigint"),
        ([1, Decimal("1.5")], "double"),
        (["2026-01-05T01:26:57Z"], "timestamp"),
        (["2026-01-05"], "date"),
        ([{"a": 1}, [2]], "json"),
        (["a", 1], "text"),
        ([True, False], "bool"),
    ],
)
def test_the_type_of_a_field_that_nobody_declared(values: list[object], kind: str) -> None:
    assert infer_type(values) == kind


def test_types_are_written_as_the_schema_of_sources_has_them() -> None:
    schema = json.loads((Path(__file__).parents[4] / "blueprints" / "warehouse" / "source.schema.json").read_text())
    pattern = schema["definitions"]["columns"]["additionalProperties"]["pattern"]
    kinds = ["decimal(18,8)", *re.findall(r"[a-z]{4,}", pattern.partition("decimal")[0])]
    assert len(kinds) > 6
    assert all(re.fullmatch(pattern, kind) for kind in kinds)
    for column in written_columns({kind: kind for kind in kinds}):
        converter(column)
