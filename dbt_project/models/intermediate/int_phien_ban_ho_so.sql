-- Grain: one row per version of a dossier that the frozen extracts hold, numbered from the oldest. A dossier that an earlier book
-- closed and that the source has not told again since is left out: a new quarter does not compute the old ones anew.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

gop as (
  select * from {{ ref('stg_mot_cua__ho_so') }}
  union all
  select * from {{ ref('stg_so_tiep_nhan__ho_so') }}
),

so_cu as (
  {{ minhbach.kept_before('int_so_ho_so', {
    'ky_bao_cao': 'varchar',
    'dossier_key': 'varchar',
    'con_mo': 'boolean',
  }) }}
),

da_dong as (
  select distinct so_cu.dossier_key
  from so_cu
  inner join ky on so_cu.ky_bao_cao < ky.ky_bao_cao
  where not so_cu.con_mo
),

noi_lai as (
  select distinct gop.dossier_key
  from gop
  inner join ky on gop.ngay_cap_nhat > ky.chot_luc_truoc
),

can_xet as (
  select gop.*
  from gop
  left join da_dong on gop.dossier_key = da_dong.dossier_key
  left join noi_lai on gop.dossier_key = noi_lai.dossier_key
  where da_dong.dossier_key is null or noi_lai.dossier_key is not null
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
  count(*) over (partition by dossier_key) as so_phien_ban
from can_xet
