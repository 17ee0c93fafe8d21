-- Grain: one row per calendar quarter and department; the row over all departments carries the code TOTAL. A request is counted in the
-- quarter in which it was opened, as it stood when that quarter ended; the two rates differ in what they count as on time, and over what.
with

period as (select * from {{ ref('stg_reference__period') }}),

departments as (select * from {{ ref('stg_reference__department') }}),

opened_in_quarter as (
  select
    period.quarter,
    requests.department,
    requests.due_at is not null as has_due_date,
    requests.closed_at <= period.ends_at as is_closed,
    requests.closed_at <= period.ends_at and requests.closed_at <= requests.due_at as is_on_time,
    coalesce(requests.closed_at > period.ends_at, true) and requests.due_at >= period.ends_at as is_open_within_limit
  from {{ ref('stg_boston_311__requests') }} as requests
  inner join period on cast(requests.opened_at as date) between period.first_day and period.last_day
),

counted as (
  select
    quarter,
    case when grouping(department) = 1 then 'TOTAL' else department end as department,
    count(*) as opened,
    sum(case when has_due_date then 0 else 1 end) as without_due_date,
    sum(case when has_due_date then 1 else 0 end) as with_due_date,
    sum(case when is_closed then 1 else 0 end) as closed,
    sum(case when is_closed and has_due_date then 1 else 0 end) as closed_with_due_date,
    sum(case when is_on_time then 1 else 0 end) as on_time,
    sum(case when is_open_within_limit then 1 else 0 end) as open_within_limit,
    sum(case when is_on_time or is_open_within_limit then 1 else 0 end) as on_time_official
  from opened_in_quarter
  group by grouping sets ((quarter, department), (quarter))
)

select
  counted.quarter,
  counted.department,
  departments.department_name,
  cast(counted.opened as integer) as opened,
  cast(counted.without_due_date as integer) as without_due_date,
  cast(counted.with_due_date as integer) as with_due_date,
  cast(counted.closed as integer) as closed,
  cast(counted.closed_with_due_date as integer) as closed_with_due_date,
  cast(counted.on_time as integer) as on_time,
  cast(counted.open_within_limit as integer) as open_within_limit,
  cast(counted.on_time_official as integer) as on_time_official,
  {{ minhbach.rate_percent('counted.on_time_official', 'counted.with_due_date') }} as official_rate,
  {{ minhbach.rate_percent('counted.on_time', 'counted.closed_with_due_date') }} as strict_rate,
  -- The source names no requester: every request counts as a person of its own.
  cast(counted.opened as integer) as requesters_at_most
from counted
left join departments on counted.department = departments.department
