-- Grain: one row per received dossier: its newest version, the first due date it was told with, and whether it went back.
with

phien_ban as (select * from {{ ref('int_phien_ban_ho_so') }}),

-- A version after one with a terminal status (3, 8, 10), or after 9 but for 10, that says something else: the status went back.
moc as (
  select
    dossier_key,
    min(case when ngay_hen_tra is not null then tu_cu end) as lan_hen_dau,
    -- The last status that ended the dossier, whatever it was told with afterwards.
    max(case when trang_thai in (3, 7, 8, 9, 10) then tu_cu * 100 + trang_thai end) % 100 as trang_thai_cuoi,
    {% for s in (3, 8, 10) %}
      min(case when trang_thai = {{ s }} then tu_cu end) as dau_{{ s }},
      max(case when trang_thai <> {{ s }} then tu_cu end) as cuoi_khac_{{ s }},
    {% endfor %}
    min(case when trang_thai = 9 then tu_cu end) as dau_9,
    max(case when trang_thai not in (9, 10) then tu_cu end) as cuoi_khac_9
  from phien_ban
  where so_phien_ban > 1
  group by dossier_key
)

select
  moi.nguon,
  moi.dossier_key,
  moi.chu_ho_so,
  moi.la_dinh_danh_gia,
  moi.ma_don_vi_tiep_nhan,
  moi.don_vi_khoa,
  moi.ma_tthc,
  moi.ma_linh_vuc,
  moi.kenh_thuc_hien,
  moi.ngay_tiep_nhan,
  moi.ngay_hen_tra,
  moi.ngay_tu_choi,
  moi.ngay_ket_thuc_xu_ly,
  moi.trang_thai,
  moi.la_ds01,
  moi.la_ds03,
  moi.la_ds05,
  moi.la_ds08,
  moi.la_ds13,
  moi.la_ds14,
  coalesce(dau.ngay_hen_tra, moi.ngay_hen_tra) as ngay_hen_tra_ban_dau,
  moc.trang_thai_cuoi,
  coalesce(
    moc.cuoi_khac_3 > moc.dau_3
    or moc.cuoi_khac_8 > moc.dau_8
    or moc.cuoi_khac_9 > moc.dau_9
    or moc.cuoi_khac_10 > moc.dau_10,
    false
  ) as la_lui_giua_cac_lan
from phien_ban as moi
left join moc on moi.dossier_key = moc.dossier_key
left join phien_ban as dau
  on
    moc.dossier_key = dau.dossier_key
    and moc.lan_hen_dau = dau.tu_cu
    and dau.so_phien_ban > 1
where moi.tu_cu = moi.so_phien_ban and moi.ngay_tiep_nhan is not null
