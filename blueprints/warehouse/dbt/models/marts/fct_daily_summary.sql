-- Volume and prices of each day (UTC) and symbol. A day whose trades have changed is made anew as a whole; a trade that a
-- revision moves to another day changes both.
{{
    config(
        materialized='incremental',
        incremental_strategy='merge' if target.type == 'bigquery' else 'append',
        on_schema_change='append_new_columns',
        pre_hook="{% if is_incremental() %}{{ remove_changed_days(ref('fct_trades'), 'count(*)', this, 'sum(trade_count)') }}{% endif %}",
        sort=['traded_on', 'symbol']
    )
}}

with days as (
    select
        traded_on,
        symbol,
        count(*) as trade_count,
        sum(quantity) as total_volume,
        sum(turnover) as turnover,
        min(price) as low_price,
        max(price) as high_price,
        max(ingested_at) as ingested_at
    from {{ ref('fct_trades') }}
    {% if is_incremental() %}
    where traded_on not in (select traded_on from {{ this }})
    {% endif %}
    group by traded_on, symbol
)

select
    days.traded_on,
    days.symbol,
    symbols.asset_class,
    days.trade_count,
    cast(days.total_volume as {{ exact(38, 8) }}) as total_volume,
    cast(days.turnover as {{ exact(38, 16) }}) as turnover,
    {{ average_price('days.turnover', 'days.total_volume') }} as vwap,
    cast(days.low_price as decimal(18, 8)) as low_price,
    cast(days.high_price as decimal(18, 8)) as high_price,
    days.ingested_at
from days
left join {{ ref('stg_symbols') }} as symbols on days.symbol = symbols.symbol
