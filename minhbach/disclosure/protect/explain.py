"""A protection in plain words, Vietnamese first; tells counts of the pattern, never a hidden number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Protection


PATTERN = {
    "vi": (
        "{primary} số đếm dưới ngưỡng số người; {difference} hiệu số nhạy cảm có thể bị tính ra; {complement} ô khác"
        " được che để không ai cộng trừ mà ra."
    ),
    "en": (
        "{primary} counts are below the threshold of persons; {difference} sensitive differences would be computable;"
        " {complement} further cells are hidden so that nobody gets either by adding and subtracting."
    ),
}
PROOF = {
    "vi": (
        "Mỗi số gốc bị che và mỗi hiệu số nhạy cảm đều còn đủ độ rộng đã khai ({programs} bài toán tuyến tính,"
        " {rounds} vòng)."
    ),
    "en": (
        "Every hidden base and sensitive difference was shown to keep its declared width ({programs} linear programs,"
        " {rounds} rounds)."
    ),
}
STEPS = {"vi": "Các dòng gộp theo bậc thang đã khai: ", "en": "Coarser rows, by the declared ladder: "}


def explain(protection: Protection, language: str = "vi") -> str:
    """Say what was hidden and why, for a steward. Tells no hidden value; counts by reason are private all the same."""
    counts: dict[str, int] = protection.report.get("counts", {"primary": 0, "complement": 0, "difference": 0})
    lines = [_table(name, told, language) for name, told in protection.public["datasets"].items()]
    counted = PATTERN[language].format(**counts)
    proven = PROOF[language].format(programs=protection.report["programs"], rounds=protection.report["rounds"])
    lines += [counted, proven]
    if protection.public["ladder"]:
        lines.append(STEPS[language] + "; ".join(protection.public["ladder"]) + ".")
    return "\n".join(lines)


def _table(name: str, told: dict[str, Any], language: str) -> str:
    share = f"{told['suppressed_share_at_most']:.1%}"
    if language == "en":
        return (
            f"{name}: {told['suppressed_cells']} of {told['cells']} cells in {told['rows']} rows are hidden;"
            f" they hold at most {share} of the records."
        )
    return (
        f"{name}: che {told['suppressed_cells']} trên {told['cells']} ô của {told['rows']} dòng;"
        f" các ô này chứa nhiều nhất {share.replace('.', ',')} số hồ sơ."
    )
