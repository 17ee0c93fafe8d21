{{ config(materialized='ephemeral') }}
-- Grain: one row per agency code and start of validity, as the newest version in the system says.
with

xep as (
  select
    *,
    row_number() over (
      partition by ma_don_vi, hieu_luc_tu
      order by ngay_cap_nhat desc, _extract_id desc, _row_no desc
    ) as thu_tu
  from {{ source('mot_cua_quang_ninh', 'co_quan') }}
)

select
  ma_don_vi as ma_dinh_danh,
  ma_cu,
  don_vi_khoa,
  cap,
  hieu_luc_tu,
  hieu_luc_den,
  thay_the_boi
from xep
where thu_tu = 1
