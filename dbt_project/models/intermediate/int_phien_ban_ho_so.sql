-- Grain: one row per version of a dossier that the frozen extracts hold, numbered from the oldest and from the newest.
with

gop as (
  select * from {{ ref('stg_mot_cua__ho_so') }}
  union all
  select * from {{ ref('stg_so_tiep_nhan__ho_so') }}
)

select
  nguon,
  dossier_key,
  chu_ho_so,
  la_dinh_danh_gia,
  ma_don_vi_tiep_nhan,
  don_vi_khoa,
  ma_tthc,
  ma_linh_vuc,
  kenh_thuc_hien,
  ngay_tiep_nhan,
  ngay_hen_tra,
  ngay_tu_choi,
  ngay_ket_thuc_xu_ly,
  cast(trang_thai_ho_so as integer) as trang_thai,
  la_ds01,
  la_ds03,
  la_ds05,
  la_ds08,
  la_ds13,
  la_ds14,
  row_number() over (
    partition by dossier_key
    order by ngay_cap_nhat, _extract_id, _row_no
  ) as tu_cu,
  row_number() over (
    partition by dossier_key
    order by ngay_cap_nhat desc, _extract_id desc, _row_no desc
  ) as tu_moi
from gop
