select
    account_id,
    name as account_name,
    segment,
    trader_id,
    {{ utc_day('created_at') }} as customer_since
from {{ source('crm', 'accounts') }}
