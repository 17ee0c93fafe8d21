-- Grain: one row per dossier with events: when each status was first reached up to the cut-off, and whether the log goes back.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

gop as (
  select
    dossier_key,
    thoi_diem_xu_ly,
    cast(trang_thai as integer) as trang_thai
  from {{ ref('stg_mot_cua__qua_trinh') }}
  union all
  select
    dossier_key,
    thoi_diem_xu_ly,
    cast(trang_thai as integer) as trang_thai
  from {{ ref('stg_so_tiep_nhan__qua_trinh') }}
),

so_sanh as (
  select
    gop.dossier_key,
    gop.thoi_diem_xu_ly,
    gop.trang_thai,
    cast(gop.thoi_diem_xu_ly as date) <= ky.den_ngay as la_trong_ky,
    lag(gop.trang_thai) over (
      partition by gop.dossier_key
      order by gop.thoi_diem_xu_ly, gop.trang_thai
    ) as trang_thai_truoc
  from gop
  cross join ky
)

select
  dossier_key,
  min(case when trang_thai = 3 then thoi_diem_xu_ly end) as su_kien_3,
  min(case when trang_thai = 7 then thoi_diem_xu_ly end) as su_kien_7,
  min(case when trang_thai = 8 then thoi_diem_xu_ly end) as su_kien_8,
  min(case when trang_thai = 9 then thoi_diem_xu_ly end) as su_kien_9,
  min(case when trang_thai = 10 then thoi_diem_xu_ly end) as su_kien_10,
  min(case when trang_thai = 5 and la_trong_ky then thoi_diem_xu_ly end) as su_kien_5,
  sum(case when trang_thai = 5 and la_trong_ky then 1 else 0 end) as so_su_kien_5,
  max(
    case
      when trang_thai_truoc in (3, 8, 10) and trang_thai <> trang_thai_truoc then 1
      when trang_thai_truoc = 9 and trang_thai not in (9, 10) then 1
      else 0
    end
  ) = 1 as la_lui_theo_su_kien
from so_sanh
group by dossier_key
