-- Grain: one row per dossier with a supplement or an apology: how long it waited for its owner up to the cut-off (S), what was
-- promised before the first of them, and how many apologies there are.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

bo_sung as (select * from {{ ref('stg_mot_cua__bo_sung') }}),

phieu as (select * from {{ ref('stg_mot_cua__phieu_xin_loi') }}),

moi_viec as (
  select
    bo_sung.dossier_key,
    bo_sung.yeu_cau_luc as luc,
    bo_sung.hen_truoc,
    bo_sung.bo_sung_key as khoa,
    0 as so_xin_loi,
    case
      when cast(bo_sung.hoan_thanh_luc as date) <= ky.den_ngay
        then {{ dbt.datediff('bo_sung.yeu_cau_luc', 'bo_sung.hoan_thanh_luc', 'second') }}
      else 0
    end as so_giay
  from bo_sung
  cross join ky
  union all
  select
    phieu.dossier_key,
    phieu.lap_luc as luc,
    phieu.hen_truoc,
    phieu.phieu_key as khoa,
    case when cast(phieu.lap_luc as date) <= ky.den_ngay then 1 else 0 end as so_xin_loi,
    0 as so_giay
  from phieu
  cross join ky
),

xep as (
  select
    *,
    row_number() over (
      partition by dossier_key
      order by luc, khoa
    ) as thu_tu
  from moi_viec
)

select
  dossier_key,
  cast(sum(so_giay) as bigint) as so_giay_tam_dung,
  cast(sum(so_xin_loi) as integer) as so_xin_loi,
  max(case when thu_tu = 1 then hen_truoc end) as hen_truoc_lan_dau
from xep
group by dossier_key
