{{ config(materialized='ephemeral') }}
-- Grain: one row per agency code and start of validity, as declared in catalog/codes/co_quan.csv.
select
  code as ma_dinh_danh,
  vi as ten_co_quan,
  vi_khoa as don_vi_khoa,
  cap,
  nullif(ma_cu, '') as ma_cu,
  cast(nullif(hieu_luc_tu, '') as date) as hieu_luc_tu,
  cast(nullif(hieu_luc_den, '') as date) as hieu_luc_den,
  nullif(thay_the_boi, '') as thay_the_boi,
  tong_hop = '1' as la_dong_tong
from {{ source('minhbach', 'code_co_quan') }}
