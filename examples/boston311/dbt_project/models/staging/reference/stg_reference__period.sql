{{ config(materialized='ephemeral') }}
-- Grain: one row, the quarter that is being built. `quarter` is a keyword, and the plainest name of the published column.
select
  ky_bao_cao as quarter, -- noqa: RF04
  tu_ngay as first_day,
  den_ngay as last_day,
  cuoi_ky as ends_at
from {{ source('minhbach', 'ky') }}
