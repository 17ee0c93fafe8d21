{{ config(materialized='ephemeral') }}
-- Grain: one row per supplement request, as its newest version says.
with

xep as (
  select
    *,
    row_number() over (
      partition by bo_sung_key
      order by ngay_cap_nhat desc, _extract_id desc, _row_no desc
    ) as thu_tu
  from {{ source('mot_cua_quang_ninh', 'bo_sung') }}
)

select
  bo_sung_key,
  dossier_key,
  ngay_bo_sung as yeu_cau_luc,
  ngay_tiep_nhan_bo_sung as hoan_thanh_luc,
  ngay_hen_tra_truoc as hen_truoc,
  ngay_hen_tra_moi as hen_moi
from xep
where thu_tu = 1
