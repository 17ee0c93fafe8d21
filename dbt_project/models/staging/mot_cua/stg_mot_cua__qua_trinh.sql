{{ config(materialized='ephemeral') }}
-- Grain: one row per processing event; an event that came with several extracts stands once.
select distinct
  dossier_key,
  thoi_diem_xu_ly,
  trang_thai
from {{ source('mot_cua_quang_ninh', 'qua_trinh') }}
where thoi_diem_xu_ly is not null
