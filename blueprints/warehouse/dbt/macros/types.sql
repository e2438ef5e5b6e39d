{# Types that engines call differently: an instant, and an exact number with many digits. #}
{% macro instant() -%}
    {{ 'timestamp' if target.type in ('bigquery', 'databricks') else 'timestamptz' }}
{%- endmacro %}

{% macro exact(precision, scale) -%}
    {{ 'bignumeric' if target.type == 'bigquery' else 'decimal' }}({{ precision }}, {{ scale }})
{%- endmacro %}
