-- Grain: one row per dossier and defect, in the first period in which the defect could be seen.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

du_kien as (
  select du_kien.*
  from {{ ref('int_du_kien_ho_so') }} as du_kien
  inner join {{ ref('int_so_ho_so') }} as so_ho_so on du_kien.dossier_key = so_ho_so.dossier_key
),

bi_loai as (
  select
    nguon,
    dossier_key,
    la_chuyen_doi,
    la_ban_lap
  from {{ ref('base_mot_cua__ho_so') }}
  where la_chuyen_doi or la_ban_lap
  union all
  select
    nguon,
    dossier_key,
    la_chuyen_doi,
    la_ban_lap
  from {{ ref('base_so_tiep_nhan__ho_so') }}
  where la_chuyen_doi or la_ban_lap
),

moi_loi as (
  select
    nguon,
    dossier_key,
    'DS10' as ma_loi
  from bi_loai
  where la_chuyen_doi
  union
  select
    nguon,
    dossier_key,
    'DS02a' as ma_loi
  from bi_loai
  where la_ban_lap and not la_chuyen_doi
  {% for loi, cot in [
    ('DS01', 'la_ds01'),
    ('DS03', 'la_ds03'),
    ('DS04', 'la_ds04'),
    ('DS05', 'la_ds05'),
    ('DS06a', 'la_ds06a'),
    ('DS06b', 'la_ds06b'),
    ('DS07', 'la_ds07'),
    ('DS07b', 'la_ten_cu'),
    ('DS08', 'la_ds08'),
    ('DS09', 'la_ds09'),
    ('DS11', 'la_ds11'),
    ('DS12', 'la_ds12'),
    ('DS13', 'la_ds13'),
    ('DS14', 'la_ds14'),
  ] %}
    union all
    select distinct
      nguon,
      dossier_key,
      '{{ loi }}' as ma_loi
    from du_kien
    where {{ cot }}
  {% endfor %}
)

select
  ky.ky_bao_cao,
  moi_loi.nguon,
  moi_loi.dossier_key,
  moi_loi.ma_loi,
  so_phan.so_phan
from moi_loi
cross join ky
inner join {{ ref('stg_danh_muc__so_phan') }} as so_phan on moi_loi.ma_loi = so_phan.ma_loi
{% if is_incremental() %}
  left join {{ this }} as da_dem
    on
      moi_loi.dossier_key = da_dem.dossier_key
      and moi_loi.ma_loi = da_dem.ma_loi
      and ky.ky_bao_cao > da_dem.ky_bao_cao
  where da_dem.dossier_key is null
{% endif %}
