{# turnover / volume, half up to eight decimals; NULL where nothing was traded. #}
{% macro average_price(turnover, volume) -%}
    {{ adapter.dispatch('average_price', 'trading_warehouse')(turnover, volume) }}
{%- endmacro %}

{# PostgreSQL's division rounds to as many digits as it finds fit: integers keep the quotient exact. #}
{% macro postgres__average_price(turnover, volume) -%}
    cast(
        div({{ turnover }} * 200000000 + {{ volume }}, nullif({{ volume }}, 0) * 2) / 100000000 as decimal(18, 8)
    )
{%- endmacro %}

{# The others have no such function; their decimal division keeps eight decimals here. #}
{% macro default__average_price(turnover, volume) -%}
    cast(round({{ turnover }} / nullif({{ volume }}, 0), 8) as decimal(18, 8))
{%- endmacro %}

{# Redshift's adapter would take PostgreSQL's for its own. #}
{% macro redshift__average_price(turnover, volume) -%}
    {{ trading_warehouse.default__average_price(turnover, volume) }}
{%- endmacro %}
