"""The rules of Iceberg tables from a template, without an emulator."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from emulator.iceberg import IcebergInputError, evolve, new_metadata, parse_definition, parse_metadata

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


DAYS = {"Name": "small_bucket", "Transform": "bucket[4]", "SourceId": 4, "FieldId": 1000}
ORDER = {"SourceId": 1, "Transform": "identity", "Direction": "asc", "NullOrder": "nulls-first"}


def again(current: Any, before: Json, after: Json) -> Any:
    """One more update of the template, from `before` to `after`, of a table that is `current` by now."""
    location = "s3://lake/t/metadata/00001-b.metadata.json"
    return evolve(current, location, parse_definition("db.t", before), parse_definition("db.t", after))


def test_a_dropped_column_leaves_the_current_schema_and_its_id_stays_used() -> None:
    metadata = evolved(BASE[:2])
    assert [one.field_id for one in metadata.schema().fields] == [1, 2]
    assert metadata.last_column_id == 4
    assert len(metadata.schemas) == 2


def test_a_column_that_partitions_cannot_be_dropped() -> None:
    before, after = properties(BASE, [DAYS]), properties(BASE[:2], [DAYS])
    with pytest.raises(IcebergInputError, match="partition field small_bucket has the source id 4, which no column"):
        again(new_metadata(parse_definition("db.t", before)), before, after)


def test_a_partition_field_in_place_of_another_is_a_spec_beside_the_old_one() -> None:
    before = properties(BASE, [DAYS])
    after = properties(BASE, [{**DAYS, "Name": "small_bucket_8", "Transform": "bucket[8]", "FieldId": 1001}])
    metadata = again(new_metadata(parse_definition("db.t", before)), before, after)
    assert [(spec.spec_id, spec.fields[0].field_id) for spec in metadata.partition_specs] == [(0, 1000), (1, 1001)]
    assert (metadata.default_spec_id, metadata.last_partition_id) == (1, 1001)


def test_a_spec_that_the_table_had_before_is_taken_up_again() -> None:
    before, without = properties(BASE, [DAYS]), properties(BASE)
    unpartitioned = again(new_metadata(parse_definition("db.t", before)), before, without)
    metadata = again(unpartitioned, without, before)
    assert (metadata.default_spec_id, len(metadata.partition_specs)) == (0, 2)


def test_a_sort_order_is_set_and_taken_away() -> None:
    plain, sorted_by = properties(BASE), properties(BASE, WriteOrder={"OrderId": 1, "Fields": [ORDER]})
    metadata = again(new_metadata(parse_definition("db.t", plain)), plain, sorted_by)
    assert [one.source_id for one in metadata.sort_order().fields] == [1]
    assert again(metadata, sorted_by, plain).sort_order().fields == []


def test_the_format_version_cannot_change() -> None:
    after = properties(BASE)
    after["OpenTableFormatInput"]["IcebergInput"]["Version"] = "3"
    with pytest.raises(IcebergInputError, match="the format version cannot change in place"):
        again(new_metadata(parse_definition("db.t", properties(BASE))), properties(BASE), after)


def test_what_writers_did_to_properties_stays_unless_the_template_names_it() -> None:
    before, after = properties(BASE, Properties={"a": "1"}), properties(BASE, Properties={"a": "2"})
    current = new_metadata(parse_definition("db.t", before))
    moved_on = current.model_copy(update={"properties": {"a": "1", "writers": "own"}})
    assert again(moved_on, before, after).properties == {"a": "2", "writers": "own"}


def test_a_compressed_metadata_file_is_read() -> None:
    metadata = new_metadata(parse_definition("db.t", properties(BASE)))
    content = metadata.model_dump_json(by_alias=True, exclude_none=True).encode()
    assert parse_metadata(gzip.compress(content)) == metadata
