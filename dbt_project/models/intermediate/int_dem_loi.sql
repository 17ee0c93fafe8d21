{{ config(
  materialized='incremental',
  incremental_strategy='delete+insert',
  unique_key='ky_bao_cao',
  on_schema_change='fail',
) }}
-- Grain: one row per period, supplier and defect: how many dossiers met it, and what became of them.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

so_ho_so as (
  select so_ho_so.*
  from {{ ref('int_so_ho_so') }} as so_ho_so
  inner join ky on so_ho_so.ky_bao_cao = ky.ky_bao_cao
),

trong_so as (
  {% for loi, so_phan, cot in [
    ('DS01', 'flag', 'la_ds01'),
    ('DS03', 'flag', 'la_ds03'),
    ('DS04', 'flag', 'la_ds04'),
    ('DS05', 'flag', 'la_ds05'),
    ('DS06a', 'correct', 'la_ds06a'),
    ('DS06b', 'flag', 'la_ds06b'),
    ('DS07', 'flag', 'la_ds07'),
    ('DS08', 'flag', 'la_ds08'),
    ('DS09', 'correct', 'la_ds09'),
    ('DS11', 'flag', 'la_ds11'),
    ('DS12', 'flag', 'la_ds12'),
    ('DS13', 'flag', 'la_ds13'),
    ('DS14', 'flag', 'la_ds14'),
  ] %}
    select
      nguon,
      '{{ loi }}' as ma_loi,
      '{{ so_phan }}' as so_phan,
      sum(case when {{ cot }} then 1 else 0 end) as so_luong
    from so_ho_so
    group by nguon
    {{ 'union all' if not loop.last }}
  {% endfor %}
)

select
  ky.ky_bao_cao,
  trong_so.nguon,
  trong_so.ma_loi,
  trong_so.so_phan,
  cast(trong_so.so_luong as integer) as so_luong
from trong_so
cross join ky
where trong_so.so_luong > 0
