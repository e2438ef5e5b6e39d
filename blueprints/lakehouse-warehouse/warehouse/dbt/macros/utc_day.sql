{# The day of an instant, in UTC whatever the session's zone. #}
{% macro utc_day(instant) -%}
    cast({{ instant }} at time zone 'UTC' as date)
{%- endmacro %}
