-- The latest version of every trade, valid or not: the ingestion merges by trade_id.
select
    trade_id,
    symbol,
    lower(side) as side,
    trader_id,
    venue,
    price,
    quantity,
    cast(price * quantity as {{ exact(38, 16) }}) as turnover,
    traded_at,
    {{ utc_day('traded_at') }} as traded_on,
    coalesce(price > 0 and quantity > 0 and traded_at is not null and symbol is not null, false) as is_valid,
    updated_at,
    ingested_at
from {{ source('exchange_api', 'trades') }}
