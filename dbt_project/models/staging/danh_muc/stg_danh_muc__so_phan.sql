{{ config(materialized='ephemeral') }}
-- Grain: one row per defect and declared fate.
select
  ma_loi,
  so_phan
from {{ source('minhbach', 'so_phan') }}
where ma_loi <> '' and so_phan <> 'quarantine'
