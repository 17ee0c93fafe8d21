-- Grain: one row per period, supplier and defect: how many dossiers met it for the first time, and what became of them.
select
  loi.ky_bao_cao,
  loi.nguon,
  loi.ma_loi,
  loi.so_phan,
  cast(count(*) as integer) as so_luong
from {{ ref('int_loi_ho_so') }} as loi
inner join {{ ref('stg_danh_muc__ky') }} as ky on loi.ky_bao_cao = ky.ky_bao_cao
group by loi.ky_bao_cao, loi.nguon, loi.ma_loi, loi.so_phan
