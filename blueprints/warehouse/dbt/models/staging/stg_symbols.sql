select
    symbol,
    asset_class,
    base,
    quote,
    is_listed
from {{ source('exchange_api', 'symbols') }}
