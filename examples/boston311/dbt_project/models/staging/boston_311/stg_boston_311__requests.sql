{{ config(materialized='ephemeral') }}
-- Grain: one row per request, as the newest extract that holds it says.
with

ranked as (
  select
    *,
    row_number() over (
      partition by request_key
      order by _extract_id desc, _row_no desc
    ) as newest_first
  from {{ source('boston_311', 'requests') }}
)

select
  request_key,
  department,
  opened_at,
  due_at,
  closed_at
from ranked
where newest_first = 1
