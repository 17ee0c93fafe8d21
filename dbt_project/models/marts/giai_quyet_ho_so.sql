-- Grain: one row per reporting quarter, agency and field; total rows carry the code TONG. Form 06/VPCP/KSTT.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

so_ho_so as (
  select so_ho_so.*
  from {{ ref('int_so_ho_so') }} as so_ho_so
  inner join ky on so_ho_so.ky_bao_cao = ky.ky_bao_cao
),

co_quan as (select * from {{ ref('stg_danh_muc__co_quan') }} where hieu_luc_den is null),

linh_vuc as (select * from {{ ref('stg_danh_muc__linh_vuc') }}),

dem as (
  select
    ky_bao_cao,
    case when grouping(ma_dinh_danh) = 1 then 'TONG' else ma_dinh_danh end as ma_dinh_danh,
    case when grouping(hang_linh_vuc) = 1 then 'TONG' else hang_linh_vuc end as ma_linh_vuc,
    count(*) as tiep_nhan,
    sum(case when cach_vao_so <> 'chuyen_sang' and la_truc_tuyen then 1 else 0 end) as tiep_nhan_truc_tuyen,
    sum(case when cach_vao_so <> 'chuyen_sang' and not la_truc_tuyen then 1 else 0 end) as tiep_nhan_truc_tiep,
    sum(case when cach_vao_so = 'chuyen_sang' then 1 else 0 end) as ky_truoc_chuyen,
    sum(case when not con_mo then 1 else 0 end) as da_giai_quyet,
    sum(case when ket_qua = 'truoc_han' then 1 else 0 end) as truoc_han,
    sum(case when ket_qua = 'dung_han' then 1 else 0 end) as dung_han,
    sum(case when ket_qua = 'qua_han' then 1 else 0 end) as qua_han,
    sum(case when con_mo then 1 else 0 end) as dang_giai_quyet,
    sum(case when con_mo and not coalesce(la_dang_qua_han, false) then 1 else 0 end) as dang_trong_han,
    sum(case when con_mo and coalesce(la_dang_qua_han, false) then 1 else 0 end) as dang_qua_han,
    sum(case when cach_vao_so = 'nhan_muon' then 1 else 0 end) as nhan_muon,
    -- All dossiers of a cell without a personal identity count as one person.
    count(distinct chu_ho_so) + max(case when chu_ho_so is null then 1 else 0 end) as so_chu_ho_so
  from so_ho_so
  group by grouping sets (
    (ky_bao_cao, ma_dinh_danh, hang_linh_vuc),
    (ky_bao_cao, ma_dinh_danh),
    (ky_bao_cao, hang_linh_vuc),
    (ky_bao_cao)
  )
)

select
  dem.ky_bao_cao,
  case
    when dem.ma_dinh_danh = 'TONG' and dem.ma_linh_vuc = 'TONG' then 'tinh'
    when dem.ma_dinh_danh = 'TONG' then 'linh_vuc'
    when dem.ma_linh_vuc = 'TONG' then 'co_quan'
    else 'co_quan_linh_vuc'
  end as muc_tong_hop,
  dem.ma_dinh_danh,
  co_quan.ten_co_quan,
  co_quan.cap,
  dem.ma_linh_vuc,
  linh_vuc.ten_linh_vuc,
  cast(dem.tiep_nhan as integer) as tiep_nhan,
  cast(dem.tiep_nhan_truc_tuyen as integer) as tiep_nhan_truc_tuyen,
  cast(dem.tiep_nhan_truc_tiep as integer) as tiep_nhan_truc_tiep,
  cast(dem.ky_truoc_chuyen as integer) as ky_truoc_chuyen,
  cast(dem.da_giai_quyet as integer) as da_giai_quyet,
  cast(dem.truoc_han as integer) as truoc_han,
  cast(dem.dung_han as integer) as dung_han,
  cast(dem.qua_han as integer) as qua_han,
  cast(dem.dang_giai_quyet as integer) as dang_giai_quyet,
  cast(dem.dang_trong_han as integer) as dang_trong_han,
  cast(dem.dang_qua_han as integer) as dang_qua_han,
  cast(dem.nhan_muon as integer) as nhan_muon,
  cast(dem.so_chu_ho_so as integer) as so_chu_ho_so
from dem
left join co_quan on dem.ma_dinh_danh = co_quan.ma_dinh_danh
left join linh_vuc on dem.ma_linh_vuc = linh_vuc.ma_linh_vuc
