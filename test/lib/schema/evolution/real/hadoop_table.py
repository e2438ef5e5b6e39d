"""An Iceberg table in a Hadoop catalog whose metadata is set by hand, as CloudFormation sets it in Glue."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# What a template says; snapshots, refs and logs are the writers' and stay.
_SET_BY_TEMPLATE = (
    "format-version",
    "last-column-id",
    "current-schema-id",
    "schemas",
    "default-spec-id",
    "partition-specs",
    "last-partition-id",
    "default-sort-order-id",
    "sort-orders",
    "properties",
)


class HadoopTable:
    """One table below a warehouse folder: ``v1.metadata.json`` and so on, and the hint that names the newest."""

    def __init__(self, warehouse: Path, name: str) -> None:
        self.name = name
        self._root = warehouse / "t" / name
        self._folder = self._root / "metadata"

    def create(self, metadata: Json) -> None:
        self._folder.mkdir(parents=True)
        fresh = {"table-uuid": str(uuid.uuid4()), "location": str(self._root), "last-updated-ms": _now()}
        self._write(1, {**metadata, **fresh, "snapshots": [], "snapshot-log": [], "metadata-log": []})

    def set_whole(self, metadata: Json) -> None:
        """Puts a template's state over the newest metadata, however illegal."""
        version = self._version()
        current = json.loads(self._file(version).read_text("utf-8"))
        given = {key: metadata[key] for key in _SET_BY_TEMPLATE}
        moved = "-moved" if metadata["location"].endswith("-moved") else ""
        location = str(self._root) + moved
        rows = {"next-row-id": current.get("next-row-id", 0)} if metadata["format-version"] > 2 else {}
        self._write(version + 1, {**current, **given, **rows, "location": location, "last-updated-ms": _now()})

    def newest_file(self) -> Path:
        return self._file(self._version())

    def remove_old_files(self) -> None:
        """What someone does who sees that nothing is written below the first location any more."""
        shutil.rmtree(self._root / "data")

    def schema(self) -> Json:
        metadata = json.loads(self.newest_file().read_text("utf-8"))
        return next(each for each in metadata["schemas"] if each["schema-id"] == metadata["current-schema-id"])

    def _version(self) -> int:
        return int((self._folder / "version-hint.text").read_text("ascii"))

    def _file(self, version: int) -> Path:
        return self._folder / f"v{version}.metadata.json"

    def _write(self, version: int, metadata: Json) -> None:
        self._file(version).write_text(json.dumps(metadata), "utf-8")
        (self._folder / "version-hint.text").write_text(str(version), "ascii")


def _now() -> int:
    return int(time.time() * 1000)
