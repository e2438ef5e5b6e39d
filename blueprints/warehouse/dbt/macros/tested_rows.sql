{# Which rows a test looks at: dbt's own macro, with one thing more. In `where`, [source.table] stands for the time up to
   which the rows of that table were there, and tested, at the latest build. Where nobody gives these times, as in a build
   of everything, a test that names one looks at all rows. #}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') or '' -%}
    {%- set tested = fromjson(env_var('DBT_TESTED_UNTIL', '{}')) if execute and '[' in where else {} -%}
    {%- set known = namespace(where=where) -%}
    {%- for table, until in tested.items() -%}
        {%- set moment = "cast('" ~ until ~ "' as " ~ instant() ~ ")" -%}
        {%- set known.where = known.where | replace('[' ~ table ~ ']', moment) -%}
    {%- endfor -%}
    {%- if known.where and '[' not in known.where -%}
        (select * from {{ relation }} where {{ known.where }}) as tested_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
