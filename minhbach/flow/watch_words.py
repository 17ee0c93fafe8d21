"""What a watch says to stewards: every finding in Vietnamese and in English, with what to do. Knows no portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.watching import What

Pair = tuple[str, str]

NAMES: dict[What, Pair] = {
    "late": ("trễ hạn", "late"),
    "empty": ("rỗng", "empty"),
    "edited": ("bị sửa", "edited"),
    "tampered": ("tệp bị thay", "tampered"),
    "out of sync": ("lệch nhau", "out of sync"),
    "unreachable": ("không truy cập được", "unreachable"),
    "receipt": ("biên nhận sai", "receipt broken"),
}
"""The kinds of finding, Vietnamese first."""

TOLD: dict[tuple[What, str], Pair] = {
    ("late", ""): (
        "kỳ {period} lẽ ra đã công bố ngày {day}",
        "{period} should have been published on {day}",
    ),
    ("empty", "gone"): (
        "{edition} đã công bố nhưng không còn trên cổng",
        "{edition} was published and is not on the portal any more",
    ),
    ("empty", "files"): ("{edition} thiếu tệp {names}", "{edition} lacks the files {names}"),
    ("empty", "rows"): ("bảng của {edition} không có dòng nào", "the table of {edition} has no rows"),
    ("edited", ""): (
        "mô tả khác với kế hoạch đã phê duyệt ở {fields}",
        "the metadata differs from the approved plan in {fields}",
    ),
    ("edited", "added"): (
        "có {edition} mà không kế hoạch nào đưa lên, hoặc đã thu hồi",
        "{edition} is shown, which no plan brought or a plan took back",
    ),
    ("edited", "pages"): ("trang khác với bản đã dựng: {said}", "pages differ from what was built: {said}"),
    ("tampered", ""): (
        "{edition}: {names} khác với bản đã niêm phong",
        "{edition}: the bytes of {names} are not those that were sealed",
    ),
    ("out of sync", ""): ("bảng tra cứu khác với tệp: {said}", "the queryable table differs from the files: {said}"),
    ("out of sync", "portals"): (
        "khác với cổng {other} ở {names}",
        "differs from the portal {other} in {names}",
    ),
    ("unreachable", ""): ("cổng không trả lời: {said}", "the portal does not answer: {said}"),
    ("receipt", ""): (
        "chữ ký trên biên nhận của kế hoạch {plan} không đúng",
        "the receipt of plan {plan} does not carry the house's signature",
    ),
    ("receipt", "gone"): ("không có biên nhận của kế hoạch {plan}", "there is no receipt of plan {plan}"),
}
DO: dict[What, Pair] = {
    "late": (
        "xem `minhbach status`: cơ quan nào chưa nộp, khâu nào đang chờ",
        "see `minhbach status` for the agency or step that it waits for",
    ),
    "empty": ("lập kế hoạch và áp dụng lại", "plan and apply again"),
    "edited": (
        "hỏi ai đã sửa; `minhbach plan` nêu từng khác biệt, áp dụng lại để trả về như cũ",
        "ask who edited it; `minhbach plan` names each difference, applying it puts them right",
    ),
    "tampered": (
        "coi là sự cố an toàn: giữ nhật ký cổng, đổi mã truy cập, rồi lập kế hoạch và áp dụng lại",
        "treat it as an incident: keep the portal's logs, change its tokens, then plan and apply again",
    ),
    "out of sync": (
        "lập kế hoạch và áp dụng lại cho cổng này",
        "plan and apply again for this portal",
    ),
    "unreachable": ("kiểm tra cổng, rồi chạy lại", "look after the portal, then watch again"),
    "receipt": (
        "so với bản trong kho (`lake/receipts`), áp dụng lại; nếu chữ ký lạ thì coi là sự cố an toàn",
        "compare with the lake's own (`lake/receipts`) and apply again; a foreign signature is an incident",
    ),
}


def words_of(what: What, variant: str, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is told of a finding and what to do about it, each as {vi, en}."""
    vi, en = TOLD[what, variant]
    return {"vi": vi.format(**values), "en": en.format(**values)}, dict(zip(("vi", "en"), DO[what], strict=True))
