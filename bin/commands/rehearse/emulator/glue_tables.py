"""`AWS::Glue::Table` with an `OpenTableFormatInput`: a real Iceberg table, its metadata on S3 and in the Glue catalog.

MiniStack alone ignores that property and leaves an empty entry that no engine can open.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from ministack.services import glue, s3
from ministack.services.cloudformation import provisioners
from pyiceberg.table.metadata import TableMetadata

from . import cloudformation, registry
from .iceberg import (
    IcebergInputError,
    TableDefinition,
    evolve,
    glue_columns,
    new_metadata,
    parse_definition,
    parse_metadata,
)
from .registry import Properties

TYPE = "AWS::Glue::Table"
_OPEN_FORMAT = "OpenTableFormatInput"


@dataclass(frozen=True)
class IcebergTables:
    """The CloudFormation handlers of Glue tables. Tables of other formats stay MiniStack's."""

    region: str
    stock: dict[str, Any]

    def create(self, logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        """Writes the first metadata of the table and registers it in Glue."""
        if _OPEN_FORMAT not in properties:
            return self.stock["create"](logical_id, properties, stack)
        definition = self._definition(properties)
        location = _write_metadata(definition, new_metadata(definition), version=0)
        request = _request(properties, definition, _read_metadata(location), location, previous=None)
        _checked(glue._create_table(request), definition.name)
        return properties["Name"], {}

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, Properties]:
        """Evolves the table in place; engines' snapshots and old schemas stay."""
        if (_OPEN_FORMAT in old) != (_OPEN_FORMAT in new):
            raise IcebergInputError(f"{logical_id}: a table cannot change between Iceberg and another format in place.")
        if _OPEN_FORMAT not in new:
            return self.stock["update"](physical_id, old, new, stack, logical_id)
        if any(old.get(key) != new.get(key) for key in ("DatabaseName", "Name")):
            created = self.create(logical_id, new, stack)
            provisioners._delete_predecessor(self.delete, physical_id, old)
            return created
        return self._evolve(physical_id, old, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Removes the table from the catalog; its files stay on S3, as they do on AWS."""
        self.stock["delete"](physical_id, properties)

    def _evolve(self, physical_id: str, old: Properties, new: Properties) -> tuple[str, Properties]:
        definition = self._definition(new)
        entry = glue._tables.get(f"{new['DatabaseName']}/{physical_id}")
        location = (entry or {}).get("Parameters", {}).get("metadata_location")
        if entry is None or location is None:
            raise IcebergInputError(f"{definition.name}: is not in the Glue catalog as an Iceberg table any more.")
        evolved = evolve(_read_metadata(location), location, self._definition(old), definition)
        written = _write_metadata(definition, evolved, version=_version(location) + 1)
        request = _request(new, definition, evolved, written, previous=location)
        _checked(glue._update_table({**request, "VersionId": entry["VersionId"]}), definition.name)
        return physical_id, {}

    def _definition(self, properties: Properties) -> TableDefinition:
        registry.resource_schema(TYPE, self.region).validate(_without_open_format(properties))
        for key in ("DatabaseName", "Name"):
            if not properties.get(key):
                raise IcebergInputError(f"{TYPE}: an Iceberg table needs {key} at the top level.")
        return parse_definition(f"{properties['DatabaseName']}.{properties['Name']}", properties)


def install(region: str) -> None:
    """Replaces MiniStack's handlers of `AWS::Glue::Table`."""
    tables = IcebergTables(region, provisioners._RESOURCE_HANDLERS[TYPE])
    cloudformation.register(TYPE, tables.create, tables.update, tables.delete)


def _without_open_format(properties: Properties) -> Properties:
    """cfn-lint's registry schema may lag behind the Iceberg input, which `parse_definition` checks itself."""
    return {key: value for key, value in properties.items() if key != _OPEN_FORMAT}


def _request(
    properties: Properties, definition: TableDefinition, metadata: TableMetadata, location: str, previous: str | None
) -> Properties:
    parameters = {**definition.properties, "table_type": "ICEBERG", "metadata_location": location}
    if previous is not None:
        parameters["previous_metadata_location"] = previous
    return {
        "DatabaseName": properties["DatabaseName"],
        "TableInput": {
            "Name": properties["Name"],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "StorageDescriptor": {"Location": definition.location, "Columns": glue_columns(metadata.schema())},
        },
    }


def _write_metadata(definition: TableDefinition, metadata: TableMetadata, version: int) -> str:
    location = f"{definition.location}/metadata/{version:05d}-{uuid.uuid4()}.metadata.json"
    bucket, key = split_uri(location)
    content = metadata.model_dump_json(by_alias=True, exclude_none=True).encode()
    status, _, body = s3._put_object(bucket, key, content, {"content-type": "application/json"})
    if status >= 400:
        raise IcebergInputError(
            f"{definition.name}: its metadata cannot be written to {location} ({body!r}). The bucket must exist before "
            "the table; make the table depend on it."
        )
    return location


def _read_metadata(location: str) -> TableMetadata:
    content = s3._get_object_data(*split_uri(location))
    if content is None:
        raise IcebergInputError(f"{location}: the table's metadata file is gone.")
    return parse_metadata(bytes(content))


def _version(location: str) -> int:
    number = location.rsplit("/", 1)[-1].split("-", 1)[0]
    return int(number) if number.isdigit() else 0


def split_uri(uri: str) -> tuple[str, str]:
    """The bucket and the key of an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _checked(response: tuple[int, Any, Any], table: str) -> None:
    status, _, body = response
    if status >= 400:
        raise IcebergInputError(f"{table}: {json.loads(body).get('message', body)}")
