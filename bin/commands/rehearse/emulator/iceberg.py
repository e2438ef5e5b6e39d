"""Iceberg table metadata from the `OpenTableFormatInput` of a CloudFormation template, and its evolution.

Ids are kept as the template gives them: engines find columns and partition fields by id, never by name.
"""

from __future__ import annotations

import gzip
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil
from pyiceberg.table.sorting import SortOrder
from pyiceberg.table.update import (
    AddPartitionSpecUpdate,
    AddSchemaUpdate,
    AddSortOrderUpdate,
    RemovePropertiesUpdate,
    SetCurrentSchemaUpdate,
    SetDefaultSortOrderUpdate,
    SetDefaultSpecUpdate,
    SetPropertiesUpdate,
    TableUpdate,
    update_table_metadata,
)
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FixedType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

Json = dict[str, Any]

_LAST = -1
_GZIP = b"\x1f\x8b"

_HIVE_TYPES: dict[type[IcebergType], str] = {
    BinaryType: "binary",
    BooleanType: "boolean",
    DateType: "date",
    DoubleType: "double",
    FixedType: "binary",
    FloatType: "float",
    IntegerType: "int",
    LongType: "bigint",
    StringType: "string",
    TimeType: "string",
    TimestampType: "timestamp",
    TimestamptzType: "timestamp",
    UUIDType: "string",
}


class IcebergInputError(ValueError):
    """A template describes an Iceberg table that AWS or Iceberg would refuse; the message names table and column."""


@dataclass(frozen=True)
class TableDefinition:
    """What a template says about an Iceberg table, in Iceberg's own terms."""

    name: str
    location: str
    format_version: int
    schema: Json
    partition_spec: Json
    sort_order: Json
    properties: dict[str, str]


def parse_definition(name: str, properties: Json) -> TableDefinition:
    """Reads the properties of an `AWS::Glue::Table` that has an `OpenTableFormatInput`.

    Args:
        name: `database.table`, for messages.
        properties: The resource's properties, intrinsic functions resolved.

    Raises:
        IcebergInputError: when the shape is one that AWS rejects.
    """
    if "TableInput" in properties:
        raise IcebergInputError(
            f"{name}: TableInput beside OpenTableFormatInput breaks an Iceberg table at its first update. Remove it."
        )
    iceberg = properties["OpenTableFormatInput"].get("IcebergInput", {})
    table = iceberg.get("IcebergTableInput")
    if iceberg.get("MetadataOperation") != "CREATE" or not isinstance(table, dict):
        raise IcebergInputError(f"{name}: IcebergInput needs MetadataOperation CREATE and an IcebergTableInput.")
    if table.get("Schema", {}).get("Type") != "struct":
        raise IcebergInputError(f"{name}: IcebergTableInput.Schema.Type must be 'struct'.")
    if not str(table.get("Location", "")).startswith("s3://"):
        raise IcebergInputError(f"{name}: IcebergTableInput.Location must be an s3:// URI.")
    return TableDefinition(
        name=name,
        location=table["Location"].rstrip("/"),
        format_version=int(iceberg.get("Version", 2)),
        schema=_schema(name, table["Schema"]),
        partition_spec=_partition_spec(table.get("PartitionSpec") or {}),
        sort_order=_sort_order(table.get("WriteOrder") or {}),
        properties={key: str(value) for key, value in (table.get("Properties") or {}).items()},
    )


def new_metadata(definition: TableDefinition) -> TableMetadata:
    """The first metadata of a table: no snapshot yet.

    Raises:
        IcebergInputError: when Iceberg refuses the schema, the partition spec or the sort order.
    """
    schema = _iceberg_schema(definition)
    field_ids = [field["field-id"] for field in definition.partition_spec["fields"]]
    document = {
        "format-version": definition.format_version,
        "table-uuid": str(uuid.uuid4()),
        "location": definition.location,
        "last-sequence-number": 0,
        "last-updated-ms": int(time.time() * 1000),
        "last-column-id": schema.highest_field_id,
        "schemas": [definition.schema],
        "current-schema-id": 0,
        "partition-specs": [definition.partition_spec],
        "default-spec-id": 0,
        "last-partition-id": max([PARTITION_FIELD_ID_START - 1, *field_ids]),
        "sort-orders": [definition.sort_order],
        "default-sort-order-id": definition.sort_order["order-id"],
        "properties": definition.properties,
        "snapshots": [],
        "snapshot-log": [],
        "metadata-log": [],
    }
    _check_partition_sources(definition, schema)
    return _parsed(definition.name, document)


