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
