{{ config(materialized='ephemeral') }}
-- Grain: one row per dossier record that landed from the offices that send files, with marks of what staging leaves out.
with

van_don as (
  select
    'dac_khu_van_don' as nguon,
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
    trang_thai_ho_so,
    ngay_cap_nhat,
    la_chuyen_doi,
    la_ds01,
    la_ds03,
    la_ds05,
    la_ds08,
    la_ds13,
    la_ds14,
    _extract_id,
    _row_no
  from {{ source('dac_khu_van_don', 'ho_so') }}
),

co_to as (
  select
    'dac_khu_co_to' as nguon,
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
    trang_thai_ho_so,
    ngay_cap_nhat,
    la_chuyen_doi,
    la_ds01,
    la_ds03,
    la_ds05,
    la_ds08,
    la_ds13,
    la_ds14,
    _extract_id,
    _row_no
  from {{ source('dac_khu_co_to', 'ho_so') }}
),

gop as (
  select * from van_don
  union all
  select * from co_to
),

danh_dau as (
  select
    *,
    row_number() over (
      partition by nguon, _extract_id, dossier_key
      order by ngay_cap_nhat desc, _row_no desc
    ) > 1 as la_ban_lap
  from gop
)

select * from danh_dau
