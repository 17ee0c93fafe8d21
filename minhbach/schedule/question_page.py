"""Writes a plan as the page that is read before approving it: Markdown, Vietnamese first. Counts, never a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..flow.answering import Question

ACTIONS = {
    "create": "tạo mới · create",
    "update": "cập nhật · update",
    "unchanged": "giữ nguyên · unchanged",
    "withdraw": "thu hồi · withdraw",
}
GATES = {"mart": "kiểm định bảng · mart", "release": "kiểm định tệp phát hành · release"}


def page(asked: Question, desk: str) -> str:
    """Lay out a question; `desk` is the address of its page on the desk, where there is one."""
    lines = [
        f"### Kế hoạch công bố kỳ {asked.period} · Plan of {asked.period}",
        "",
        f"Mã kế hoạch · hash: `{asked.plan}`",
        "",
        f"Cổng · portal: **{asked.portal}** · Ngày công bố · release: **{asked.issued}**",
        "",
        f"Người lập · prepared by: **{_plain(asked.preparer)}**",
        "",
        "| Bộ dữ liệu · dataset | Việc · action | Bản · release | Dòng · rows | + | − | ≠ |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {_plain(change['title'])} | {ACTIONS[change['action']]} | {change['release']} | {change['total']} | "
        f"{change['rows']['added']} | {change['rows']['removed']} | {change['rows']['changed']} |"
        for change in asked.changes
    ]
    for change in asked.changes:
        lines += ["", f"**{_plain(change['title'])}**", "", *_details(change)]
    if desk:
        lines += ["", f"[Xem đủ kế hoạch trên bàn làm việc · the whole plan on the desk]({desk})"]
    lines += ["", "Phê duyệt là phê duyệt đúng mã kế hoạch này · An approval is of exactly this hash."]
    return "\n".join(lines)


def _details(change: dict[str, Any]) -> list[str]:
    hidden, attack = change["suppressed"], change["attack"]
    share = f"{100 * float(hidden['share']):.1f}".replace(".", ",")
    lines = [
        f"- So với · against: {change['against'] or 'chưa có bản nào · nothing'}",
        f"- Ô được che · hidden cells: {hidden['cells']}; tỷ lệ nhiều nhất · share at most: {share} %",
        f"- Thử tấn công · attack: khôi phục · recovered {attack['recovered']}, thu hẹp · narrowed {attack['narrow']}",
    ]
    lines += [
        f"- {GATES.get(name, name)}: {'đạt · passed' if passed else 'KHÔNG ĐẠT · FAILED'} ({checks})"
        for name, passed, checks in change["gates"]
    ]
    if change["metadata"] and change["action"] != "create":  # of a new dataset all of it is new
        lines.append(f"- Siêu dữ liệu đổi · metadata: {', '.join(map(_plain, change['metadata']))}")
    if change["reason"]:
        lines.append(f"- Lý do thu hồi · reason: {_plain(change['reason'])}")
    return [*lines, *(f"- ⚠ {_plain(warning)}" for warning in change["warnings"])]


def _plain(text: str) -> str:
    """Keep a text from being markup: nothing in a declaration or a warning may look like a link or end a cell."""
    for sign in "\\`*_[]()<>|#!":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
