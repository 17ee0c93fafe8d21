"""Lands what a sandbox tells, freeze by freeze, by one SQL statement a table: shape is tested apart from the extractor.

The contract's breaks are left out by the shortest means; the extractor's own tests hold it to the contract.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from minhbach.core.lake import Lake
from minhbach.sandbox import drop
from minhbach.shape.reference import folded
from minhbach.shape.sources import landed_types

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog

MOT_CUA = "mot_cua_quang_ninh"
SERVICES = {
    "ho_so": "DongBoHoSoMC",
    "qua_trinh": "CapNhatTienDoHoSoMC",
    "bo_sung": "DanhSachHoSoBoSung",
    "phieu_xin_loi": "PhieuXinLoi",
    "thu_tuc": "LayDanhSachTTHC",
    "co_quan": "LayDanhSachDonVi",
}
DOSSIER_CODE = r"(\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(\.\d{1,3}){0,4})-(\d{6}|\d{8})-\d{4,7}"
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  source times are local and naive
SQL = {
    "ho_so": """
        with told as (select *, cleaned(MaHoSo) as ma, row_number() over () as n from {rows}),
        kept as (
            select *, md5(ma) as dossier_key from told
            where regexp_full_match(ma, '{code}') and TrangThaiHoSo in {statuses} and MaLinhVuc in {fields}
              and fine(NgayNopHoSo) and fine(NgayTiepNhan) and fine(NgayHenTra) and fine(NgayKetThucXuLy)
        ),
        alone as (
            select *, min(MaTTHC) over same <> max(MaTTHC) over same
              or coalesce(min(NgayTiepNhan) over same <> max(NgayTiepNhan) over same, false) as torn
            from kept window same as (partition by dossier_key)
        )
        select dossier_key, 7 as record_key, split_part(ma, '-', 1) as ma_don_vi_tiep_nhan,
          case when MaTTHC in {procedures} then MaTTHC end as ma_tthc, MaLinhVuc as ma_linh_vuc,
          nullif(KenhThucHien, '') as kenh_thuc_hien,
          case when not fake(person) then md5(person) end as chu_ho_so,
          placeholder as la_dinh_danh_gia, false as co_du_lieu_ca_nhan, known.khoa as don_vi_khoa,
          moment(NgayNopHoSo) as ngay_nop_ho_so, moment(NgayTiepNhan) as ngay_tiep_nhan,
          moment(NgayHenTra) as ngay_hen_tra,
          moment(NgayTuChoi) as ngay_tu_choi, moment(NgayKetThucXuLy) as ngay_ket_thuc_xu_ly,
          moment(NgayTra) as ngay_tra,
          TrangThaiHoSo as trang_thai_ho_so, coalesce(ViTriDeHoSo, '') = 'Convert' as la_chuyen_doi,
          moment(NgayCapNhat) as ngay_cap_nhat,
          moment(NgayHenTra) is null and moment(NgayTiepNhan) is not null as la_ds01,
          coalesce(moment(NgayKetThucXuLy) < moment(NgayTiepNhan), false) as la_ds03,
          coalesce(moment(NgayKetThucXuLy) = moment(NgayHenTra), false) as la_ds05,
          coalesce(MaTTHC not in {procedures}, true) as la_ds08, placeholder as la_ds13,
          false as la_ds14, n as _row_no
        from (
            select *, coalesce(fake(person), false) or coalesce(SoDienThoai in ('0000000000', '0123456789'), false)
              or coalesce(ChuHoSo = 'Dinhkem', false) or coalesce(TrichYeuHoSo = 'Dinhkem', false) as placeholder
            from (select *, nullif({person}, '') as person from alone where not torn)
        ) left join known on known.khoa = plain(DonViXuLy)
    """,
    "qua_trinh": """
        select md5(cleaned(MaHoSo)) as dossier_key, moment(ThoiDiemXuLy) as thoi_diem_xu_ly, TrangThai as trang_thai,
          moment(NgayCapNhat) as ngay_cap_nhat, row_number() over () as _row_no
        from {rows} where cleaned(MaHoSo) is not null and TrangThai in {statuses} and fine(ThoiDiemXuLy)
    """,
    "bo_sung": """
        select md5(cast(HoSoBoSungId as varchar)) as bo_sung_key, md5(cleaned(MaHoSo)) as dossier_key,
          moment(NgayBoSung) as ngay_bo_sung, moment(NgayTiepNhanBoSung) as ngay_tiep_nhan_bo_sung,
          moment(NgayHenTraTruoc) as ngay_hen_tra_truoc, moment(NgayHenTraMoi) as ngay_hen_tra_moi,
          moment(NgayCapNhat) as ngay_cap_nhat, row_number() over () as _row_no
        from {rows}
    """,
    "phieu_xin_loi": """
        select md5(SoPhieu) as phieu_key, md5(cleaned(MaHoSo)) as dossier_key, moment(NgayLap) as ngay_lap,
          moment(NgayHenTraTruoc) as ngay_hen_tra_truoc, moment(NgayHenTraMoi) as ngay_hen_tra_moi,
          moment(NgayCapNhat) as ngay_cap_nhat, row_number() over () as _row_no
        from {rows}
    """,
    "thu_tuc": """
        select MaTTHC as ma_tthc, MaLinhVuc as ma_linh_vuc, cast(ThoiGianGiaiQuyet as bigint) as thoi_gian_giai_quyet,
          DonViTinh as don_vi_tinh, cast(TrongNgay as varchar) = '1' as trong_ngay,
          cast(moment(HieuLucTu) as date) as hieu_luc_tu, cast(moment(HieuLucDen) as date) as hieu_luc_den,
          moment(NgayCapNhat) as ngay_cap_nhat, row_number() over () as _row_no
        from {rows}
    """,
    "co_quan": """
        select MaDonVi as ma_don_vi, nullif(MaCu, '') as ma_cu, TenDonVi as ten_don_vi, known.khoa as don_vi_khoa,
          Cap as cap,
          nullif(MaCha, '') as ma_cha, cast(moment(HieuLucTu) as date) as hieu_luc_tu,
          cast(moment(HieuLucDen) as date) as hieu_luc_den, nullif(ThayTheBoi, '') as thay_the_boi,
          moment(NgayCapNhat) as ngay_cap_nhat, row_number() over () as _row_no
        from {rows} left join known on known.khoa = plain(TenDonVi)
    """,
}
PERSON_JSON = "coalesce(DinhDanhCHS[1].SoDinhDanh, '')"
MACROS = """
    create macro plain(x) as trim(regexp_replace(
      lower(strip_accents(translate(nfc_normalize(x), 'đĐ', 'dD'))), '[^a-z0-9]+', ' ', 'g'));
    create macro cleaned(x) as nullif(upper(regexp_replace(replace(trim(x), '–', '-'), '\\s*-\\s*', '-', 'g')), '');
    create macro moment(x) as try_strptime(nullif(x, ''), ['%Y%m%d%H%M%S', '%Y%m%d', '%d/%m/%Y %H:%M:%S']);
    create macro fine(x) as nullif(x, '') is null or coalesce(year(moment(x)) between 1990 and 2099, false);
    create macro fake(x) as x = '000000001' or replace(x, x[1], '') = '';
