-- Grain: one row per received dossier: its newest version, the first due date it was told with, and whether it went back.
with

phien_ban as (select * from {{ ref('int_phien_ban_ho_so') }}),

so_sanh as (
  select
    dossier_key,
    tu_cu,
    ngay_hen_tra,
    trang_thai,
    lag(trang_thai) over (
      partition by dossier_key
      order by tu_cu
    ) as trang_thai_truoc
  from phien_ban
),

lich_su as (
  select
    dossier_key,
    min(case when ngay_hen_tra is not null then tu_cu end) as lan_hen_dau,
    max(
      case
        when trang_thai_truoc in (3, 8, 10) and trang_thai <> trang_thai_truoc then 1
        when trang_thai_truoc = 9 and trang_thai not in (9, 10) then 1
        else 0
      end
    ) = 1 as la_lui_giua_cac_lan
  from so_sanh
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
  dau.ngay_hen_tra as ngay_hen_tra_ban_dau,
  lich_su.la_lui_giua_cac_lan
from phien_ban as moi
inner join lich_su on moi.dossier_key = lich_su.dossier_key
left join phien_ban as dau
  on
    lich_su.dossier_key = dau.dossier_key
    and lich_su.lan_hen_dau = dau.tu_cu
where moi.tu_moi = 1 and moi.ngay_tiep_nhan is not null
