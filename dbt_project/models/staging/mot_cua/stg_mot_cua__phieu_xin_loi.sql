{{ config(materialized='ephemeral') }}
-- Grain: one row per form 04 (apology and new date), as its newest version says.
with

xep as (
  select
    *,
    row_number() over (
      partition by phieu_key
      order by ngay_cap_nhat desc, _extract_id desc, _row_no desc
    ) as thu_tu
  from {{ source('mot_cua_quang_ninh', 'phieu_xin_loi') }}
)

select
  phieu_key,
  dossier_key,
  ngay_lap as lap_luc,
  ngay_hen_tra_truoc as hen_truoc,
  ngay_hen_tra_moi as hen_moi
from xep
where thu_tu = 1
