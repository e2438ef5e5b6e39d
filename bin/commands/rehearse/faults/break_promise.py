"""`python break_promise.py FILE`: does to a table what its owner's pipeline never does, on the files in S3 alone.

The file tells as JSON what (`kind`), to which table (`table`, as `database.name`), and as whom (`endpoint`, `region`,
`auditor` to read the catalog, `owner` to write files). `stale` dates what was committed back by `seconds`, `repeated`
adds its first row once more, `lost` deletes the metadata file that the catalog names.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io import load_file_io
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil
from pyiceberg.table.update import update_table_metadata

Json = dict[str, Any]


class _PastTheCatalog(NoopCatalog):
    """Writes the new metadata over the file that the catalog names: the catalog notices nothing."""

    def commit_table(self, table: Table, _requirements: Any, updates: Any) -> CommitTableResponse:
        metadata = update_table_metadata(table.metadata, updates)
        _write(table, metadata)
        return CommitTableResponse.model_construct(metadata=metadata, metadata_location=table.metadata_location)


def stale(table: Table, told: Json) -> None:
    """What was committed last was committed so many seconds earlier."""
    document = json.loads(table.metadata.model_dump_json())
    for snapshot in document["snapshots"]:
        snapshot["timestamp-ms"] -= told["seconds"] * 1000
    for entry in document["snapshot-log"]:
        entry["timestamp-ms"] -= told["seconds"] * 1000
    _write(table, TableMetadataUtil.parse_obj(document))


def repeated(table: Table, _told: Json) -> None:
    """A row stands in the table twice."""
    table.append(table.scan(limit=1).to_arrow())


def lost(table: Table, _told: Json) -> None:
    """Whoever reads the table finds no metadata."""
    table.io.delete(table.metadata_location)


_KINDS = {"stale": stale, "repeated": repeated, "lost": lost}


def _write(table: Table, metadata: TableMetadata) -> None:
    ToOutputFile.table_metadata(metadata, table.io.new_output(table.metadata_location), overwrite=True)


def opened(told: Json) -> Table:
    """The table as its catalog tells it, whose commits go past that catalog."""

    def settings(service: str, who: Json) -> dict[str, str]:
        keys = {"access-key-id": who["accessKeyId"], "secret-access-key": who["secretAccessKey"]}
        where = {"endpoint": told["endpoint"], "region": told["region"]}
        return {f"{service}.{key}": value for key, value in {**keys, **where}.items()}

    addressed = {"s3.force-virtual-addressing": "false"}
    catalog: Catalog = load_catalog(
        "auditor", type="glue", **settings("glue", told["auditor"]), **settings("s3", told["auditor"]), **addressed
    )
    seen = catalog.load_table(told["table"])
    io = load_file_io({**settings("s3", told["owner"]), **addressed}, seen.metadata_location)
    return Table(seen.name(), seen.metadata, seen.metadata_location, io, _PastTheCatalog("past-the-catalog"))


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    _KINDS[told["kind"]](opened(told), told)