"""


def land_province(catalog: Catalog, sandbox: Path, lake_root: Path) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Land one extract per table at every freeze; return period → the frozen list."""
    settings = json.loads((sandbox / "sandbox.json").read_text(encoding="utf-8"))
    lake, since = Lake(lake_root), np.iinfo(np.int64).min
    frozen: dict[str, dict[str, list[str]]] = {a: {t: [] for t in catalog.tables(a)} for a in catalog.agencies}
    lists: dict[str, dict[str, dict[str, list[str]]]] = {}
    for period in settings["periods"]:
        freeze = datetime.fromisoformat(period["freeze"])
        until = int((freeze - EPOCH).total_seconds())
        extract = f"{freeze:%Y%m%dT%H%M%S}-00000000"
        drops = {(path.parent.name, path.name.split("_2")[0]): path for path in drop(sandbox, freeze)}
        for agency in catalog.agencies:
            for table, declared in catalog.tables(agency).items():
                if agency == MOT_CUA:
                    rows, person = _told(sandbox, table, since, until), PERSON_JSON
                else:
                    rows, person = _dropped(table, drops[agency, table]), '"SoDinhDanhCSV"'
                target = lake.landed(agency, table) / f"{extract}.parquet"
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(catalog, rows, person, table, landed_types(declared), extract, target)
                frozen[agency][table].append(extract)
        lists[period["name"]] = json.loads(json.dumps(frozen))
        since = until
    return lists


