{{ config(materialized='ephemeral') }}
-- Grain: one row, the quarter that is being built.
select
  ky_bao_cao as quarter,
  tu_ngay as first_day,
  den_ngay as last_day,
  cuoi_ky as ends_at
from {{ source('minhbach', 'ky') }}
