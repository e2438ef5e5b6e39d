select
    ticket_id,
    account_id,
    lower(priority) as priority,
    {{ utc_day('opened_at') }} as opened_on,
    {{ utc_day('closed_at') }} as closed_on,
    closed_at is null as is_open
from {{ source('crm', 'support_tickets') }}
