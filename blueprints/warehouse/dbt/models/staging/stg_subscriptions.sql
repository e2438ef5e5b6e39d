select
    subscription_id,
    account_id,
    plan,
    lower(status) as status,
    monthly_amount,
    started_on,
    cancelled_on
from {{ source('billing', 'subscriptions') }}
