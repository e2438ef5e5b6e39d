"""The rules of Iceberg tables from a template, without an emulator."""

from __future__ import annotations

from typing import Any

import pytest
from emulator.iceberg import IcebergInputError, evolve, new_metadata, parse_definition

Json = dict[str, Any]


def field(number: int, name: str, kind: str, required: bool = False) -> Json:
    return {"Id": number, "Name": name, "Type": kind, "Required": required}


BASE = [field(1, "id", "string", True), field(2, "amount", "decimal(10, 2)"), field(4, "small", "int")]


def properties(fields: list[Json], partitions: list[Json] | None = None, **table: Any) -> Json:
    iceberg = {
        "Location": "s3://lake/t",
        "Schema": {"Type": "struct", "Fields": fields},
        "PartitionSpec": {"Fields": partitions or []},
        **table,
    }
    return {"OpenTableFormatInput": {"IcebergInput": {"MetadataOperation": "CREATE", "IcebergTableInput": iceberg}}}


def evolved(fields: list[Json], **table: Any) -> Any:
    before = parse_definition("db.t", properties(BASE))
    after = parse_definition("db.t", properties(fields, **table))
    return evolve(new_metadata(before), "s3://lake/t/metadata/00000-a.metadata.json", before, after)


def test_the_last_column_id_is_the_highest_nested_one() -> None:
    nested = '{"type":"map","key-id":31,"key":"string","value-id":32,"value-required":false,"value":"long"}'
    metadata = new_metadata(parse_definition("db.t", properties([*BASE, field(30, "m", nested)])))
    assert metadata.last_column_id == 32


@pytest.mark.parametrize(
    ("changed", "kind"),
    [("amount", "decimal(18, 2)"), ("small", "long")],
)
def test_a_legal_widening_is_taken(changed: str, kind: str) -> None:
    fields = [{**one, "Type": kind} if one["Name"] == changed else one for one in BASE]
    metadata = evolved(fields)
    assert str(metadata.schema().find_type(changed)) == kind
    assert len(metadata.schemas) == 2


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ("amount", "decimal(18, 4)"),
        ("amount", "decimal(8, 2)"),
        ("amount", "double"),
        ("id", "binary"),
        ("small", "string"),
        ("small", "decimal(18, 0)"),
    ],
)
def test_an_illegal_change_of_type_is_refused(changed: str, kind: str) -> None:
    fields = [{**one, "Type": kind} if one["Name"] == changed else one for one in BASE]
    with pytest.raises(IcebergInputError, match=f"db.t: column '{changed}' cannot change from"):
        evolved(fields)


def test_a_new_optional_column_is_taken_and_a_required_one_is_refused() -> None:
    assert evolved([*BASE, field(9, "venue", "string")]).schema().find_field("venue").field_id == 9
    with pytest.raises(IcebergInputError, match="new column 'venue' is required"):
        evolved([*BASE, field(9, "venue", "string", True)])


def test_optional_cannot_become_required_but_required_optional() -> None:
    with pytest.raises(IcebergInputError, match="column 'small' cannot go from optional to required"):
        evolved([*BASE[:2], field(4, "small", "int", True)])
    assert evolved([field(1, "id", "string"), *BASE[1:]]).schema().find_field("id").optional


def test_a_rename_keeps_the_id() -> None:
    assert evolved([field(1, "trade_id", "string", True), *BASE[1:]]).schema().find_field(1).name == "trade_id"


def test_the_location_cannot_change() -> None:
    with pytest.raises(IcebergInputError, match="Location cannot change"):
        evolved(BASE, Location="s3://lake/elsewhere")


def test_an_update_without_changes_changes_nothing() -> None:
    metadata = evolved(BASE)
    assert (len(metadata.schemas), len(metadata.partition_specs)) == (1, 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (properties([field(1, "a", "decimal(18,8)")]), "Write 'decimal"),
        (properties([field(1, "a", "text")]), "Iceberg refuses the schema"),
        (properties([field(1, "a", "int"), field(1, "b", "int")]), "used twice"),
        (properties([{"Name": "a", "Type": "int"}]), "column a lacks Id"),
        (properties(BASE, Location="/tmp/x"), "must be an s3:// URI"),
        (properties(BASE, Schema={"Fields": BASE}), "Schema.Type must be 'struct'"),
        (
            properties(BASE, [{"Name": "p", "Transform": "day", "SourceId": 2, "FieldId": 1000}]),
            "transform day of partition field p cannot take",
        ),
        (properties(BASE, [{"Name": "p", "Transform": "day", "SourceId": 77, "FieldId": 1000}]), "no column has"),
        ({**properties(BASE), "TableInput": {}}, "TableInput beside"),
    ],
)
def test_a_shape_that_breaks_tables_is_refused(given: Json, message: str) -> None:
    with pytest.raises(IcebergInputError, match=message):
        new_metadata(parse_definition("db.t", given))
