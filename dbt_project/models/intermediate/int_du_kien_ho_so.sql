-- Grain: one row per received dossier: everything that the book of the period needs to know about it, with its defects.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

ho_so as (select * from {{ ref('int_ho_so') }}),

han_tra as (select * from {{ ref('int_han_tra') }}),

ket_thuc as (select * from {{ ref('int_ket_thuc') }}),

bo_sung as (select * from {{ ref('int_bo_sung') }}),

doi_hen as (select * from {{ ref('int_doi_hen') }}),

co_quan as (select * from {{ ref('int_co_quan_cua_ho_so') }}),

dim_co_quan as (
  select
    ma_dinh_danh,
    max(cap) as cap
  from {{ ref('int_dim_co_quan') }}
  group by ma_dinh_danh
),

linh_vuc as (select * from {{ ref('stg_danh_muc__linh_vuc') }} where not la_dong_tong),

thu_tuc as (
  select
    ma_tthc,
    max(hang_rieng) as hang_rieng
  from {{ ref('stg_danh_muc__thu_tuc') }}
  where not la_dong_tong
  group by ma_tthc
),

gop as (
  select
    ho_so.nguon,
    ho_so.dossier_key,
    ho_so.ngay_tiep_nhan,
    ho_so.kenh_thuc_hien,
    ket_thuc.trang_thai,
    ho_so.ma_tthc,
    ho_so.ma_linh_vuc,
    co_quan.ma_dinh_danh,
    co_quan.cap_khi_tiep_nhan,
    dim_co_quan.cap,
    han_tra.ngay_han,
    han_tra.ngay_han_dau,
    ket_thuc.ket_thuc,
    ket_thuc.ket_thuc_trong_ky,
    ket_thuc.ket_thuc_chinh_thuc,
    ket_thuc.la_tre_vi_nhieu_bo_sung,
    ky.den_ngay,
    case when not ho_so.la_dinh_danh_gia then ho_so.chu_ho_so end as chu_ho_so,
    coalesce(bo_sung.so_giay_tam_dung, 0) as so_giay_tam_dung,
    coalesce(bo_sung.so_xin_loi, 0) > 0 as co_xin_loi,
    -- The roll-up was declared before the data were seen: a field or a procedure has a row of its own at the levels it lists.
    case
      when linh_vuc.hang_rieng like '% ' || dim_co_quan.cap || ' %' then ho_so.ma_linh_vuc
      else 'KHAC'
    end as hang_linh_vuc,
    coalesce(
      thu_tuc.hang_rieng like '% ' || dim_co_quan.cap || ' %'
      and han_tra.la_thu_tuc_con_hieu_luc
      and han_tra.ma_linh_vuc_thu_tuc = ho_so.ma_linh_vuc
      and linh_vuc.hang_rieng like '% ' || dim_co_quan.cap || ' %',
      false
    ) as la_hang_thu_tuc_rieng,
    ho_so.la_ds01,
    ho_so.la_ds03 or coalesce(ket_thuc.la_ket_thuc_tuong_lai, false) as la_ds03,
    doi_hen.dossier_key is not null as la_ds04,
    ho_so.la_ds05,
    ket_thuc.la_ds06a,
    ket_thuc.la_ds06b,
    co_quan.la_ds07,
    co_quan.la_ten_cu,
    ho_so.ma_tthc is null or not han_tra.la_thu_tuc_con_hieu_luc as la_ds08,
    co_quan.la_ds09,
    ho_so.ma_linh_vuc = 'CHUNG_THUC' as la_ds11,
    han_tra.la_ds12,
    ho_so.la_ds13,
    ho_so.la_ds14
  from ho_so
  cross join ky
  inner join han_tra on ho_so.dossier_key = han_tra.dossier_key
  inner join ket_thuc on ho_so.dossier_key = ket_thuc.dossier_key
  inner join co_quan on ho_so.dossier_key = co_quan.dossier_key
  left join dim_co_quan on co_quan.ma_dinh_danh = dim_co_quan.ma_dinh_danh
  left join bo_sung on ho_so.dossier_key = bo_sung.dossier_key
  left join doi_hen on ho_so.dossier_key = doi_hen.dossier_key
  left join linh_vuc on ho_so.ma_linh_vuc = linh_vuc.ma_linh_vuc
  left join thu_tuc on ho_so.ma_tthc = thu_tuc.ma_tthc
)

select
  gop.*,
  case when gop.la_hang_thu_tuc_rieng then gop.ma_tthc else gop.hang_linh_vuc || '.KHAC' end as hang_thu_tuc
from gop
