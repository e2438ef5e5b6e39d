-- How much better than the day's average price (vwap) a trader bought and sold, a row a trader and day.
{{ config(sort=['traded_on', 'trader_id']) }}

select
    trades.trader_id,
    trades.traded_on,
    count(*) as trade_count,
    cast(sum(trades.turnover) as decimal(38, 16)) as turnover,
    cast(
        sum(
            case trades.side
                when 'buy' then trades.quantity * (summary.vwap - trades.price)
                when 'sell' then trades.quantity * (trades.price - summary.vwap)
            end
        ) as decimal(38, 16)
    ) as gain_on_vwap
from {{ ref('fct_trades') }} as trades
inner join {{ ref('fct_daily_summary') }} as summary
    on trades.traded_on = summary.traded_on and trades.symbol = summary.symbol
where trades.trader_id is not null and trades.side in ('buy', 'sell')
group by trades.trader_id, trades.traded_on
