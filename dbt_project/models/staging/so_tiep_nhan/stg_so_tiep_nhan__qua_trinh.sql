{{ config(materialized='ephemeral') }}
-- Grain: one row per processing event; an event that came with several extracts stands once.
with

gop as (
  select
    dossier_key,
    thoi_diem_xu_ly,
    trang_thai
  from {{ source('dac_khu_van_don', 'qua_trinh') }}
  union all
  select
    dossier_key,
    thoi_diem_xu_ly,
    trang_thai
  from {{ source('dac_khu_co_to', 'qua_trinh') }}
)

select distinct
  dossier_key,
  thoi_diem_xu_ly,
  trang_thai
from gop
where thoi_diem_xu_ly is not null
