{# Of an incremental model: only rows that arrived after those that it has. Arrival, not the time of the event: a row
   that is late, or was revised, has arrived anew. #}
{% macro arrived_since(relation) -%}
    ingested_at > (select coalesce(max(ingested_at), cast('1970-01-01 00:00:00+00' as {{ instant() }})) from {{ relation }})
{%- endmacro %}

{# Before new rows come: takes away trades whose latest version is void. #}
{% macro remove_void_trades(relation) -%}
    delete from {{ relation }}
    where trade_id in (
        select trade_id from {{ ref('stg_trades') }}
        where not is_valid and {{ arrived_since(relation) }}
    )
{%- endmacro %}
