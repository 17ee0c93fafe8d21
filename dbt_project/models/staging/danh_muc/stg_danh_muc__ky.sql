{{ config(materialized='ephemeral') }}
-- Grain: one row, the period that is being built.
select
  ky_bao_cao,
  ky_truoc,
  tu_ngay,
  den_ngay,
  cuoi_ky,
  chot_luc,
  chot_luc_truoc,
  ky_dau_tu_ngay,
  la_ky_dau,
  quy_lich,
  quy_lich_tu_ngay,
  quy_lich_den_ngay,
  co_quan_goc
from {{ source('minhbach', 'ky') }}
