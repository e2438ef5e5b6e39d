{# The day that is so many days after another; under a name of its own, which what lints the models can be told. #}
{% macro days_after(start, days) -%}
    cast({{ dbt.dateadd('day', days, start) }} as date)
{%- endmacro %}
