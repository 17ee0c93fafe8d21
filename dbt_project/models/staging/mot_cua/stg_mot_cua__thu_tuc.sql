{{ config(materialized='ephemeral') }}
-- Grain: one row per procedure code and start of validity, as the newest version in the system says.
with

xep as (
  select
    *,
    row_number() over (
      partition by ma_tthc, hieu_luc_tu
      order by ngay_cap_nhat desc, _extract_id desc, _row_no desc
    ) as thu_tu
  from {{ source('mot_cua_quang_ninh', 'thu_tuc') }}
)

select
  ma_tthc,
  ma_linh_vuc,
  thoi_gian_giai_quyet as thoi_han,
  don_vi_tinh,
  trong_ngay as la_trong_ngay,
  hieu_luc_tu,
  hieu_luc_den
from xep
where thu_tu = 1