def _told(sandbox: Path, table: str, since: int, until: int) -> str | None:
    """Write the records that hold at a freeze and were told since the last one as NDJSON."""
    index = np.load(sandbox / "served" / f"{SERVICES[table]}.index.npz")
    chosen = np.flatnonzero((index["told"] > since) & (index["told"] <= until) & (index["until"] > until))
    if not len(chosen):
        return None
    content, offsets = (sandbox / "served" / f"{SERVICES[table]}.records").read_bytes(), index["offsets"].tolist()
    path = sandbox / f"{table}.{until}.ndjson"
    path.write_bytes(b"".join(content[offsets[i] : offsets[i + 1] - 1] + b"\n" for i in chosen.tolist()))
    how = "format = 'newline_delimited', sample_size = -1, timestampformat = 'x', dateformat = 'x'"  # times stay text
    return f"read_json('{path}', {how})"


def _dropped(table: str, path: Path) -> str:
    headers = {
        "Mã hồ sơ": "MaHoSo", "Mã thủ tục": "MaTTHC", "Mã lĩnh vực": "MaLinhVuc", "Kênh thực hiện": "KenhThucHien",
        "Chủ hồ sơ": "ChuHoSo", "Số định danh": "SoDinhDanhCSV", "Điện thoại": "SoDienThoai",
        "Trích yếu": "TrichYeuHoSo",
        "Ngày nộp": "NgayNopHoSo", "Ngày tiếp nhận": "NgayTiepNhan", "Ngày hẹn trả": "NgayHenTra",
        "Ngày từ chối": "NgayTuChoi", "Ngày kết thúc": "NgayKetThucXuLy", "Ngày trả": "NgayTra",
        "Trạng thái": "TrangThaiHoSo" if table == "ho_so" else "TrangThai", "Đơn vị xử lý": "DonViXuLy",
        "Vị trí để hồ sơ": "ViTriDeHoSo", "Ngày cập nhật": "NgayCapNhat", "Thời điểm xử lý": "ThoiDiemXuLy",
    }  # fmt: skip
    there = path.read_text(encoding="utf-8-sig").splitlines()[0].split(";")
    names = ", ".join(f'"{header}" as "{headers[header]}"' for header in there if header in headers)
    return f"(select {names} from read_csv('{path}', delim = ';', quote = '\"', header = true, all_varchar = true))"


def _write(
    catalog: Catalog, rows: str | None, person: str, table: str, types: dict[str, str], extract: str, target: Path
) -> None:
    def among(values: set[str]) -> str:
        return "(" + ", ".join(f"'{value}'" for value in sorted(values)) + ")"

    with duckdb.connect() as connection:
        connection.execute(MACROS)
        connection.execute("create table known (khoa varchar)")
        names = sorted({folded(row["vi"]) for row in catalog.codes["co_quan"]})
        connection.executemany("insert into known values (?)", [[name] for name in names])
        sql = SQL[table].format(
            rows=rows,
            person=person,
            code=DOSSIER_CODE,
            statuses=among({row["code"] for row in catalog.codes["trang_thai"]}),
            fields=among({row["code"] for row in catalog.codes["linh_vuc"]}),
            procedures=among({row["code"] for row in catalog.codes["thu_tuc"]}),
        )
        kinds = {"string": "varchar", "integer": "bigint", "decimal": "decimal(18,4)"}
        connection.execute(f"create table made as {sql if rows else 'select 1 as _row_no where false'}")
        made = {row[0] for row in connection.execute("describe made").fetchall()}
        given: dict[str, Any] = {"_extract_id": f"'{extract}'", "_source_file": f"'{table}'"}
        columns = [
            f"cast({name if name in made else given.get(name, 'null')} as {kinds.get(kind, kind)}) as {name}"
            for name, kind in types.items()
        ]
        connection.execute(
            f"copy (select {', '.join(columns)} from made order by _row_no) to '{target}' (format parquet)"
        )
