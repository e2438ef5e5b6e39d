{# Of an incremental model, before it looks for days that it has not: takes away those whose trades are others than those
   that they were made of. A trade that changes arrives anew, later than all before it, and one that was cancelled or has
   moved to another day is missing: number and latest arrival tell. `origin` and `made` have traded_on and ingested_at, the
   expressions count a day's trades in them. #}
{% macro remove_changed_days(origin, count_in_origin, made, count_in_made) -%}
    delete from {{ made }}
    where traded_on not in (
        select made.traded_on
        from (
            select traded_on, {{ count_in_made }} as trade_count, max(ingested_at) as ingested_at
            from {{ made }}
            group by traded_on
        ) as made
        inner join (
            select traded_on, {{ count_in_origin }} as trade_count, max(ingested_at) as ingested_at
            from {{ origin }}
            group by traded_on
        ) as origin
            on made.traded_on = origin.traded_on
            and made.trade_count = origin.trade_count
            and made.ingested_at = origin.ingested_at
    )
{%- endmacro %}
