"""What a task loads into, by the engine of its warehouse; nothing is connected to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from warehouse_tasks import environment
from warehouse_tasks.environment import SettingError, Warehouse
from warehouse_tasks.ingest import destination_of

VARIABLES = {
    "WAREHOUSE_HOST": "warehouse.example",
    "WAREHOUSE_PORT": "443",
    "WAREHOUSE_DATABASE": "trading",
    "WAREHOUSE_SECRET_ARN": "arn",
    "WAREHOUSE_ACCOUNT": "acme",
    "WAREHOUSE_COMPUTE": "loading",
    "WAREHOUSE_LOCATION": "EU",
    "WAREHOUSE_HTTP_PATH": "/sql/1.0/warehouses/1",
}
LOGINS = {
    "snowflake": {"username": "loader", "private_key": "key"},
    "bigquery": {"client_email": "loader@acme", "private_key": "key", "project_id": "other"},
    "databricks": {"client_id": "loader", "client_secret": "key"},
}
WANTED = {
    "snowflake": {"host": "acme", "warehouse": "loading", "username": "loader", "private_key": "key"},
    "bigquery": {"project_id": "trading", "client_email": "loader@acme", "private_key": "key"},
    "databricks": {"server_hostname": "warehouse.example", "catalog": "trading", "client_secret": "key"},
}


@pytest.mark.parametrize("engine", LOGINS)
def test_an_engine_elsewhere_is_loaded_with_the_login_of_its_secret(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**VARIABLES, "WAREHOUSE_ENGINE": engine}.items():
        monkeypatch.setenv(name, value)
    kept: dict[str, Any] = {"SecretString": json.dumps(LOGINS[engine])}
    client = type("Client", (), {"get_secret_value": lambda self, SecretId: kept})
    monkeypatch.setattr(environment.boto3, "client", lambda service: client())
    target = environment.warehouse()
    assert (target.engine, target.user) in [(engine, "loader"), (engine, "loader@acme")]
    destination, options = destination_of(target)
    assert destination.destination_name == engine
    assert options == {"loader_file_format": "parquet"}
    credentials = destination.config_params["credentials"]
    assert {name: credentials[name] for name in WANTED[engine]} == WANTED[engine]


def test_an_engine_that_nobody_knows_is_told() -> None:
    with pytest.raises(SettingError, match="WAREHOUSE_ENGINE is oracle; this task loads redshift, postgres, snowflake"):
        destination_of(Warehouse("oracle", "h", 1, "d", "u", "p"))
