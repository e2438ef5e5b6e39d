"""Syncs one source into the warehouse: `python -m warehouse_tasks.ingest`.

SYNC                what to sync, JSON: name, dataset, schema_contract, batch_rows, records, and one of rest_api,
                    sql_database, airbyte
SOURCE_SECRET_ARN   secret whose keys stand in the configuration as ``{secret:key}``; a database: username, password
SOURCE_URL          another address of the source than the configured one
STAGING_URI         where Redshift copies from, s3://bucket/prefix
COPY_ROLE_ARN       the role by which it does
and those of environment.py.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from dataclasses import asdict
from typing import Any

import dlt

from .airbyte import airbyte_feeds
from .environment import SettingError, Warehouse, required, secret, summary, warehouse
from .schema_contract import Contract
from .sources import Feed, SourceError, database_feeds, rest_feeds
from .sync import DEFAULT_BATCH_ROWS, ContractBroken, LoadError, Sync

_SECRET = re.compile(r"\{secret:([^}]+)\}")


def main() -> int:
    """Syncs every table of the source; the first failure ends it."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    tables: dict[str, Any] = {}
    name = ""
    try:
        config = json.loads(required("SYNC"))
        name = config["name"]
        sync = _sync(config, warehouse())
        try:
            for feed in _feeds(config):
                report = sync.run(feed)
                tables[feed.name] = asdict(report)
                for sentence in dict.fromkeys(report.said):
                    print(sentence, flush=True)
                print(f"{name}.{feed.name}: {report.read:,} rows read, {report.loaded:,} loaded", flush=True)
        finally:
            sync.close()
    except (ContractBroken, LoadError, SettingError, SourceError) as error:
        print(error, file=sys.stderr, flush=True)
        summary({"source": name, "tables": tables, "error": str(error)})
        return 1
    summary({"source": name, "tables": tables})
    return 0


def _sync(config: dict[str, Any], target: Warehouse) -> Sync:
    destination, options = destination_of(target)
    return Sync(
        config["name"],
        config.get("dataset", f"raw_{config['name']}"),
        destination,
        Contract(config.get("schema_contract", "evolve")),
        batch_rows=config.get("batch_rows", DEFAULT_BATCH_ROWS),
        **options,
    )


def destination_of(target: Warehouse) -> tuple[Any, dict[str, Any]]:
    """What dlt loads into, and how: the destination, and the options of a Sync."""
    credentials = {
        "drivername": "postgresql",
        "host": target.host,
        "port": target.port,
        "database": target.database,
        "username": target.user,
        "password": target.password,
    }
    parquet = {"loader_file_format": "parquet"}
    if target.engine == "redshift":
        destination = dlt.destinations.redshift(
            credentials={**credentials, "drivername": "redshift"}, staging_iam_role=os.environ.get("COPY_ROLE_ARN")
        )
        # Redshift takes many rows by COPY only: the batch goes through S3.
        staging = dlt.destinations.filesystem(bucket_url=required("STAGING_URI"))
        return destination, {"staging": staging, **parquet}
    if target.engine == "postgres":
        return dlt.destinations.postgres(credentials=credentials), {"loader_file_format": "csv"}
    # The others take files from the task itself, through a stage or an API of their own.
    if target.engine == "snowflake":
        account = {"host": required("WAREHOUSE_ACCOUNT"), "warehouse": required("WAREHOUSE_COMPUTE")}
        login = {name: target.login[name] for name in ("private_key", "password") if name in target.login}
        credentials = {"database": target.database, "username": target.user, **account, **login}
        return dlt.destinations.snowflake(credentials=credentials), parquet
    if target.engine == "bigquery":
        location = required("WAREHOUSE_LOCATION")
        credentials = {**target.login, "project_id": target.database}
        return dlt.destinations.bigquery(credentials=credentials, location=location), parquet
    if target.engine == "databricks":
        login = {name: target.login.get(name, "") for name in ("client_id", "client_secret")}
        place = {"server_hostname": target.host, "http_path": required("WAREHOUSE_HTTP_PATH")}
        return dlt.destinations.databricks(credentials={"catalog": target.database, **place, **login}), parquet
    known = "redshift, postgres, snowflake, bigquery and databricks"
    raise SettingError(f"WAREHOUSE_ENGINE is {target.engine}; this task loads {known}.")


def _feeds(config: dict[str, Any]) -> list[Feed]:
    arn = os.environ.get("SOURCE_SECRET_ARN")
    values = secret(arn) if arn else {}
    url = os.environ.get("SOURCE_URL") or None
    records = config.get("records", {})
    if "rest_api" in config:
        return rest_feeds(_resolved(config["rest_api"], values), records, url)
    if "airbyte" in config:
        return airbyte_feeds(_resolved(config["airbyte"], values), records, values.values())
    return database_feeds(_resolved(config["sql_database"], values), records, values, url)


def _resolved(value: Any, secrets: dict[str, str]) -> Any:
    """The configuration with what it takes from the secret."""
    if isinstance(value, dict):
        return {key: _resolved(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, secrets) for each in value]
    if not isinstance(value, str):
        return value

    def lookup(match: re.Match[str]) -> str:
        if match[1] not in secrets:
            raise SettingError(f"The source's secret has no key '{match[1]}', which its configuration names; add it.")
        return secrets[match[1]]

    return _SECRET.sub(lookup, value)


if __name__ == "__main__":
    sys.exit(main())
