{{ config(materialized='ephemeral') }}
-- Grain: one row per procedure code and start of validity, as declared in catalog/codes/thu_tuc.csv.
select
  code as ma_tthc,
  vi as ten_tthc,
  ma_linh_vuc,
  cast(nullif(thoi_han, '') as integer) as thoi_han,
  don_vi_tinh,
  trong_ngay = '1' as la_trong_ngay,
  ' ' || hang_rieng || ' ' as hang_rieng,
  cast(nullif(hieu_luc_tu, '') as date) as hieu_luc_tu,
  cast(nullif(hieu_luc_den, '') as date) as hieu_luc_den,
  tong_hop = '1' as la_dong_tong
from {{ source('minhbach', 'code_thu_tuc') }}
