"""Iceberg's Python library reads the rendered shapes; iceberg-shapes.test.ts keeps the fixture current."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from pyiceberg.exceptions import ValidationError as IcebergValidationError
from pyiceberg.partitioning import assign_fresh_partition_spec_ids
from pyiceberg.schema import Schema, assign_fresh_schema_ids
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil
from pyiceberg.types import IcebergType

SHAPES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "fixtures" / "iceberg-shapes.json").read_text("utf-8")
)


@pytest.fixture(params=SHAPES, ids=[shape["table"] for shape in SHAPES])
def shape(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One table's rendered metadata and Glue type texts."""
    return request.param


def parse(shape: dict[str, Any]) -> TableMetadata:
    return TableMetadataUtil.parse_obj(shape["metadata"])


def test_the_metadata_is_valid(shape: dict[str, Any]) -> None:
    assert parse(shape).format_version == 2


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        (["schemas", 0, "fields", 0, "type"], "decimal(18)"),
        (["schemas", 0, "identifier-field-ids"], [99]),
        (["current-schema-id"], 7),
    ],
)
def test_metadata_with_a_fault_is_refused(place: list[str | int], fault: Any) -> None:
    metadata = json.loads(json.dumps(next(shape for shape in SHAPES if shape["table"] == "silver.trades")["metadata"]))
    *path, last = place
    target = metadata
    for step in path:
        target = target[step]
    target[last] = fault
    with pytest.raises((ValueError, IcebergValidationError)):
        TableMetadataUtil.parse_obj(metadata)


def test_the_schema_comes_back_as_it_was_written(shape: dict[str, Any]) -> None:
    written = shape["metadata"]["schemas"][0]
    schema = Schema.model_validate(written)
    assert json.loads(schema.model_dump_json()) == written


def test_every_id_is_given_once_and_up_to_the_last(shape: dict[str, Any]) -> None:
    schema = parse(shape).schema()
    ids = sorted(schema._lazy_id_to_name)
    assert ids == list(range(1, shape["metadata"]["last-column-id"] + 1))


def test_ids_are_those_that_iceberg_itself_gives_a_new_table(shape: dict[str, Any]) -> None:
    schema = parse(shape).schema()
    assert assign_fresh_schema_ids(schema) == schema


def test_partition_ids_are_those_that_iceberg_itself_gives_a_new_table(shape: dict[str, Any]) -> None:
    metadata = parse(shape)
    fresh = assign_fresh_partition_spec_ids(metadata.spec(), metadata.schema(), metadata.schema())
    assert fresh.fields == metadata.spec().fields


def test_every_transform_takes_its_column(shape: dict[str, Any]) -> None:
    metadata = parse(shape)
    for field in metadata.spec().fields:
        source = metadata.schema().find_type(field.source_id)
        assert field.transform.can_transform(source), field


def test_the_partition_spec_gives_a_partition_type(shape: dict[str, Any]) -> None:
    metadata = parse(shape)
    assert len(metadata.spec().partition_type(metadata.schema()).fields) == len(metadata.spec().fields)


def test_the_type_texts_for_glue_say_the_same(shape: dict[str, Any]) -> None:
    for field in parse(shape).schema().fields:
        text = shape["glueTypes"][field.name]
        value = json.loads(text) if text.startswith("{") else text
        assert TypeAdapter(IcebergType).validate_python(value) == field.field_type
        # A primitive's text is stored by Glue as it stands, so that it must be Iceberg's own to the letter.
        if field.field_type.is_primitive:
            assert text == str(field.field_type)
