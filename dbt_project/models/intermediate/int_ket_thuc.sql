-- Grain: one row per received dossier: its actual end (E) and the end of the official on-time rule, both up to the cut-off.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

ho_so as (select * from {{ ref('int_ho_so') }}),

su_kien as (select * from {{ ref('int_su_kien') }}),

thuc_te as (
  select
    ho_so.dossier_key,
    -- A status that went back does not undo an end that still stands in the record (DS06b).
    case
      when ho_so.trang_thai in (3, 7, 8, 9, 10) or ho_so.ngay_ket_thuc_xu_ly is null then ho_so.trang_thai
      when ho_so.trang_thai_cuoi is not null then ho_so.trang_thai_cuoi
      when su_kien.su_kien_9 is not null or su_kien.su_kien_10 is not null then 9
    end as trang_thai,
    case
      when ho_so.ngay_ket_thuc_xu_ly is not null then ho_so.ngay_ket_thuc_xu_ly
      when ho_so.trang_thai in (9, 10) then coalesce(su_kien.su_kien_9, su_kien.su_kien_10)
      when ho_so.trang_thai = 3 then coalesce(ho_so.ngay_tu_choi, su_kien.su_kien_3)
      when ho_so.trang_thai in (7, 8) then coalesce(su_kien.su_kien_8, su_kien.su_kien_7)
    end as ket_thuc,
    ho_so.trang_thai in (9, 10) and ho_so.ngay_ket_thuc_xu_ly is null as la_ds06a,
    coalesce(su_kien.la_lui_theo_su_kien, false) or ho_so.la_lui_giua_cac_lan as la_ds06b,
    su_kien.su_kien_3,
    su_kien.su_kien_5,
    su_kien.su_kien_8,
    su_kien.su_kien_9,
    su_kien.su_kien_10,
    coalesce(su_kien.so_su_kien_5, 0) as so_su_kien_5
  from ho_so
  left join su_kien on ho_so.dossier_key = su_kien.dossier_key
),

den_ngay_chot as (
  select
    thuc_te.*,
    case when cast(thuc_te.ket_thuc as date) <= ky.den_ngay then thuc_te.ket_thuc end as ket_thuc_trong_ky,
    coalesce(
      case when cast(thuc_te.su_kien_9 as date) <= ky.den_ngay then thuc_te.su_kien_9 end,
      case when cast(thuc_te.su_kien_10 as date) <= ky.den_ngay then thuc_te.su_kien_10 end,
      case when cast(thuc_te.su_kien_8 as date) <= ky.den_ngay then thuc_te.su_kien_8 end,
      case when cast(thuc_te.su_kien_3 as date) <= ky.den_ngay then thuc_te.su_kien_3 end,
      case when cast(thuc_te.ket_thuc as date) <= ky.den_ngay then thuc_te.ket_thuc end
    ) as ket_thuc_theo_su_kien,
    ky.cuoi_ky,
    ky.chot_luc
  from thuc_te
  cross join ky
)

select
  dossier_key,
  trang_thai,
  ket_thuc,
  ket_thuc_trong_ky,
  case
    when ket_thuc_theo_su_kien is not null then ket_thuc_theo_su_kien
    when so_su_kien_5 = 1 then su_kien_5
    when so_su_kien_5 = 0 then cuoi_ky
  end as ket_thuc_chinh_thuc,
  ket_thuc_theo_su_kien is null and so_su_kien_5 > 1 as la_tre_vi_nhieu_bo_sung,
  la_ds06a,
  la_ds06b,
  ket_thuc > chot_luc as la_ket_thuc_tuong_lai
from den_ngay_chot
