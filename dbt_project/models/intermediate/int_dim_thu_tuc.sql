-- Grain: one row per procedure code and start of validity, with its limit in working days (in days where it is counted in days).
with

he_thong as (select * from {{ ref('stg_mot_cua__thu_tuc') }}),

danh_muc as (select * from {{ ref('stg_danh_muc__thu_tuc') }}),

gop as (
  select
    ma_tthc,
    ma_linh_vuc,
    thoi_han,
    don_vi_tinh,
    la_trong_ngay,
    hieu_luc_tu,
    hieu_luc_den
  from he_thong
  union all
  select
    danh_muc.ma_tthc,
    danh_muc.ma_linh_vuc,
    danh_muc.thoi_han,
    danh_muc.don_vi_tinh,
    danh_muc.la_trong_ngay,
    danh_muc.hieu_luc_tu,
    danh_muc.hieu_luc_den
  from danh_muc
  left join he_thong on danh_muc.ma_tthc = he_thong.ma_tthc
  where he_thong.ma_tthc is null and not danh_muc.la_dong_tong
)

select
  ma_tthc,
  ma_linh_vuc,
  la_trong_ngay,
  don_vi_tinh = 'Ngày' as la_ngay_lich,
  -- Eight office hours are a day, and no limit is shorter than one.
  case
    when don_vi_tinh = 'Giờ' then cast(greatest(ceil(thoi_han / 8.0), 1) as integer)
    else cast(greatest(thoi_han, 1) as integer)
  end as so_ngay,
  hieu_luc_tu,
  hieu_luc_den
from gop
