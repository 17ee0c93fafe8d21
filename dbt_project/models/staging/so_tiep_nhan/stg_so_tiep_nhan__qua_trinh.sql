{{ config(materialized='ephemeral') }}
-- Grain: one row per landed processing event; an event that came with several extracts stands several times.
select
  dossier_key,
  thoi_diem_xu_ly,
  cast(trang_thai as integer) as trang_thai
from {{ source('dac_khu_van_don', 'qua_trinh') }}
union all
select
  dossier_key,
  thoi_diem_xu_ly,
  cast(trang_thai as integer) as trang_thai
from {{ source('dac_khu_co_to', 'qua_trinh') }}
