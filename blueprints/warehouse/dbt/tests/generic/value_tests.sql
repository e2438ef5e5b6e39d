{% test positive(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} is null or {{ column_name }} <= 0
{% endtest %}

{% test unique_together(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# No value comes twice. `unique` would not see a row that has arrived beside an older one: `whole` has both. #}
{% test identifies(model, column_name, whole) %}
select {{ column_name }}
from {{ whole }}
{% if model | string != whole | string %}
where {{ column_name }} in (select {{ column_name }} from {{ model }})
{% endif %}
group by {{ column_name }}
having count(*) > 1
{% endtest %}

{# The column's sum is the number of rows of the other model. #}
{% test adds_up(model, column, to) %}
select *
from (
    select
        (select coalesce(sum({{ column }}), 0) from {{ model }}) as summed,
        (select count(*) from {{ to }}) as counted
) as totals
where summed <> counted
{% endtest %}
