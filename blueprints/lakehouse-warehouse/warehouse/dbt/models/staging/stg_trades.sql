-- Silver as the marts take it. The copy's decimals are as wide as they get: here they have the trade's own width.
select
    trade_id,
    symbol,
    cast(price as decimal(18, 8)) as price,
    cast(quantity as decimal(18, 8)) as quantity,
    cast(cast(price as decimal(18, 8)) * cast(quantity as decimal(18, 8)) as decimal(38, 16)) as turnover,
    traded_at,
    {{ utc_day('traded_at') }} as traded_on,
    is_valid
from {{ source('lake', 'trades') }}
