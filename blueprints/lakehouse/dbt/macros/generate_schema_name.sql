{#- The databases are those of the stack: the layer's name behind the prefix, nothing else. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ var('prefix') }}{{ custom_schema_name or 'silver' }}
{%- endmacro %}
