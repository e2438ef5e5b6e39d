-- How a customer does, from three systems: what they pay (billing), what they ask (CRM) and what they trade (exchange).
-- As of the last day on which anything was traded, so that the same data always gives the same score.
with as_of as (
    select max(traded_on) as day from {{ ref('fct_daily_summary') }}
),

billing as (
    select
        account_id,
        sum(case when status = 'active' then monthly_amount else 0 end) as monthly_amount,
        max(case when status = 'active' then 1 else 0 end) as is_subscribed
    from {{ ref('stg_subscriptions') }}
    group by account_id
),

overdue as (
    select
        invoices.account_id,
        sum(invoices.amount) as overdue_amount
    from {{ ref('stg_invoices') }} as invoices
    cross join as_of
    where invoices.paid_on is null and invoices.due_on < as_of.day
    group by invoices.account_id
),

tickets as (
    select
        account_id,
        count(*) as open_tickets,
        sum(case when priority in ('high', 'urgent') then 1 else 0 end) as pressing_tickets
    from {{ ref('stg_support_tickets') }}
    where is_open
    group by account_id
),

trading as (
    select
        trader_id,
        sum(trade_count) as trade_count,
        max(traded_on) as last_traded_on
    from {{ ref('trader_performance') }}
    group by trader_id
),

facts as (
    select
        accounts.account_id,
        accounts.account_name,
        accounts.segment,
        as_of.day as as_of,
        cast(coalesce(billing.monthly_amount, 0) as decimal(18, 2)) as monthly_amount,
        coalesce(billing.is_subscribed, 0) = 1 as is_subscribed,
        cast(coalesce(overdue.overdue_amount, 0) as decimal(18, 2)) as overdue_amount,
        coalesce(tickets.open_tickets, 0) as open_tickets,
        coalesce(tickets.pressing_tickets, 0) as pressing_tickets,
        cast(coalesce(trading.trade_count, 0) as bigint) as trade_count,
        trading.last_traded_on
    from {{ ref('stg_accounts') }} as accounts
    cross join as_of
    left join billing on accounts.account_id = billing.account_id
    left join overdue on accounts.account_id = overdue.account_id
    left join tickets on accounts.account_id = tickets.account_id
    left join trading on accounts.trader_id = trading.trader_id
),

scored as (
    select
        *,
        100
        - case when is_subscribed then 0 else 40 end
        - case when overdue_amount > 0 then 20 else 0 end
        - case when pressing_tickets > 2 then 30 else 10 * pressing_tickets end
        - case when trade_count = 0 then 20 else 0 end as health_score
    from facts
)

select
    *,
    case
        when health_score >= 80 then 'healthy'
        when health_score >= 50 then 'at risk'
        else 'critical'
    end as health
from scored
