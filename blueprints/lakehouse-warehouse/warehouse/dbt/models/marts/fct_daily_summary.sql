-- Volume and prices of each day (UTC) and symbol.
{{ config(sort=['traded_on', 'symbol']) }}

with days as (
    select
        traded_on,
        symbol,
        count(*) as trade_count,
        sum(quantity) as total_volume,
        sum(turnover) as turnover
    from {{ ref('fct_trades') }}
    group by traded_on, symbol
)

select
    traded_on,
    symbol,
    trade_count,
    cast(total_volume as decimal(38, 8)) as total_volume,
    cast(turnover as decimal(38, 16)) as turnover,
    {{ average_price('turnover', 'total_volume') }} as vwap
from days
