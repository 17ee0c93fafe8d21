-- Grain: one row per agency code and start of validity, with the unit in force today that took its work over (itself if none did).
with

he_thong as (select * from {{ ref('stg_mot_cua__co_quan') }}),

danh_muc as (select * from {{ ref('stg_danh_muc__co_quan') }}),

gop as (
  select
    ma_dinh_danh,
    ma_cu,
    don_vi_khoa,
    cap,
    hieu_luc_tu,
    hieu_luc_den,
    thay_the_boi
  from he_thong
  union all
  select
    danh_muc.ma_dinh_danh,
    danh_muc.ma_cu,
    danh_muc.don_vi_khoa,
    danh_muc.cap,
    danh_muc.hieu_luc_tu,
    danh_muc.hieu_luc_den,
    danh_muc.thay_the_boi
  from danh_muc
  left join he_thong on danh_muc.ma_dinh_danh = he_thong.ma_dinh_danh
  where he_thong.ma_dinh_danh is null and not danh_muc.la_dong_tong
),

xep as (
  select
    *,
    row_number() over (
      partition by ma_dinh_danh
      order by hieu_luc_tu desc
    ) as tu_moi
  from gop
),

-- Where the work of a unit went: itself while it is in force, else its successor.
chuyen as (
  select
    ma_dinh_danh,
    case when hieu_luc_den is null then ma_dinh_danh else coalesce(thay_the_boi, ma_dinh_danh) end as ma_sau
  from xep
  where tu_moi = 1
)

select
  xep.ma_dinh_danh,
  xep.ma_cu,
  xep.don_vi_khoa,
  xep.cap,
  xep.hieu_luc_tu,
  xep.hieu_luc_den,
  coalesce(lan_4.ma_sau, lan_3.ma_sau, lan_2.ma_sau, lan_1.ma_sau, xep.ma_dinh_danh) as ma_ke_thua
from xep
left join chuyen as lan_1 on xep.ma_dinh_danh = lan_1.ma_dinh_danh
left join chuyen as lan_2 on lan_1.ma_sau = lan_2.ma_dinh_danh
left join chuyen as lan_3 on lan_2.ma_sau = lan_3.ma_dinh_danh
left join chuyen as lan_4 on lan_3.ma_sau = lan_4.ma_dinh_danh
