-- Bronze to silver in Athena's SQL: every event validated, each trade once, the version that arrived last.
with arrivals as (
    select
        raw_payload,
        ingested_at,
        sha256(to_utf8(raw_payload)) as payload_hash,
        try(json_parse(raw_payload)) as payload
    from {{ source('bronze', 'trades') }}
),

fields as (
    select
        *,
        coalesce(regexp_like(json_format(payload), '^\{'), false) as is_object,
        nullif(json_extract_scalar(payload, '$.trade_id'), '') as trade_id,
        nullif(json_extract_scalar(payload, '$.symbol'), '') as symbol,
        nullif(json_extract_scalar(payload, '$.price'), '') as price,
        nullif(json_extract_scalar(payload, '$.quantity'), '') as quantity,
        nullif(json_extract_scalar(payload, '$.timestamp'), '') as traded_at
    from arrivals
),

judged as (
    select
        *,
        case
            when regexp_like(traded_at, '^\d{4}-\d\d-\d\d[Tt ]')
                then try(from_iso8601_timestamp(replace(traded_at, ' ', 'T')))
            when regexp_like(traded_at, '^-?\d{1,15}$')
                and not regexp_like(json_format(json_extract(payload, '$.timestamp')), '^"')
                then try(from_unixtime(cast(traded_at as double) / 1000))
        end as moment,
        {% for amount in ['price', 'quantity'] -%}
        coalesce(regexp_like({{ amount }}, '^[+-]?(\d+(\.\d*)?|\.\d+)$'), false) as {{ amount }}_is_decimal,
        length(regexp_extract(regexp_replace({{ amount }}, '0+$', ''), '\.(\d+)$', 1)) > 8 as {{ amount }}_is_too_fine,
        length(regexp_extract({{ amount }}, '^[+-]?0*(\d*)', 1)) > 10 as {{ amount }}_is_too_large{{ '' if loop.last else ',' }}
        {% endfor %}
    from fields
),

conformed as (
    select
        ingested_at,
        payload_hash,
        if(is_object, trade_id) as trade_id,
        if(is_object, symbol) as symbol,
        {% for amount in ['price', 'quantity'] -%}
        if(
            is_object and {{ amount }}_is_decimal and not coalesce({{ amount }}_is_too_fine, false) and not {{ amount }}_is_too_large,
            cast({{ amount }} as decimal(18, 8))
        ) as {{ amount }},
        {% endfor -%}
        if(is_object, moment) as traded_at,
        if(
            not is_object,
            array['malformed'],
            filter(
                array[
                    if(trade_id is null, 'missing:trade_id'),
                    if(symbol is null, 'missing:symbol'),
                    if(price is null, 'missing:price'),
                    if(quantity is null, 'missing:quantity'),
                    if(traded_at is null, 'missing:timestamp'),
                    if(price is not null and not price_is_decimal, 'not_decimal:price'),
                    if(quantity is not null and not quantity_is_decimal, 'not_decimal:quantity'),
                    if(price_is_decimal and price_is_too_fine, 'scale:price'),
                    if(quantity_is_decimal and quantity_is_too_fine, 'scale:quantity'),
                    if(price_is_decimal and price_is_too_large, 'overflow:price'),
                    if(quantity_is_decimal and quantity_is_too_large, 'overflow:quantity'),
                    if(price_is_decimal and not regexp_like(price, '^\+?[0.]*[1-9]'), 'not_positive:price'),
                    if(quantity_is_decimal and not regexp_like(quantity, '^\+?[0.]*[1-9]'), 'not_positive:quantity'),
                    if(traded_at is not null and moment is null, 'bad_timestamp')
                ],
                code -> code is not null
            )
        ) as validation_errors
    from judged
),

latest as (
    select
        *,
        row_number() over (partition by trade_id order by ingested_at desc, payload_hash desc) as recency
    from conformed
)

select
    trade_id,
    symbol,
    price,
    quantity,
    cast(traded_at as timestamp(6) with time zone) as traded_at,
    cardinality(validation_errors) = 0 as is_valid,
    validation_errors
from latest
where trade_id is null or recency = 1
