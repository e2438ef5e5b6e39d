from warehouse_tasks.dbt import failures

MANIFEST = {
    "nodes": {
        "model.p.fct_trades": {"name": "fct_trades", "original_file_path": "models/marts/fct_trades.sql"},
        "test.p.unique_fct_trades.abc": {
            "name": "unique_fct_trades",
            "original_file_path": "models/marts/marts.yml",
            "attached_node": "model.p.fct_trades",
        },
    },
    "sources": {"source.p.exchange_api.trades": {"name": "trades", "original_file_path": "models/sources.yml"}},
}


def test_a_failure_names_the_model_its_file_and_the_reason() -> None:
    results = [
        {"unique_id": "model.p.fct_trades", "status": "error", "message": 'Database Error\n  column "x" is missing'},
        {"unique_id": "test.p.unique_fct_trades.abc", "status": "fail", "message": "Got 3 results"},
        {"unique_id": "model.p.other", "status": "success", "message": "OK"},
        {"unique_id": "model.p.third", "status": "skipped", "message": None},
    ]
    assert failures(results, MANIFEST).splitlines() == [
        'model fct_trades (models/marts/fct_trades.sql): Database Error column "x" is missing',
        "test unique_fct_trades of fct_trades (models/marts/marts.yml): Got 3 results",
    ]


def test_a_stale_source_is_named() -> None:
    stale = {"unique_id": "source.p.exchange_api.trades", "status": "error", "max_loaded_at": "2026-01-01T00:00:00Z"}
    assert failures([stale], MANIFEST).startswith(
        "source trades (models/sources.yml): its newest row arrived 2026-01-01"
    )
