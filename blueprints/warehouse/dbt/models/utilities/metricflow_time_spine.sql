-- Every day from 2020 to 2035, which the semantic layer joins to.
with digits as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ ' union all ' if not loop.last }}
    {%- endfor %}
),

numbers as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
)

select {{ days_after("cast('2020-01-01' as date)", 'number') }} as date_day
from numbers
where number < 5844