def evolve(
    current: TableMetadata, metadata_location: str, previous: TableDefinition, definition: TableDefinition
) -> TableMetadata:
    """The metadata after an update of the template: what changed is added, all that engines have written stays.

    Args:
        current: The table's metadata now, which engines may have moved on since the last deployment.
        metadata_location: Where `current` stands.
        previous: What the template said before.
        definition: What the template says now.

    Raises:
        IcebergInputError: when old data could not be read with the new schema, or the change cannot be in place.
    """
    if current.location != definition.location:
        raise IcebergInputError(
            f"{definition.name}: Location cannot change from {current.location} to {definition.location}; Iceberg "
            "refers to its files by absolute path. Keep the location, or migrate into a new table."
        )
    if current.format_version != definition.format_version:
        raise IcebergInputError(f"{definition.name}: the format version cannot change in place.")
    schema = _iceberg_schema(definition)
    _check_partition_sources(definition, schema)
    _check_evolution(definition.name, current.schema(), schema)
    updates = (
        *_schema_updates(current, schema),
        *_spec_updates(current, PartitionSpec.model_validate(definition.partition_spec)),
        *_order_updates(current, SortOrder.model_validate(definition.sort_order)),
        *_property_updates(current, previous.properties, definition.properties),
    )
    return update_table_metadata(current, updates, metadata_location=metadata_location)


def parse_metadata(content: bytes) -> TableMetadata:
    """Reads a metadata file, which engines compress when the table's properties say so."""
    text = gzip.decompress(content) if content.startswith(_GZIP) else content
    return TableMetadataUtil.parse_raw(text.decode("utf-8"))


def glue_columns(schema: Schema) -> list[Json]:
    """The columns as Glue shows them to engines that do not read Iceberg metadata."""
    return [
        {
            "Name": field.name,
            "Type": _hive_type(field.field_type),
            "Comment": field.doc or "",
            "Parameters": {
                "iceberg.field.id": str(field.field_id),
                "iceberg.field.optional": str(field.optional).lower(),
                "iceberg.field.current": "true",
            },
        }
        for field in schema.fields
    ]


def _schema(name: str, given: Json) -> Json:
    fields = [_field(name, field) for field in given.get("Fields", [])]
    return {
        "type": "struct",
        "schema-id": 0,
        "identifier-field-ids": [int(field_id) for field_id in given.get("IdentifierFieldIds") or []],
        "fields": fields,
    }


def _field(table: str, given: Json) -> Json:
    missing = [key for key in ("Id", "Name", "Type") if key not in given]
    if missing:
        raise IcebergInputError(f"{table}: column {given.get('Name', '?')} lacks {', '.join(missing)}.")
    field = {
        "id": int(given["Id"]),
        "name": given["Name"],
        "type": _type(table, given["Name"], given["Type"]),
        "required": str(given.get("Required", False)).lower() == "true",
    }
    doc = given.get("Doc")
    return {**field, "doc": doc} if doc else field


def _type(table: str, column: str, given: Any) -> Any:
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            return json.loads(given)
        except ValueError as error:
            raise IcebergInputError(f"{table}: the nested type of column {column} is not JSON ({error}).") from error
    if isinstance(given, str) and given.startswith("decimal(") and ", " not in given:
        raise IcebergInputError(
            f"{table}: column {column} has the type '{given}'; Glue stores it with a space after the comma, and "
            "without one every later update fails. Write 'decimal(P, S)'."
        )
    return given


def _partition_spec(given: Json) -> Json:
    fields = [
        {
            "name": field["Name"],
            "transform": field["Transform"],
            "source-id": int(field["SourceId"]),
            "field-id": int(field["FieldId"]) if "FieldId" in field else PARTITION_FIELD_ID_START + position,
        }
        for position, field in enumerate(given.get("Fields") or [])
    ]
    return {"spec-id": 0, "fields": fields}


def _sort_order(given: Json) -> Json:
    fields = [
        {
            "transform": field["Transform"],
            "source-id": int(field["SourceId"]),
            "direction": field["Direction"],
            "null-order": field["NullOrder"],
        }
        for field in given.get("Fields") or []
    ]
    return {"order-id": 1 if fields else 0, "fields": fields}


def _iceberg_schema(definition: TableDefinition) -> Schema:
    try:
        schema = Schema.model_validate(definition.schema)
        schema.highest_field_id  # noqa: B018  (walks the whole schema, so that a repeated id is found)
        schema._lazy_id_to_field  # noqa: B018
    except (ValueError, TypeError) as error:
        raise IcebergInputError(f"{definition.name}: Iceberg refuses the schema: {error}") from error
    ids = [field.field_id for field in schema.fields]
    if len(set(ids)) != len(ids):
        raise IcebergInputError(f"{definition.name}: a column id is used twice.")
    return schema


def _parsed(name: str, document: Json) -> TableMetadata:
    try:
        return TableMetadataUtil.parse_obj(document)
    except ValueError as error:
        raise IcebergInputError(f"{name}: Iceberg refuses the table: {error}") from error


