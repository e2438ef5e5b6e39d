-- Volume and prices of each day (UTC) and symbol. Made anew each time: a revision may move a trade to another day.
{{ config(sort=['traded_on', 'symbol']) }}

with days as (
    select
        traded_on,
        symbol,
        count(*) as trade_count,
        sum(quantity) as total_volume,
        sum(turnover) as turnover,
        min(price) as low_price,
        max(price) as high_price
    from {{ ref('fct_trades') }}
    group by traded_on, symbol
)

select
    days.traded_on,
    days.symbol,
    symbols.asset_class,
    days.trade_count,
    cast(days.total_volume as decimal(38, 8)) as total_volume,
    cast(days.turnover as decimal(38, 16)) as turnover,
    {{ average_price('days.turnover', 'days.total_volume') }} as vwap,
    cast(days.low_price as decimal(18, 8)) as low_price,
    cast(days.high_price as decimal(18, 8)) as high_price
from days
left join {{ ref('stg_symbols') }} as symbols on days.symbol = symbols.symbol
