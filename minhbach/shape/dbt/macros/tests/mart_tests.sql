{#- Tests that the build derives from a dataset's declaration. A test names no value: what fails is counted. -#}

{% test unique_grain(model, columns) %}
  select count(*) as so_dong
  from {{ model }}
  group by {{ columns | join(', ') }}
  having count(*) > 1
{% endtest %}

{% test identity(model, holds) %}
  select 1 as sai
  from {{ model }}
  where not ({{ holds }})
{% endtest %}

{#- A measure of a period equals another measure of the period before it, row by row, whichever of the two rows exists. -#}
{% test carried(model, period, keys, measure, was) %}
  with

  periods as (
    select
      {{ period }} as this_period,
      lag({{ period }}) over (order by {{ period }}) as last_period
    from (select distinct {{ period }} from {{ model }}) as named
  ),

  now_rows as (
    select
      {{ period }} as this_period,
      {% for key in keys %}{{ key }}, {% endfor -%}
      {{ measure }} as measured,
      0 as expected
    from {{ model }}
    where {{ period }} in (select this_period from periods where last_period is not null)
  ),

  then_rows as (
    select
      periods.this_period,
      {% for key in keys %}earlier.{{ key }}, {% endfor -%}
      0 as measured,
      earlier.{{ was }} as expected
    from {{ model }} as earlier
    inner join periods on earlier.{{ period }} = periods.last_period
  )

  select 1 as sai
  from (
    select * from now_rows
    union all
    select * from then_rows
  ) as both_rows
  group by this_period{% for key in keys %}, {{ key }}{% endfor %}
  having sum(measured) <> sum(expected)
{% endtest %}

{#- Total rows of a dimension are the sums of its other rows, in every measure. -#}
{% test totals(model, dimension, code, keys, measures) %}
  select 1 as sai
  from {{ model }}
  group by {{ keys | join(', ') }}
  having
    {% for measure in measures -%}
      sum(case when {{ dimension }} = '{{ code }}' then {{ measure }} else 0 end)
      <> sum(case when {{ dimension }} = '{{ code }}' then 0 else {{ measure }} end)
      {%- if not loop.last %} or {% endif %}
    {% endfor %}
{% endtest %}

{#- The rows of a dataset add up to the rows of another one, under the column that takes the summed dimension's place. -#}
{% test sums_to(model, to, keys, measures, leave_out) %}
  select 1 as sai
  from (
    select
      {% for key in keys %}{{ key }}, {% endfor -%}
      {% for mine, theirs in measures.items() %}{{ mine }} as mine_{{ loop.index }}, 0 as theirs_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ model }}
    union all
    select
      {% for key in keys %}{{ key }}, {% endfor -%}
      {% for mine, theirs in measures.items() %}0 as mine_{{ loop.index }}, {{ theirs }} as theirs_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ to }}
    where true {% for column, code in leave_out.items() %}and {{ column }} <> '{{ code }}' {% endfor %}
  ) as both_sides
  group by {{ keys | join(', ') }}
  having {% for mine in measures %}sum(mine_{{ loop.index }}) <> sum(theirs_{{ loop.index }}){{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
