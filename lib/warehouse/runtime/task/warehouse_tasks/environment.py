"""Where the warehouse is and how a task gets in: from the environment that the stack gives, nothing else."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

_CREDENTIAL_SECONDS = 3600


class SettingError(Exception):
    """The task was not given what it needs. The message is a sentence with a remedy."""


@dataclass(frozen=True, repr=False)
class Warehouse:
    """A warehouse and a login.

    Attributes:
        login: The whole secret of one that stands elsewhere; what is in it depends on the engine.
    """

    engine: str
    host: str
    port: int
    database: str
    user: str
    password: str
    login: dict[str, str] = field(default_factory=dict)


def required(name: str) -> str:
    """An environment variable that the stack sets."""
    value = os.environ.get(name, "")
    if not value:
        raise SettingError(f"The environment variable {name} is not set; the stack's task definition sets it.")
    return value


def warehouse() -> Warehouse:
    """The warehouse, with a login that Redshift Serverless gives for an hour to the task's own role, or of a secret."""
    database = required("WAREHOUSE_DATABASE")
    workgroup = os.environ.get("WAREHOUSE_WORKGROUP")
    kept: dict[str, str] = {}
    if workgroup:
        login = boto3.client("redshift-serverless").get_credentials(
            workgroupName=workgroup, dbName=database, durationSeconds=_CREDENTIAL_SECONDS
        )
        user, password = login["dbUser"], login["dbPassword"]
    else:
        kept = secret(required("WAREHOUSE_SECRET_ARN"))
        user = kept.get("username") or kept.get("client_id") or kept.get("client_email", "")
        password = kept.get("password", "")
    return Warehouse(
        engine=os.environ.get("WAREHOUSE_ENGINE", "redshift"),
        host=required("WAREHOUSE_HOST"),
        port=int(os.environ.get("WAREHOUSE_PORT", "5439")),
        database=database,
        user=user,
        password=password,
        login=kept,
    )


def secret(arn: str) -> dict[str, str]:
    """The keys and values of a secret."""
    text = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SettingError(f'The secret {arn} is no JSON object; write it as {{"key": "value"}}.')
    return value


def unpack(uri: str, folder: Path) -> Path:
    """Unpacks a zip file of S3 into a folder."""
    place = urlsplit(uri)
    body = boto3.client("s3").get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(folder)
    return folder


def summary(result: dict[str, Any]) -> None:
    """Prints what the task did, on the last line of its output."""
    print(json.dumps(result, ensure_ascii=False, default=str), flush=True)
