"""A protection in plain words, Vietnamese first; tells counts of the pattern, never a hidden number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Protection


def explain(protection: Protection, language: str = "vi") -> str:
    """Say what was hidden and why, for a steward. Names no hidden value; the counts by reason are private all the same."""
    counts: dict[str, int] = protection.report.get("counts", {"primary": 0, "complement": 0, "difference": 0})
    lines = [_table(name, told, language) for name, told in protection.public["datasets"].items()]
    if language == "en":
        lines += [
            f"{counts['primary']} counts are below the threshold of persons; {counts['difference']} sensitive differences would be"
            f" computable; {counts['complement']} further cells are hidden so that nobody gets either by adding and subtracting.",
            f"Every hidden base and sensitive difference was shown to keep its declared width"
            f" ({protection.report['programs']} linear programs, {protection.report['rounds']} rounds).",
        ]
        steps = "Coarser rows, by the declared ladder: "
    else:
        lines += [
            f"{counts['primary']} số đếm dưới ngưỡng số người; {counts['difference']} hiệu số nhạy cảm có thể bị tính ra;"
            f" {counts['complement']} ô khác được che để không ai cộng trừ mà ra.",
            f"Mỗi số gốc bị che và mỗi hiệu số nhạy cảm đều còn đủ độ rộng đã khai"
            f" ({protection.report['programs']} bài toán tuyến tính, {protection.report['rounds']} vòng).",
        ]
        steps = "Các dòng gộp theo bậc thang đã khai: "
    if protection.public["ladder"]:
        lines.append(steps + "; ".join(protection.public["ladder"]) + ".")
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
