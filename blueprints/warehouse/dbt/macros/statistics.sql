{# After a table is made: its statistics, where the engine does not gather them with the rows. PostgreSQL does so some
   minutes later, and until then reads the whole table for what an index would find. #}
{% macro gather_statistics(relation) -%}
    {{ adapter.dispatch('gather_statistics', 'trading_warehouse')(relation) }}
{%- endmacro %}

{% macro default__gather_statistics(relation) -%}
{%- endmacro %}

{# A table that has grown since keeps those that it has: autovacuum sees to them. #}
{% macro postgres__gather_statistics(relation) -%}
    {%- set known -%}
        select 1 from pg_stats where schemaname = '{{ relation.schema }}' and tablename = '{{ relation.identifier }}' limit 1
    {%- endset -%}
    {%- if execute and run_query(known).rows | length == 0 -%}
        analyze {{ relation }}
    {%- endif -%}
{%- endmacro %}

{# Redshift's adapter would take PostgreSQL's for its own. #}
{% macro redshift__gather_statistics(relation) -%}
{%- endmacro %}
