-- Grain: one row per period and dossier to be handled in it: the book. A dossier enters the book of the period in which it was first
-- seen, and stays, under the agency and field of its first booking, until it is closed; open rows at the end of a period are the
-- opening of the next one.
with

ky as (select * from {{ ref('stg_danh_muc__ky') }}),

du_kien as (select * from {{ ref('int_du_kien_ho_so') }}),

so_truoc as (
  {% if is_incremental() %}
    select
      this.ky_bao_cao,
      this.dossier_key,
      this.nguon,
      this.ngay_tiep_nhan,
      this.chu_ho_so,
      this.ma_dinh_danh,
      this.cap,
      this.hang_linh_vuc,
      this.hang_thu_tuc,
      this.ngay_han,
      this.ngay_han_dau,
      this.so_giay_tam_dung,
      this.co_xin_loi,
      this.con_mo
    from {{ this }} as this
    inner join ky on this.ky_bao_cao < ky.ky_bao_cao
  {% else %}
    select
      ky.ky_bao_cao,
      du_kien.dossier_key,
      du_kien.nguon,
      du_kien.ngay_tiep_nhan,
      du_kien.chu_ho_so,
      du_kien.ma_dinh_danh,
      du_kien.cap,
      du_kien.hang_linh_vuc,
      du_kien.hang_thu_tuc,
      du_kien.ngay_han,
      du_kien.ngay_han_dau,
      du_kien.so_giay_tam_dung,
      du_kien.co_xin_loi,
      true as con_mo
    from du_kien
    cross join ky
    where false
  {% endif %}
),

da_vao_so as (select distinct dossier_key from so_truoc),

mo_dau as (
  select so_truoc.*
  from so_truoc
  inner join ky on so_truoc.ky_bao_cao = ky.ky_truoc
  where so_truoc.con_mo
),

-- Carried over: what is kept from the book is who answers for it; a dossier that vanished at the source stays as it was, open.
chuyen_sang as (
  select
    mo_dau.dossier_key,
    mo_dau.nguon,
    mo_dau.ngay_tiep_nhan,
    mo_dau.ma_dinh_danh,
    mo_dau.cap,
    mo_dau.hang_linh_vuc,
    mo_dau.hang_thu_tuc,
    'chuyen_sang' as cach_vao_so,
    du_kien.dossier_key is null as la_bien_mat,
    coalesce(du_kien.chu_ho_so, mo_dau.chu_ho_so) as chu_ho_so,
    coalesce(du_kien.ngay_han, mo_dau.ngay_han) as ngay_han,
    coalesce(du_kien.ngay_han_dau, mo_dau.ngay_han_dau) as ngay_han_dau,
    coalesce(du_kien.so_giay_tam_dung, mo_dau.so_giay_tam_dung) as so_giay_tam_dung,
    coalesce(du_kien.co_xin_loi, mo_dau.co_xin_loi) as co_xin_loi
  from mo_dau
  left join du_kien on mo_dau.dossier_key = du_kien.dossier_key
),

moi as (
  select
    du_kien.dossier_key,
    du_kien.nguon,
    du_kien.ngay_tiep_nhan,
    du_kien.ma_dinh_danh,
    du_kien.cap,
    du_kien.hang_linh_vuc,
    du_kien.hang_thu_tuc,
    case
      when cast(du_kien.ngay_tiep_nhan as date) >= ky.tu_ngay then 'trong_ky'
      when ky.la_ky_dau then 'chuyen_sang'
      else 'nhan_muon'
    end as cach_vao_so,
    false as la_bien_mat,
    du_kien.chu_ho_so,
    du_kien.ngay_han,
    du_kien.ngay_han_dau,
    du_kien.so_giay_tam_dung,
    du_kien.co_xin_loi
  from du_kien
  cross join ky
  left join da_vao_so on du_kien.dossier_key = da_vao_so.dossier_key
  where
    da_vao_so.dossier_key is null
    and cast(du_kien.ngay_tiep_nhan as date) <= ky.den_ngay
    -- What ended before the first book was opened is in none.
    and (
      cast(du_kien.ngay_tiep_nhan as date) >= ky.ky_dau_tu_ngay
      or du_kien.ket_thuc is null
      or cast(du_kien.ket_thuc as date) >= ky.ky_dau_tu_ngay
    )
),

