-- Grain: one row per received dossier: the due date that holds (D), the first one promised (D_first), and the one the procedure's
-- limit gives where none was told (DS01): the n-th working day after receipt, the day of receipt not counted; an answer on the same day
-- is due on the day of receipt when it came on a working day up to 15:00, else on the next working day (DS12).
with

ho_so as (select * from {{ ref('int_ho_so') }}),

bo_sung as (select * from {{ ref('int_bo_sung') }}),

lich as (select * from {{ ref('stg_danh_muc__lich') }}),

ngay_lam_viec as (select * from lich where la_ngay_lam_viec),

cap_ngay as (
  select distinct
    ma_tthc,
    cast(ngay_tiep_nhan as date) as ngay_nhan
  from ho_so
  where ma_tthc is not null
),

-- The version of the procedure in force on the day of receipt, else the newest one.
thu_tuc as (
  select
    cap_ngay.ma_tthc,
    cap_ngay.ngay_nhan,
    dim.ma_linh_vuc,
    dim.la_trong_ngay,
    dim.la_ngay_lich,
    dim.so_ngay,
    cap_ngay.ngay_nhan >= dim.hieu_luc_tu
    and (dim.hieu_luc_den is null or cap_ngay.ngay_nhan <= dim.hieu_luc_den) as la_con_hieu_luc,
    row_number() over (
      partition by cap_ngay.ma_tthc, cap_ngay.ngay_nhan
      order by
        case
          when
            cap_ngay.ngay_nhan >= dim.hieu_luc_tu
            and (dim.hieu_luc_den is null or cap_ngay.ngay_nhan <= dim.hieu_luc_den)
            then 0
          else 1
        end,
        dim.hieu_luc_tu desc
    ) as thu_tu
  from cap_ngay
  inner join {{ ref('int_dim_thu_tuc') }} as dim on cap_ngay.ma_tthc = dim.ma_tthc
),

nhan as (
  select
    ho_so.dossier_key,
    ho_so.ngay_tiep_nhan,
    ho_so.ngay_hen_tra,
    ho_so.ngay_hen_tra_ban_dau,
    cast(ho_so.ngay_tiep_nhan as date) as ngay_nhan,
    thu_tuc.ma_linh_vuc as ma_linh_vuc_thu_tuc,
    coalesce(thu_tuc.la_con_hieu_luc, false) as la_thu_tuc_con_hieu_luc,
    coalesce(thu_tuc.la_trong_ngay, false) as la_trong_ngay,
    coalesce(thu_tuc.la_ngay_lich, false) as la_ngay_lich,
    thu_tuc.so_ngay,
    extract(hour from ho_so.ngay_tiep_nhan) * 3600
    + extract(minute from ho_so.ngay_tiep_nhan) * 60
    + extract(second from ho_so.ngay_tiep_nhan) as giay_trong_ngay
  from ho_so
  left join thu_tuc
    on
      ho_so.ma_tthc = thu_tuc.ma_tthc
      and cast(ho_so.ngay_tiep_nhan as date) = thu_tuc.ngay_nhan
      and thu_tuc.thu_tu = 1
),

dem_ngay as (
  select
    nhan.*,
    lich_nhan.so_thu_tu as thu_tu_nhan,
    case
      when nhan.la_trong_ngay and lich_nhan.la_ngay_lam_viec and nhan.giay_trong_ngay <= 15 * 3600 then 0
      when nhan.la_trong_ngay then 1
      else nhan.so_ngay
    end as so_ngay_lam_viec
  from nhan
  left join lich as lich_nhan on nhan.ngay_nhan = lich_nhan.ngay
),

suy_ra as (
  select
    dem_ngay.*,
    case
      when dem_ngay.la_ngay_lich and not dem_ngay.la_trong_ngay then lam_viec_ke.ngay
      else lam_viec.ngay
    end as hen_suy_ra
  from dem_ngay
  left join ngay_lam_viec as lam_viec
    on dem_ngay.thu_tu_nhan + dem_ngay.so_ngay_lam_viec = lam_viec.so_thu_tu
  -- A limit in days that ends on a day off ends on the next working day.
  left join lich as lich_han
    on cast({{ dbt.dateadd('day', 'dem_ngay.so_ngay', 'dem_ngay.ngay_nhan') }} as date) = lich_han.ngay
  left join ngay_lam_viec as lam_viec_ke
    on lich_han.so_thu_tu + case when lich_han.la_ngay_lam_viec then 0 else 1 end = lam_viec_ke.so_thu_tu
)

select
  suy_ra.dossier_key,
  suy_ra.ma_linh_vuc_thu_tuc,
  suy_ra.la_thu_tuc_con_hieu_luc,
  suy_ra.hen_suy_ra,
  coalesce(cast(suy_ra.ngay_hen_tra as date), suy_ra.hen_suy_ra) as ngay_han,
  coalesce(
    cast(bo_sung.hen_truoc_lan_dau as date), cast(suy_ra.ngay_hen_tra_ban_dau as date), suy_ra.hen_suy_ra
  ) as ngay_han_dau,
  suy_ra.la_trong_ngay
  and suy_ra.giay_trong_ngay > 15 * 3600
  and suy_ra.ngay_hen_tra is not null
  and cast(suy_ra.ngay_hen_tra as date) = suy_ra.ngay_nhan as la_ds12
from suy_ra
left join bo_sung on suy_ra.dossier_key = bo_sung.dossier_key
