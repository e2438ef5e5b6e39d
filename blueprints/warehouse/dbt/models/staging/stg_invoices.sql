select
    invoice_id,
    account_id,
    amount,
    due_on,
    paid_on
from {{ source('billing', 'invoices') }}