vao_so as (
  select * from chuyen_sang
  union all
  select * from moi
),

xet as (
  select
    ky.ky_bao_cao,
    vao_so.*,
    du_kien.kenh_thuc_hien,
    du_kien.trang_thai,
    du_kien.cap_khi_tiep_nhan,
    ky.den_ngay,
    du_kien.ket_thuc_trong_ky as ket_thuc,
    du_kien.ket_thuc_chinh_thuc,
    cast(du_kien.ket_thuc_trong_ky as date) as ngay_ket_thuc,
    coalesce(du_kien.la_tre_vi_nhieu_bo_sung, false) as la_tre_vi_nhieu_bo_sung,
    -- Of a vanished dossier the official end is the end of the period.
    cast(
      {{ dbt.dateadd(
        'second', '-vao_so.so_giay_tam_dung', 'coalesce(du_kien.ket_thuc_chinh_thuc, ky.cuoi_ky)'
      ) }} as date
    ) as ngay_chinh_thuc,
    cast(
      {{ dbt.dateadd('second', '-vao_so.so_giay_tam_dung', 'du_kien.ket_thuc_trong_ky') }} as date
    ) as ngay_thuc_te,
    coalesce(du_kien.la_ds01, false) as la_ds01,
    coalesce(du_kien.la_ds03, false) as la_ds03,
    coalesce(du_kien.la_ds04, false) as la_ds04,
    coalesce(du_kien.la_ds05, false) as la_ds05,
    coalesce(du_kien.la_ds06a, false) as la_ds06a,
    coalesce(du_kien.la_ds06b, false) as la_ds06b,
    coalesce(du_kien.la_ds07, false) as la_ds07,
    coalesce(du_kien.la_ten_cu, false) as la_ten_cu,
    coalesce(du_kien.la_ds08, false) as la_ds08,
    coalesce(du_kien.la_ds09, false) as la_ds09,
    coalesce(du_kien.la_ds11, false) as la_ds11,
    coalesce(du_kien.la_ds12, false) as la_ds12,
    coalesce(du_kien.la_ds13, false) as la_ds13,
    coalesce(du_kien.la_ds14, false) as la_ds14
  from vao_so
  cross join ky
  left join du_kien on vao_so.dossier_key = du_kien.dossier_key
)

select
  ky_bao_cao,
  dossier_key,
  nguon,
  cach_vao_so,
  ngay_tiep_nhan,
  chu_ho_so,
  ma_dinh_danh,
  cap,
  cap_khi_tiep_nhan,
  hang_linh_vuc,
  hang_thu_tuc,
  ngay_han,
  ngay_han_dau,
  so_giay_tam_dung,
  co_xin_loi,
  ket_thuc,
  trang_thai,
  ket_thuc is null as con_mo,
  cach_vao_so <> 'chuyen_sang' and coalesce(kenh_thuc_hien, '1') = '2' as la_truc_tuyen,
  -- A dossier without any due date counts as in time.
  case
    when ket_thuc is null then null
    when ngay_ket_thuc < ngay_han then 'truoc_han'
    when ngay_ket_thuc > ngay_han then 'qua_han'
    else 'dung_han'
  end as ket_qua,
  ket_thuc is null and ngay_han < den_ngay as la_dang_qua_han,
  not la_tre_vi_nhieu_bo_sung and coalesce(ngay_chinh_thuc <= ngay_han, true) as la_dung_han_chinh_thuc,
  ket_thuc is not null and trang_thai in (9, 10) as la_co_ket_qua,
  ket_thuc is not null and trang_thai in (9, 10) and coalesce(ngay_thuc_te <= ngay_han_dau, true) as la_dung_han_chat,
  la_bien_mat,
  la_ds01,
  la_ds03,
  la_ds04,
  la_ds05,
  la_ds06a,
  la_ds06b,
  la_ds07,
  la_ten_cu,
  la_ds08,
  la_ds09,
  la_ds11,
  la_ds12,
  la_ds13,
  la_ds14
from xet
