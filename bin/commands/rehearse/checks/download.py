"""`python -m checks.download --config c.json` copies every object of a bucket into a folder, as an auditor reads it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import boto3


def download(config: dict[str, Any]) -> None:
    """Writes what the bucket holds below the folder, by its keys."""
    client: Any = boto3.client(
        "s3",
        endpoint_url=config["endpoint"],
        region_name=config["region"],
        aws_access_key_id=config["auditor"]["accessKeyId"],
        aws_secret_access_key=config["auditor"]["secretAccessKey"],
    )
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=config["bucket"]):
        for entry in page.get("Contents", []):
            path = Path(config["folder"], entry["Key"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(client.get_object(Bucket=config["bucket"], Key=entry["Key"])["Body"].read())


def main() -> None:
    """Reads the configuration, copies."""
    parser = argparse.ArgumentParser(prog="checks.download", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON: endpoint, region, auditor, bucket, folder")
    download(json.loads(parser.parse_args().config.read_text("utf-8")))


if __name__ == "__main__":
    main()
