{{ config(materialized='ephemeral') }}
-- Grain: one row per department.
select
  code as department,
  en as department_name
from {{ source('minhbach', 'code_department') }}
