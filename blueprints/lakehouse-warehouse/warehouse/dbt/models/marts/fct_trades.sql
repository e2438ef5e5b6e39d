-- Every valid trade. Made anew each time, so that a trade that silver has corrected or lost is corrected or lost here.
{{ config(dist='trade_id', sort='traded_at') }}

select
    trade_id,
    symbol,
    price,
    quantity,
    turnover,
    traded_at,
    traded_on
from {{ ref('stg_trades') }}
where is_valid
