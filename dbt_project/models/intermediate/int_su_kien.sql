-- Grain: one row per dossier with events: when each status was first reached, how often a supplement was asked for up to the
-- cut-off, and whether the log goes back: an event after a terminal one (3, 8, 10), or after 9 but for 10, that says something else.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

ho_so as (select dossier_key from {{ ref('int_ho_so') }}),

gop as (
  select * from {{ ref('stg_mot_cua__qua_trinh') }}
  union all
  select * from {{ ref('stg_so_tiep_nhan__qua_trinh') }}
),

moc as (
  select
    gop.dossier_key,
    {% for s in (3, 8, 10) %}
      min(case when gop.trang_thai = {{ s }} then gop.thoi_diem_xu_ly end) as su_kien_{{ s }},
      max(case when gop.trang_thai <> {{ s }} then gop.thoi_diem_xu_ly end) as cuoi_khac_{{ s }},
    {% endfor %}
    min(case when gop.trang_thai = 7 then gop.thoi_diem_xu_ly end) as su_kien_7,
    min(case when gop.trang_thai = 9 then gop.thoi_diem_xu_ly end) as su_kien_9,
    max(case when gop.trang_thai not in (9, 10) then gop.thoi_diem_xu_ly end) as cuoi_khac_9,
    min(case when gop.trang_thai = 5 and gop.thoi_diem_xu_ly <= ky.cuoi_ky then gop.thoi_diem_xu_ly end) as su_kien_5,
    count(
      distinct case when gop.trang_thai = 5 and gop.thoi_diem_xu_ly <= ky.cuoi_ky then gop.thoi_diem_xu_ly end
    ) as so_su_kien_5
  from gop
  inner join ho_so on gop.dossier_key = ho_so.dossier_key
  cross join ky
  group by gop.dossier_key
)

select
  dossier_key,
  su_kien_3,
  su_kien_5,
  su_kien_7,
  su_kien_8,
  su_kien_9,
  su_kien_10,
  cast(so_su_kien_5 as integer) as so_su_kien_5,
  coalesce(
    cuoi_khac_3 > su_kien_3 or cuoi_khac_8 > su_kien_8 or cuoi_khac_9 > su_kien_9 or cuoi_khac_10 > su_kien_10, false
  ) as la_lui_theo_su_kien
from moc
