-- How much better than the day's average price (vwap) a trader bought and sold, a row a trader and day. A day of which
-- any trade has changed is made anew, because its average has.
{{
    config(
        materialized='incremental',
        incremental_strategy='merge' if target.type == 'bigquery' else 'append',
        on_schema_change='append_new_columns',
        pre_hook="{% if is_incremental() %}{{ remove_changed_days(ref('fct_daily_summary'), 'sum(trade_count)', this, 'max(trades_of_day)') }}{% endif %}",
        sort=['traded_on', 'trader_id']
    )
}}

with days as (
    select
        traded_on,
        sum(trade_count) as trade_count,
        max(ingested_at) as ingested_at
    from {{ ref('fct_daily_summary') }}
    group by traded_on
)

select
    trades.trader_id,
    trades.traded_on,
    count(*) as trade_count,
    cast(sum(trades.turnover) as {{ exact(38, 16) }}) as turnover,
    cast(
        sum(
            case trades.side
                when 'buy' then trades.quantity * (summary.vwap - trades.price)
                when 'sell' then trades.quantity * (trades.price - summary.vwap)
            end
        ) as {{ exact(38, 16) }}
    ) as gain_on_vwap,
    cast(max(days.trade_count) as bigint) as trades_of_day,
    max(days.ingested_at) as ingested_at
from {{ ref('fct_trades') }} as trades
inner join {{ ref('fct_daily_summary') }} as summary
    on trades.traded_on = summary.traded_on and trades.symbol = summary.symbol
inner join days on trades.traded_on = days.traded_on
where
    trades.trader_id is not null and trades.side in ('buy', 'sell')
    {% if is_incremental() %}
    and trades.traded_on not in (select traded_on from {{ this }})
    {% endif %}
group by trades.trader_id, trades.traded_on
