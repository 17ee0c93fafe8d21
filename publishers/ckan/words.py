"""What our packages say on a portal, in Vietnamese and English. Knows no package."""

from __future__ import annotations

FILES: dict[str, tuple[str, str, str]] = {
    "data.csv": ("CSV", "Dữ liệu (CSV)", "Data (CSV)"),
    "data.xlsx": ("XLSX", "Dữ liệu (Excel)", "Data (Excel)"),
    "data.parquet": ("Parquet", "Dữ liệu (Parquet)", "Data (Parquet)"),
    "changes.csv": ("CSV", "Khác gì bản trước (CSV)", "Changes since the revision before (CSV)"),
    "dictionary.csv": ("CSV", "Từ điển dữ liệu (CSV)", "Data dictionary (CSV)"),
    "receipt.json": ("JSON", "Biên nhận công bố có chữ ký", "Signed receipt of the publication"),
    "SHA256SUMS": ("TXT", "Mã băm mọi tệp (SHA-256)", "Checksums of every file (SHA-256)"),
    "manifest.json": ("JSON", "Bản kê đã niêm phong", "Sealed manifest"),
    "manifest.sig": ("JSON", "Chữ ký dưới bản kê", "Signature under the manifest"),
    "disclosure.json": ("JSON", "Cách bảo vệ số liệu", "How the numbers are protected"),
    "datapackage.json": ("JSON", "Mô tả Data Package", "Data Package description"),
    "csv-metadata.json": ("JSON", "Mô tả CSVW", "CSVW description"),
    "dataset.jsonld": ("JSON-LD", "Mô tả DCAT-AP", "DCAT-AP description"),
}
"""File → format, name in Vietnamese, name in English; in the order of a page."""
MIMETYPES = {
    "CSV": "text/csv",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "Parquet": "application/vnd.apache.parquet",
    "JSON": "application/json",
    "JSON-LD": "application/ld+json",
    "TXT": "text/plain",
}
ABOUT: dict[str, tuple[str, str]] = {
    "data.csv": (
        "Mở được bằng mọi phần mềm bảng tính; UTF-8, dấu phẩy.",
        "Opens in any spreadsheet; UTF-8, comma-separated.",
    ),
    "data.xlsx": (
        "Gồm ba trang: dữ liệu, từ điển, ghi chú.",
        "Three sheets: data, dictionary, notes.",
    ),
    "data.parquet": ("Cho phân tích bằng chương trình.", "For analysis by program."),
    "changes.csv": ("Từng dòng đã sửa so với bản trước.", "Every row that changed since the revision before."),
    "dictionary.csv": ("Mỗi cột nghĩa là gì, đơn vị, mã.", "What every column means, its unit, its codes."),
    "receipt.json": (
        "Ai duyệt, công bố khi nào, mã băm từng tệp; `minhbach verify` kiểm chứng.",
        "Who approved, when it came out, every file's hash; `minhbach verify` checks it.",
    ),
    "SHA256SUMS": ("Kiểm bằng `sha256sum -c SHA256SUMS`.", "Check with `sha256sum -c SHA256SUMS`."),
    "table": (
        "Xem trước, lọc và truy vấn mọi kỳ ngay tại đây; có API dữ liệu.",
        "Preview, filter and query every period right here; with a data API.",
    ),
}
TABLE = ("Bảng số liệu mọi kỳ", "Table of every period")
VIEW = "Bảng số liệu / Table"
SHAPES = {
    "vi": {
        "how_to_read": "Cách đọc",
        "does_not_say": "Số liệu không nói lên điều gì",
        "facts": "**Kỳ số liệu:** {period} ({window}). **Chốt số liệu:** {data_as_of}. **Công bố:** {issued}.",
        "next": " **Công bố tiếp theo:** {next_period}, ngày {next_release}.",
        "symbols": "Ô trống có chữ `c` ở cột `ghi_chu_an_so` là số được bảo mật; chữ `z` là không áp dụng.",
        "withdrawn": "Đã thu hồi",
        "stone": "**{period} ({revision}): đã thu hồi ngày {on}.** Lý do: {reason} {replacement}",
        "replaced": "Bản thay thế: {revision} của cùng kỳ.",
        "unreplaced": "Hiện chưa có bản thay thế.",
        "contact": "Liên hệ: {name}, {email}.",
        "as_of": "Số liệu chốt ngày {day}, từ hệ thống của các cơ quan, đã kiểm tra và bảo vệ trước khi công bố.",
    },
    "en": {
        "how_to_read": "How to read it",
        "does_not_say": "What it does not say",
        "facts": "**Period:** {period} ({window}). **Data as of:** {data_as_of}. **Released:** {issued}.",
        "next": " **Next release:** {next_period}, on {next_release}.",
        "symbols": "An empty cell with `c` in `ghi_chu_an_so` is confidential; `z` means not applicable.",
        "withdrawn": "Withdrawn",
        "stone": "**{period} ({revision}): withdrawn on {on}.** Reason: {reason} {replacement}",
        "replaced": "Replaced by {revision} of the same period.",
        "unreplaced": "There is no replacement yet.",
        "contact": "Contact: {name}, {email}.",
        "as_of": "Data as of {day}, from the agencies' systems, checked and protected before publication.",
    },
}
"""Sentences by language."""
WAITING = "{title} (chờ công bố / awaiting publication)"
EMPTY = "Không công khai. Nơi chờ của kỳ công bố tới. / Not public: what comes next waits here."
