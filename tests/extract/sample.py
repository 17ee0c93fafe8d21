"""Records as the sources of the tests send them. Every identifier in them is impossible: nobody's."""

from __future__ import annotations

from typing import Any

HEADER = [
    "Mã hồ sơ",
    "Mã thủ tục",
    "Mã lĩnh vực",
    "Kênh thực hiện",
    "Chủ hồ sơ",
    "Số định danh",
    "Điện thoại",
    "Email",
    "Địa chỉ",
    "Trích yếu",
    "Ngày nộp",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày từ chối",
    "Ngày kết thúc",
    "Ngày trả",
    "Trạng thái",
    "Đơn vị xử lý",
    "Lệ phí",
    "Vị trí để hồ sơ",
    "Ngày cập nhật",
]
PERSON = "Trần Văn Mẫu"
IDENTITY = "022905000123"
PHONE = "0912000000"


def dossier(number: int = 1, **changes: object) -> dict[str, Any]:
    """A dossier that keeps the contract of mot_cua_quang_ninh/ho_so; changes are by source column."""
    record: dict[str, Any] = {
        "MaHoSo": f"H49.153-260702-{number:04d}",
        "MaTTHC": "1.005641",
        "TenTTHC": "Chứng thực bản sao",
        "MaLinhVuc": "CHUNG_THUC",
        "TenLinhVuc": "Chứng thực",
        "SoBienNhan": f"BN{number}",
        "KenhThucHien": "2",
        "ChuHoSo": PERSON,
        "LoaiDoiTuong": "1",
        "MaDoiTuong": "",
        "Email": "mau@example.com",
        "Fax": None,
        "SoDienThoai": PHONE,
        "TrichYeuHoSo": "Chứng thực bản sao bằng tốt nghiệp",
        "NgayNopHoSo": "20260702075500",
        "NgayTiepNhan": "20260702080000",
        "NgayHenTra": "20260703170000",
        "NgayTuChoi": "",
        "NgayKetThucXuLy": "20260702160000",
        "NgayTra": None,
        "ThongTinTra": "",
        "TrangThaiHoSo": "9",
        "HinhThuc": "0",
        "DonViXuLy": "UBND tỉnh Quảng Ninh",
        "GhiChu": "",
        "NoiNopHoSo": "2",
        "HoSoCoThanhPhanSoHoa": "1",
        "TaiKhoanDuocXacThucVoiVNeID": "0",
        "DuocThanhToanTrucTuyen": "0",
        "LePhi": 45000,
        "ViTriDeHoSo": "",
        "SoGiayToChuHoSo": IDENTITY,
        "NgaySinhChuHoSo": "23050101",
        "DiaChiChuHoSo": "Số 1 ngõ 2",
        "SoTaiKhoan": "",
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": f"0229050{number:05d}"}],
        "NgayCapNhat": f"202607021700{number % 60:02d}",
    }
    return record | changes


def line(number: int = 1, **changes: str) -> dict[str, str]:
    """A dossier that keeps the contract of dac_khu_van_don/ho_so; changes are by header, blanks written as _."""
    values = [
        f"H49.154-260702-{number:04d}",
        "1.005641",
        "CHUNG_THUC",
        "1",
        PERSON,
        f"0229050{number:05d}",
        PHONE,
        "mau@example.com",
        "Số 1 ngõ 2",
        'Bản sao "bằng"; tốt nghiệp',
        "02/07/2026 07:55:00",
        "02/07/2026 08:00:00",
        "03/07/2026 17:00:00",
        "",
        "02/07/2026 16:00:00",
        "",
        "9",
        "UBND tỉnh Quảng Ninh",
        "45000,50",
        "",
        f"02/07/2026 17:00:{number % 60:02d}",
    ]
    return dict(zip(HEADER, values, strict=True)) | {name.replace("_", " "): value for name, value in changes.items()}
