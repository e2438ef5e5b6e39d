-- Every valid trade, once. What arrived since the last run is put in the place of what it revises, so a trade that is
-- late or revised ends up where it belongs, and one that was cancelled is gone. PostgreSQL finds both by an index.
{{
    config(
        materialized='incremental',
        incremental_strategy='merge' if target.type in ('bigquery', 'databricks') else 'delete+insert',
        unique_key='trade_id',
        on_schema_change='append_new_columns',
        pre_hook='{% if is_incremental() %}{{ remove_void_trades(this) }}{% endif %}',
        post_hook='{{ gather_statistics(this) }}',
        dist='trade_id',
        sort='traded_at',
        indexes=[{'columns': ['trade_id'], 'unique': true}, {'columns': ['ingested_at']}] if target.type == 'postgres' else []
    )
}}

select
    trade_id,
    symbol,
    side,
    trader_id,
    venue,
    price,
    quantity,
    turnover,
    traded_at,
    traded_on,
    updated_at,
    ingested_at
from {{ ref('stg_trades') }}
where
    is_valid
    {% if is_incremental() %}
    and {{ arrived_since(this) }}
    {% endif %}
