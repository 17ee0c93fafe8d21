-- Grain: one row per dossier whose due date moved between extracts without a supplement or an apology that names the new date (DS04).
with

phien_ban as (select * from {{ ref('int_phien_ban_ho_so') }}),

ho_so as (select * from {{ ref('int_ho_so') }}),

co_can_cu as (
  select
    dossier_key,
    hen_moi
  from {{ ref('stg_mot_cua__bo_sung') }}
  where hen_moi is not null
  union
  select
    dossier_key,
    hen_moi
  from {{ ref('stg_mot_cua__phieu_xin_loi') }}
  where hen_moi is not null
)

select distinct phien_ban.dossier_key
from phien_ban
inner join ho_so on phien_ban.dossier_key = ho_so.dossier_key
left join co_can_cu
  on
    phien_ban.dossier_key = co_can_cu.dossier_key
    and phien_ban.ngay_hen_tra = co_can_cu.hen_moi
where
  phien_ban.ngay_hen_tra <> ho_so.ngay_hen_tra_ban_dau
  and co_can_cu.dossier_key is null
