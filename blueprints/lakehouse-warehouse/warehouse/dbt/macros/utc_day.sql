{# The day of an instant, in UTC whatever the session's zone. #}
{% macro utc_day(instant) -%}
    {{ adapter.dispatch('utc_day', 'trading_warehouse')(instant) }}
{%- endmacro %}

{% macro default__utc_day(instant) -%}
    cast({{ instant }} at time zone 'UTC' as date)
{%- endmacro %}

{% macro snowflake__utc_day(instant) -%}
    cast(convert_timezone('UTC', {{ instant }}) as date)
{%- endmacro %}

{% macro bigquery__utc_day(instant) -%}
    date({{ instant }}, 'UTC')
{%- endmacro %}

{% macro databricks__utc_day(instant) -%}
    cast(to_utc_timestamp({{ instant }}, current_timezone()) as date)
{%- endmacro %}
