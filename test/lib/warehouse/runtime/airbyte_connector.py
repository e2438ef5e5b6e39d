"""Airbyte's own runner of low-code manifests against the exchange; run by airbyte.e2e.test.ts, which installs it."""

from typing import Any

import dlt
import pytest
from warehouse_tasks.airbyte import airbyte_feeds
from warehouse_tasks.schema_contract import Contract
from warehouse_tasks.sources import SourceError
from warehouse_tasks.sync import Sync, TableReport

MANIFEST = {
    "version": "6.0.0",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["trades"]},
    "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    "streams": [
        {
            "type": "DeclarativeStream",
            "name": "trades",
            "primary_key": ["trade_id"],
            "incremental_sync": {
                "type": "DatetimeBasedCursor",
                "cursor_field": "updated_at",
                "datetime_format": "%Y-%m-%dT%H:%M:%S.%fZ",
                "cursor_datetime_formats": ["%Y-%m-%dT%H:%M:%S.%fZ"],
                "start_datetime": {"type": "MinMaxDatetime", "datetime": "{{ config['since'] }}"},
                "start_time_option": {
                    "type": "RequestOption",
                    "field_name": "updated_since",
                    "inject_into": "request_parameter",
                },
            },
            "retriever": {
                "type": "SimpleRetriever",
                "requester": {
                    "type": "HttpRequester",
                    "url_base": "{{ config['address'] }}",
                    "path": "/{{ config.get('path', 'trades') }}",
                    "http_method": "GET",
                    "request_parameters": {"limit": "7"},
                },
                "record_selector": {
                    "type": "RecordSelector",
                    "extractor": {"type": "DpathExtractor", "field_path": ["data"]},
                },
                "paginator": {
                    "type": "DefaultPaginator",
                    "page_token_option": {
                        "type": "RequestOption",
                        "field_name": "cursor",
                        "inject_into": "request_parameter",
                    },
                    "pagination_strategy": {
                        "type": "CursorPagination",
                        "cursor_value": "{{ response.next_cursor }}",
                        "stop_condition": "{{ not response.next_cursor }}",
                    },
                },
            },
            "schema_loader": {
                "type": "InlineSchemaLoader",
                "schema": {"type": "object", "properties": {"trade_id": {"type": "string"}}},
            },
        }
    ],
}
STREAM = {
    "name": "trades",
    "primary_key": ["trade_id"],
    "cursor": "updated_at",
    "columns": {"trade_id": "text", "symbol": "text", "price": "decimal(18,8)", "updated_at": "timestamptz"},
}


def trade(number: int, price: str = "1.5") -> dict[str, Any]:
    return {"trade_id": f"T{number}", "symbol": "AAPL", "price": price}


def run(database: Any, exchange: Any, **config: str) -> TableReport:
    address = database.address
    login = {name: address[name] for name in ("host", "port", "database", "password")}
    credentials = {"drivername": "postgresql", **login, "username": address["user"]}
    destination = dlt.destinations.postgres(credentials=credentials)
    sync = Sync("src", "raw_src", destination, Contract.QUARANTINE, loader_file_format="csv")
    connector = {
        "connector": "airbyte-cdk==7.39.1",
        "manifest": MANIFEST,
        "config": {"address": exchange.url, "since": "2026-01-01T00:00:00.000000Z", **config},
        "streams": [STREAM],
    }
    try:
        [feed] = airbyte_feeds(connector, {}, [config.get("path", "")])
        return sync.run(feed)
    finally:
        sync.close()


def test_a_second_sync_loads_only_what_is_new(database: Any, exchange: Any) -> None:
    served = exchange([trade(number) for number in range(20)])
    assert run(database, served).loaded == 20
    requests = served.server.figures["requests"]
    assert run(database, served).loaded == 0
    # By its state it asked for the last moment alone, not for the three pages.
    assert served.server.figures["requests"] - requests == 1
    served.publish(trade(20), trade(3, "9"))
    assert run(database, served).loaded == 2
    assert database.rows("select count(*), max(price)::text from raw_src.trades") == [(21, "9.00000000")]


def test_the_last_revision_wins(database: Any, exchange: Any) -> None:
    run(database, exchange([trade(1, "1"), trade(2, "1"), trade(1, "3"), trade(1, "2")]))
    assert database.rows("select trade_id, price::text from raw_src.trades order by 1") == [
        ("T1", "2.00000000"),
        ("T2", "1.00000000"),
    ]


def test_rate_limits_and_errors_are_lived_with(database: Any, exchange: Any) -> None:
    served = exchange([trade(number) for number in range(40)], limit_every=3, fail_every=5)
    assert run(database, served).loaded == 40
    assert served.server.figures["limited"] > 0
    assert served.server.figures["failed"] > 0


def test_what_fails_is_told_without_secrets(database: Any, exchange: Any) -> None:
    with pytest.raises(SourceError, match=r"trades: airbyte-cdk==7.39.1 failed: .+") as raised:
        run(database, exchange([]), path="geheim")
    assert "geheim" not in str(raised.value)
