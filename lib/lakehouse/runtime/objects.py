"""What stands in object storage under a prefix, every version of it, and how it is removed for good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

_KEYS_A_CALL = 1000


@dataclass(frozen=True)
class Version:
    """One version of an object, or the mark that says it was deleted."""

    uri: str
    version_id: str | None
    is_current: bool
    modified: datetime


class Prefix(Protocol):
    """All that stands below one address."""

    def versions(self) -> Iterator[Version]:
        """Every version of every object, delete markers too."""

    def remove(self, versions: Iterable[Version]) -> int:
        """Removes versions for good and says how many."""


def prefix(uri: str) -> Prefix:
    """``s3://bucket/folder``, or a folder of this machine."""
    match = re.fullmatch(r"s3a?://([^/]+)/?(.*)", uri)
    return Folder(Path(uri.removeprefix("file:"))) if match is None else S3Prefix(match[1], match[2].rstrip("/") + "/")


class S3Prefix:
    """Objects of a bucket. Where the bucket keeps old versions, a plain delete would only hide them."""

    def __init__(self, bucket: str, key_prefix: str) -> None:
        import boto3

        self._bucket = bucket
        self._prefix = key_prefix
        self._client: Any = boto3.client("s3")

    def versions(self) -> Iterator[Version]:
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=self._prefix)
        for page in pages:
            for is_object, entries in ((True, page.get("Versions", [])), (False, page.get("DeleteMarkers", []))):
                for entry in entries:
                    yield Version(
                        uri=f"s3://{self._bucket}/{entry['Key']}",
                        version_id=entry["VersionId"],
                        is_current=is_object and bool(entry["IsLatest"]),
                        modified=entry["LastModified"],
                    )

    def remove(self, versions: Iterable[Version]) -> int:
        named = [
            {"Key": version.uri.removeprefix(f"s3://{self._bucket}/"), "VersionId": version.version_id}
            for version in versions
        ]
        for start in range(0, len(named), _KEYS_A_CALL):
            request = {"Objects": named[start : start + _KEYS_A_CALL], "Quiet": True}
            errors = self._client.delete_objects(Bucket=self._bucket, Delete=request).get("Errors", [])
            if errors:
                raise OSError(f"{len(errors)} objects could not be removed; the first: {errors[0]}")
        return len(named)


class Folder:
    """Files of a folder, which have no versions."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def versions(self) -> Iterator[Version]:
        for file in sorted(self._path.rglob("*")):
            # Hadoop's checksums begin with a dot; they belong to the file beside them.
            if file.is_file() and not file.name.startswith("."):
                modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                yield Version(str(file), None, is_current=True, modified=modified)

    def remove(self, versions: Iterable[Version]) -> int:
        removed = [Path(version.uri) for version in versions]
        for file in removed:
            file.unlink()
        return len(removed)


def write_text(uri: str, text: str) -> None:
    """A new object on S3 or, for a plain path, a file of this machine."""
    match = re.fullmatch(r"s3://([^/]+)/(.+)", uri)
    if match is None:
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
        Path(uri).write_text(text, encoding="utf-8")
        return
    import boto3

    boto3.client("s3").put_object(Bucket=match[1], Key=match[2], Body=text.encode("utf-8"))
