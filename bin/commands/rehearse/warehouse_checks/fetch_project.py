"""Fetches a zip file of S3 and unpacks it: `python -m warehouse_checks.fetch_project s3://bucket/key FOLDER`."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import boto3


def main() -> None:
    """Unpacks it."""
    place = urlsplit(sys.argv[1])
    body = boto3.client("s3").get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(Path(sys.argv[2]))


if __name__ == "__main__":
    main()
