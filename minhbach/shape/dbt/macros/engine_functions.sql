{#- Everything that not every engine says in the same way. Models hold no function that DuckDB alone has: they call these. -#}

{% macro rate_percent(part, whole) %}
  {{- return(adapter.dispatch('rate_percent', 'minhbach')(part, whole)) -}}
{% endmacro %}

{#- A share in percent, two decimals, half up, by whole numbers so that no half is lost; null where there is no whole. -#}
{% macro default__rate_percent(part, whole) -%}
  cast(
    case
      when {{ whole }} > 0 then cast(floor((20000 * {{ part }} + {{ whole }}) / (2 * {{ whole }})) as decimal(9, 2)) / 100
    end as decimal(5, 2)
  )
{%- endmacro %}

{#- DuckDB divides whole numbers into a double; `//` stays whole. -#}
{% macro duckdb__rate_percent(part, whole) -%}
  cast(
    case
      when {{ whole }} > 0 then cast((20000 * {{ part }} + {{ whole }}) // (2 * {{ whole }}) as decimal(9, 2)) / 100
    end as decimal(5, 2)
  )
{%- endmacro %}

{#- What a model that is kept from period to period held before this run, or a typed nothing; no ref(), because what asks
    for it is upstream of that model. The model lives in the target's own database and schema. -#}
{% macro kept_before(model, columns) %}
  {%- set relation = adapter.get_relation(target.database, target.schema, model) if execute -%}
  {%- if relation -%}
    select {{ columns | join(', ') }} from {{ relation }}
  {%- else -%}
    select {% for name, kind in columns.items() %}cast(null as {{ kind }}) as {{ name }}{{ ', ' if not loop.last }}{% endfor %} where false
  {%- endif -%}
{% endmacro %}
