-- Grain: one row per reporting quarter, agency and procedure; rows of the whole province carry the agency code TONG. The official
-- on-time rate (Decision 766) counts what is still within its limit; the strict one counts results alone, against the first due date.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

so_ho_so as (
  select so_ho_so.*
  from {{ ref('int_so_ho_so') }} as so_ho_so
  inner join ky on so_ho_so.ky_bao_cao = ky.ky_bao_cao
),

co_quan as (select * from {{ ref('stg_danh_muc__co_quan') }} where hieu_luc_den is null),

thu_tuc as (
  select
    ma_tthc,
    ten_tthc,
    row_number() over (
      partition by ma_tthc
      order by hieu_luc_tu desc
    ) as thu_tu
  from {{ ref('stg_danh_muc__thu_tuc') }}
),

dem as (
  select
    ky_bao_cao,
    case when grouping(ma_dinh_danh) = 1 then 'TONG' else ma_dinh_danh end as ma_dinh_danh,
    hang_linh_vuc as ma_linh_vuc,
    hang_thu_tuc as ma_tthc,
    count(*) as so_giai_quyet_trong_ky,
    sum(case when la_dung_han_chinh_thuc then 1 else 0 end) as so_dung_han_chinh_thuc,
    sum(case when la_co_ket_qua then 1 else 0 end) as so_da_giai_quyet,
    sum(case when la_dung_han_chat then 1 else 0 end) as so_dung_han_chat,
    sum(case when la_ds01 then 1 else 0 end) as so_thieu_hen_tra,
    sum(case when la_ds04 then 1 else 0 end) as so_doi_hen,
    sum(case when co_xin_loi then 1 else 0 end) as so_xin_loi,
    -- All dossiers of a cell without a personal identity count as one person.
    count(distinct chu_ho_so) + max(case when chu_ho_so is null then 1 else 0 end) as so_chu_ho_so
  from so_ho_so
  group by grouping sets (
    (ky_bao_cao, ma_dinh_danh, hang_linh_vuc, hang_thu_tuc),
    (ky_bao_cao, hang_linh_vuc, hang_thu_tuc)
  )
)

select
  dem.ky_bao_cao,
  case when dem.ma_dinh_danh = 'TONG' then 'thu_tuc' else 'co_quan_thu_tuc' end as muc_tong_hop,
  dem.ma_dinh_danh,
  co_quan.ten_co_quan,
  co_quan.cap,
  dem.ma_linh_vuc,
  dem.ma_tthc,
  thu_tuc.ten_tthc,
  cast(dem.so_giai_quyet_trong_ky as integer) as so_giai_quyet_trong_ky,
  cast(dem.so_dung_han_chinh_thuc as integer) as so_dung_han_chinh_thuc,
  {{ minhbach.rate_percent('dem.so_dung_han_chinh_thuc', 'dem.so_giai_quyet_trong_ky') }} as ty_le_dung_han_chinh_thuc,
  cast(dem.so_da_giai_quyet as integer) as so_da_giai_quyet,
  cast(dem.so_dung_han_chat as integer) as so_dung_han_chat,
  {{ minhbach.rate_percent('dem.so_dung_han_chat', 'dem.so_da_giai_quyet') }} as ty_le_dung_han_chat,
  cast(dem.so_thieu_hen_tra as integer) as so_thieu_hen_tra,
  cast(dem.so_doi_hen as integer) as so_doi_hen,
  cast(dem.so_xin_loi as integer) as so_xin_loi,
  cast(dem.so_chu_ho_so as integer) as so_chu_ho_so
from dem
left join co_quan on dem.ma_dinh_danh = co_quan.ma_dinh_danh
left join thu_tuc
  on
    dem.ma_tthc = thu_tuc.ma_tthc
    and thu_tuc.thu_tu = 1