def _check_partition_sources(definition: TableDefinition, schema: Schema) -> None:
    for field in PartitionSpec.model_validate(definition.partition_spec).fields:
        try:
            source = schema.find_field(field.source_id)
        except ValueError as error:
            raise IcebergInputError(
                f"{definition.name}: partition field {field.name} has the source id {field.source_id}, which no "
                "column has."
            ) from error
        if not field.transform.can_transform(source.field_type):
            raise IcebergInputError(
                f"{definition.name}: transform {field.transform} of partition field {field.name} cannot take the type "
                f"{source.field_type} of column {source.name}."
            )


def _check_evolution(table: str, old: Schema, new: Schema) -> None:
    """Iceberg's rules for reading old files with a new schema; pyiceberg's own check lets some breaches pass."""
    before = _fields_by_id(old)
    for field_id, field in _fields_by_id(new).items():
        previous = before.get(field_id)
        if previous is None:
            if field.required:
                raise IcebergInputError(
                    f"{table}: new column '{field.name}' is required, but old rows have no value for it. "
                    "Make it optional."
                )
            continue
        if field.required and previous.optional:
            raise IcebergInputError(f"{table}: column '{field.name}' cannot go from optional to required.")
        if not _readable(previous.field_type, field.field_type):
            raise IcebergInputError(
                f"{table}: column '{field.name}' cannot change from {previous.field_type} to {field.field_type}; "
                "Iceberg cannot read the old files with it. Add a new column instead."
            )


def _fields_by_id(schema: Schema) -> dict[int, NestedField]:
    return dict(schema._lazy_id_to_field)


def _readable(old: IcebergType, new: IcebergType) -> bool:
    if old == new or not (old.is_primitive or new.is_primitive):
        return type(old) is type(new)
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        return old.scale == new.scale and old.precision <= new.precision
    widenings = ((IntegerType, LongType), (FloatType, DoubleType))
    return any(isinstance(old, narrow) and isinstance(new, wide) for narrow, wide in widenings)


def _schema_updates(current: TableMetadata, schema: Schema) -> tuple[TableUpdate, ...]:
    if current.schema() == schema:
        return ()
    next_id = max(known.schema_id for known in current.schemas) + 1
    added = schema.model_copy(update={"schema_id": next_id})
    return AddSchemaUpdate(schema=added), SetCurrentSchemaUpdate(schema_id=_LAST)


def _spec_updates(current: TableMetadata, spec: PartitionSpec) -> tuple[TableUpdate, ...]:
    if current.spec().fields == spec.fields:
        return ()
    for known in current.partition_specs:
        if known.fields == spec.fields:
            return (SetDefaultSpecUpdate(spec_id=known.spec_id),)
    next_id = max(known.spec_id for known in current.partition_specs) + 1
    added = PartitionSpec(*spec.fields, spec_id=next_id)
    return AddPartitionSpecUpdate(spec=added), SetDefaultSpecUpdate(spec_id=_LAST)


def _order_updates(current: TableMetadata, order: SortOrder) -> tuple[TableUpdate, ...]:
    if current.sort_order().fields == order.fields:
        return ()
    for known in current.sort_orders:
        if known.fields == order.fields:
            return (SetDefaultSortOrderUpdate(sort_order_id=known.order_id),)
    next_id = max([0, *(known.order_id for known in current.sort_orders)]) + 1
    added = SortOrder(*order.fields, order_id=next_id)
    return AddSortOrderUpdate(sort_order=added), SetDefaultSortOrderUpdate(sort_order_id=_LAST)


def _property_updates(
    current: TableMetadata, previous: dict[str, str], properties: dict[str, str]
) -> tuple[TableUpdate, ...]:
    changed = {key: value for key, value in properties.items() if current.properties.get(key) != value}
    removed = [key for key in previous if key not in properties and key in current.properties]
    updates: list[TableUpdate] = []
    if changed:
        updates.append(SetPropertiesUpdate(updates=changed))
    if removed:
        updates.append(RemovePropertiesUpdate(removals=removed))
    return tuple(updates)


def _hive_type(iceberg_type: IcebergType) -> str:
    if isinstance(iceberg_type, StructType):
        return f"struct<{','.join(f'{field.name}:{_hive_type(field.field_type)}' for field in iceberg_type.fields)}>"
    if isinstance(iceberg_type, ListType):
        return f"array<{_hive_type(iceberg_type.element_type)}>"
    if isinstance(iceberg_type, MapType):
        return f"map<{_hive_type(iceberg_type.key_type)},{_hive_type(iceberg_type.value_type)}>"
    if isinstance(iceberg_type, DecimalType):
        return f"decimal({iceberg_type.precision},{iceberg_type.scale})"
    return _HIVE_TYPES[type(iceberg_type)]
