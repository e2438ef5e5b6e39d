"""A drop bucket: where batch files arrive in S3, and where they go.

    <prefix>/inbox/<name>               what was dropped; names may have folders
    <prefix>/done/<stamp>/<name>        read into bronze
    <prefix>/rejected/<stamp>/<name>    set aside, with the reason in <name>.reason.txt beside it
    <prefix>/batches/<batch>.json       which files a commit of the table holds

A file is one version of an object: a name that is used again is a new file, and of a name that was overwritten before
its file was read, both are read, the older one first. What its owner has deleted is not. The stamp is made of the time
of arrival and the identity of the version, so that a file has the same place however often it is moved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_MOVES_AT_A_TIME = 8

Batch = list[dict[str, Any]]
"""What a commit holds: the key, version, name, stamp and number of rows of each file."""


@dataclass(frozen=True)
class DroppedFile:
    """A version of an object in the inbox.

    Attributes:
        key: Of the object.
        version: Id of the version, `null` in a bucket without versions.
        name: The key below the inbox.
        size: Bytes.
        arrived: When S3 took it; whole seconds, UTC.
        etag: Tells contents apart in a bucket without versions.
    """

    key: str
    version: str
    name: str
    size: int
    arrived: datetime
    etag: str = ""

    @property
    def stamp(self) -> str:
        """Sorts by arrival, and is this version's alone."""
        identity = "\0".join((self.key, self.version, self.etag if self.version == "null" else ""))
        return f"{self.arrived:%Y%m%dT%H%M%SZ}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


class FileDrop:
    """The files of a drop bucket."""

    def __init__(self, s3: Any, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self._s3 = s3
        self._inbox = f"{prefix}/inbox/"

    def source(self, file: DroppedFile) -> str:
        """What stands before the number of the line in bronze's column source."""
        return f"{self.prefix}/{file.stamp}/{file.name}"

    def waiting(self, most_files: int, most_bytes: int) -> list[DroppedFile]:
        """The files that arrived first, one of a name, up to these bounds but at least one."""
        oldest: dict[str, DroppedFile] = {}
        for file in self._versions():
            known = oldest.get(file.name)
            # Versions of a name come newest first.
            if known is None or file.arrived <= known.arrived:
                oldest[file.name] = file
        chosen: list[DroppedFile] = []
        total = 0
        for file in sorted(oldest.values(), key=lambda each: (each.arrived, each.name)):
            total += file.size
            if chosen and (len(chosen) == most_files or total > most_bytes):
                break
            chosen.append(file)
        return chosen

    def _versions(self) -> Iterator[DroppedFile]:
        deleted: dict[str, datetime] = {}
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=self._inbox)
        for page in pages:
            for marker in page.get("DeleteMarkers", []):
                key = marker["Key"]
                deleted[key] = max(marker["LastModified"], deleted.get(key, marker["LastModified"]))
            for version in page.get("Versions", []):
                key, arrived = version["Key"], version["LastModified"]
                withdrawn = not version["IsLatest"] and key in deleted and arrived <= deleted[key]
                # A name that ends in a slash is the folder that S3's console makes.
                if not withdrawn and not key.endswith("/"):
                    name = key.removeprefix(self._inbox)
                    yield DroppedFile(key, version["VersionId"], name, version["Size"], arrived, version["ETag"])

    def fetch(self, file: DroppedFile, path: str) -> None:
        """Copies exactly that version to a local file."""
        self._s3.download_file(self.bucket, file.key, path, ExtraArgs={"VersionId": file.version})

    def write_batch(self, batch: str, files: Iterable[tuple[DroppedFile, int]]) -> None:
        """Writes down which files, with how many rows each, a commit is about to hold."""
        content: Batch = [
            {
                "key": file.key,
                "version": file.version,
                "name": file.name,
                "stamp": file.stamp,
                "rows": rows,
            }
            for file, rows in files
        ]
        body = json.dumps(content, ensure_ascii=False, indent=1).encode()
        self._s3.put_object(Bucket=self.bucket, Key=self._batch_key(batch), Body=body)

    def settle(self, batch: str) -> None:
        """Moves the files of a batch that was committed out of the inbox; those that were moved already stay so."""
        body = self._s3.get_object(Bucket=self.bucket, Key=self._batch_key(batch))["Body"].read()
        committed = {(entry["name"], entry["stamp"]) for entry in json.loads(body)}
        files = [file for file in self._versions() if (file.name, file.stamp) in committed]
        with ThreadPoolExecutor(_MOVES_AT_A_TIME) as moves:
            list(moves.map(lambda file: self._move(file, "done"), files))

    def set_aside(self, file: DroppedFile, reason: str) -> None:
        """Moves a file to the rejected ones, its reason first."""
        key = f"{self._place(file, 'rejected')}.reason.txt"
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=f"{file.name}: {reason}.\n".encode())
        self._move(file, "rejected")

    def _move(self, file: DroppedFile, folder: str) -> None:
        source = {"Bucket": self.bucket, "Key": file.key, "VersionId": file.version}
        # Tags of a producer's are his: to copy them would ask for the right to read and write tags.
        extra = {"TaggingDirective": "REPLACE"}
        self._s3.copy(source, self.bucket, self._place(file, folder), ExtraArgs=extra)
        # The version and nothing else: what arrived under the same name meanwhile is another file.
        self._s3.delete_object(Bucket=self.bucket, Key=file.key, VersionId=file.version)

    def _place(self, file: DroppedFile, folder: str) -> str:
        return f"{self.prefix}/{folder}/{file.stamp}/{file.name}"

    def _batch_key(self, batch: str) -> str:
        return f"{self.prefix}/batches/{batch}.json"
