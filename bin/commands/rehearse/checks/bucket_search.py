"""Looks for a text in every version of every object of a bucket, compressed files read as what they are; puts requests.

    python -m checks.bucket_search --config config.json [--put KEY FILE]

config.json: ``{"endpoint", "region", "accessKeyId", "secretAccessKey", "bucket", "text", "extensions"}``. Prints
``{"versions": how many there are, "markers": of these, delete markers, "found": [key of each that has the text]}``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


class Search:
    """One text, sought in one bucket."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._bucket: str = config["bucket"]
        self._text: str = config["text"]
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=config["endpoint"],
            region_name=config["region"],
            aws_access_key_id=config["accessKeyId"],
            aws_secret_access_key=config["secretAccessKey"],
        )
        self._duckdb = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        for extension in config["extensions"]:
            self._duckdb.load_extension(extension)

    def run(self) -> dict[str, Any]:
        versions, markers, found = 0, 0, []
        for kind, entry in self._entries():
            versions += 1
            markers += kind == "DeleteMarkers"
            if kind == "Versions" and self._has_text(entry):
                found.append(entry["Key"])
        return {"versions": versions, "markers": markers, "found": sorted(found)}

    def _entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self._bucket):
            for kind in ("Versions", "DeleteMarkers"):
                for entry in page.get(kind, []):
                    yield kind, entry

    def _has_text(self, entry: dict[str, Any]) -> bool:
        answer = self.client.get_object(Bucket=self._bucket, Key=entry["Key"], VersionId=entry["VersionId"])
        content: bytes = answer["Body"].read()
        if self._text.encode() in content:
            return True
        suffix = Path(entry["Key"]).suffix
        if suffix == ".parquet":
            return self._text in _parquet_values(content)
        return suffix == ".avro" and self._text in self._avro_values(content)

    def _avro_values(self, content: bytes) -> str:
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            return str(self._duckdb.execute(f"SELECT * FROM read_avro('{file.name}')").fetch_arrow_table().to_pylist())


def _parquet_values(content: bytes) -> str:
    """Every value of a Parquet file; texts as bytes, for bronze keeps what is no UTF-8."""
    table = pq.read_table(pa.BufferReader(content))
    columns = [column.cast(pa.binary()) if pa.types.is_string(column.type) else column for column in table.columns]
    return str([column.to_pylist() for column in columns])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--put", nargs=2, metavar=("KEY", "FILE"))
    arguments = parser.parse_args()
    config = json.loads(arguments.config.read_text("utf-8"))
    search = Search(config)
    if arguments.put:
        key, file = arguments.put
        search.client.put_object(Bucket=config["bucket"], Key=key, Body=Path(file).read_bytes())
        return
    print(json.dumps(search.run()))


if __name__ == "__main__":
    main()
