{{ config(materialized='ephemeral') }}
-- Grain: one row per day. `so_thu_tu` counts the working days up to and including the day, so that a due date is a join.
select
  ngay,
  la_ngay_lam_viec,
  so_thu_tu,
  quy_bao_cao,
  quy_lich
from {{ source('minhbach', 'lich') }}
