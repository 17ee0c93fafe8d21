{{ config(materialized='ephemeral') }}
-- Grain: one row per field. `hang_rieng` lists the agency levels at which the field has a row of its own.
select
  code as ma_linh_vuc,
  vi as ten_linh_vuc,
  ' ' || hang_rieng || ' ' as hang_rieng,
  tong_hop = '1' as la_dong_tong
from {{ source('minhbach', 'code_linh_vuc') }}
