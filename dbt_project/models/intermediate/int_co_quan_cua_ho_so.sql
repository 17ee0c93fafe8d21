-- Grain: one row per received dossier: the agency that is competent for it, and how that is known. The name of the unit decides as it
-- was on the day of receipt; the name of an abolished unit stands for its successor; else the receiving unit in the dossier code does.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

ho_so as (
  select
    dossier_key,
    don_vi_khoa,
    ma_don_vi_tiep_nhan,
    cast(ngay_tiep_nhan as date) as ngay_nhan
  from {{ ref('int_ho_so') }}
),

dim as (select * from {{ ref('int_dim_co_quan') }}),

-- Every way in which a dossier can name a unit, with the better one first.
ten_goi as (
  select
    'ten' as cach,
    don_vi_khoa as khoa,
    ma_dinh_danh,
    cap,
    ma_ke_thua,
    hieu_luc_tu,
    hieu_luc_den
  from dim
  where don_vi_khoa is not null
  union all
  select
    'ma' as cach,
    ma_dinh_danh as khoa,
    ma_dinh_danh,
    cap,
    ma_ke_thua,
    hieu_luc_tu,
    hieu_luc_den
  from dim
  union all
  select
    'ma' as cach,
    ma_cu as khoa,
    ma_dinh_danh,
    cap,
    ma_ke_thua,
    hieu_luc_tu,
    hieu_luc_den
  from dim
  where ma_cu is not null
),

can_tra as (
  select
    'ten' as cach,
    don_vi_khoa as khoa,
    ngay_nhan
  from ho_so
  where don_vi_khoa is not null
  union
  select
    'ma' as cach,
    ma_don_vi_tiep_nhan as khoa,
    ngay_nhan
  from ho_so
),

xep as (
  select
    can_tra.cach,
    can_tra.khoa,
    can_tra.ngay_nhan,
    ten_goi.cap,
    ten_goi.ma_dinh_danh,
    ten_goi.ma_ke_thua,
    ten_goi.hieu_luc_den is null or can_tra.ngay_nhan <= ten_goi.hieu_luc_den as la_con_hieu_luc,
    row_number() over (
      partition by can_tra.cach, can_tra.khoa, can_tra.ngay_nhan
      order by
        case
          when
            can_tra.ngay_nhan >= ten_goi.hieu_luc_tu
            and (ten_goi.hieu_luc_den is null or can_tra.ngay_nhan <= ten_goi.hieu_luc_den)
            then 0
          when ten_goi.hieu_luc_den is null then 1
          else 2
        end asc,
        ten_goi.hieu_luc_tu desc,
        ten_goi.ma_dinh_danh asc
    ) as thu_tu
  from can_tra
  inner join ten_goi on can_tra.cach = ten_goi.cach and can_tra.khoa = ten_goi.khoa
),

tra as (
  select
    cach,
    khoa,
    ngay_nhan,
    cap,
    la_con_hieu_luc,
    case when la_con_hieu_luc then ma_dinh_danh else ma_ke_thua end as ma_dinh_danh
  from xep
  where thu_tu = 1
)

select
  ho_so.dossier_key,
  coalesce(theo_ten.ma_dinh_danh, theo_ma.ma_dinh_danh, ky.co_quan_goc) as ma_dinh_danh,
  theo_ten.cap as cap_khi_tiep_nhan,
  theo_ten.ma_dinh_danh is null as la_ds07,
  coalesce(not theo_ten.la_con_hieu_luc, false) and theo_ten.cap = 'huyen' as la_ds09,
  coalesce(not theo_ten.la_con_hieu_luc, false) and theo_ten.cap <> 'huyen' as la_ten_cu
from ho_so
cross join ky
left join tra as theo_ten
  on
    theo_ten.cach = 'ten'
    and ho_so.don_vi_khoa = theo_ten.khoa
    and ho_so.ngay_nhan = theo_ten.ngay_nhan
left join tra as theo_ma
  on
    theo_ma.cach = 'ma'
    and ho_so.ma_don_vi_tiep_nhan = theo_ma.khoa
    and ho_so.ngay_nhan = theo_ma.ngay_nhan
