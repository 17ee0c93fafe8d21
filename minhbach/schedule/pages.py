"""The documentation that Airflow's UI shows: written from the catalog, Vietnamese first, English beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.catalog import Agency, Catalog, Publication, Table

TASKS = {
    "wait_for_agencies": (
        "Chờ đến khi mọi cơ quan đã giao hoặc được miễn; XCom `agencies` nói cơ quan nào còn thiếu bảng nào. "
        "Miễn: `minhbach freeze --waive CƠ_QUAN --reason LÝ_DO`.\n\n"
        "Waits until every supplier has delivered or is waived; its XCom `agencies` says who is missing which table."
    ),
    "close_books": (
        "Khóa sổ: nhận các tệp đính chính trong hộp thư của cơ quan (XCom `corrections`), rồi ghi vào sổ cái những lần "
        "thu thập mà kỳ này được đọc. Đã khóa thì không mở lại.\n\n"
        "Takes in the agencies' corrections, then freezes the list of extracts that the period may read, for good."
    ),
    "build_and_judge": (
        "Dựng bảng bằng dbt rồi kiểm định từng bộ dữ liệu; một kiểm định không đạt thì dừng. Mỗi lúc một việc (pool "
        "`minhbach_warehouse`).\n\nBuilds the marts and judges them; a failed gate stops here. One at a time."
    ),
    "protect_and_seal": (
        "Che những ô nhỏ, ghi tệp, thử tấn công chính các tệp đó, kiểm định lại, niêm phong.\n\n"
        "Protects, writes, attacks what was written, judges it again, seals it."
    ),
    "plan": (
        "So bản đã niêm phong với cổng, ghi kế hoạch có mã, do người lập ký.\n\n"
        "Says what differs from the portal, as a plan with a hash, signed by its preparer."
    ),
    "approval": (
        "Người được nêu trong `approved_by`, không phải người lập, phê duyệt đúng mã kế hoạch: bấm ở đây khi đã đăng "
        "nhập, hoặc `minhbach approve` bằng chữ ký. Sổ cái ghi ai và bằng cách nào.\n\n"
        "Somebody of `approved_by`, not the preparer, approves exactly this hash: here, logged in, or by a signature."
    ),
    "stage": (
        "Đưa mọi thứ lên cổng mà chưa ai thấy, và kiểm lại ở đó.\n\n"
        "Brings everything to the portal unseen, and proves it there."
    ),
    "wait_for_release": "Chờ đến giờ công bố đã hẹn.\n\nWaits for the hour of release.",
    "apply": (
        "Công bố, đọc lại từng byte như người đọc, ký biên nhận. Bị ngắt thì chạy lại được.\n\n"
        "Publishes, reads back every byte as the public does, signs the receipt. Can be killed and repeated."
    ),
    "look_from_outside": (
        "Đọc cổng như mọi người: có gì trễ, rỗng, bị sửa, lệch với biên nhận không.\n\n"
        "Reads the portal as anybody does: late, empty, edited, tampered or out of step."
    ),
    "on_time": (
        "Kỳ vừa khóa đã công bố đúng giờ chưa.\n\nWhether the last closed period went out when it should have."
    ),
}


def of_agency(agency: Agency) -> str:
    """Write the page of an extract DAG."""
    rows = (f"| `{name}` | {table.title.vi} | {table.title.en} |" for name, table in agency.tables.items())
    heads = (f"# {agency.title.vi}", "", f"*{agency.title.en}*", "", "| bảng · table | vi | en |", "|---|---|---|")
    return "\n".join((*heads, *rows))


def of_table(name: str, table: Table) -> str:
    """Write the page of a task that lands a table: its contract, and what becomes of each column."""
    rows = (
        f"| `{column}` | {declared.type} | {declared.class_} | {'có · yes' if declared.lands else 'không · no'} |"
        for column, declared in table.columns.items()
    )
    heads = (f"`{name}`: {table.title.vi} · {table.title.en}", "", "| cột · column | type | class | lưu · lands |")
    return "\n".join((*heads, "|---|---|---|---|", *rows))


def of_publication(catalog: Catalog, publication: Publication) -> str:
    """Write the page of a publication's DAGs."""
    calendar, portal = publication.calendar, publication.portal
    days, hour = calendar.release_after_workdays, calendar.release_at
    lines = [
        publication.about.vi,
        "",
        f"*{publication.about.en}*",
        "",
        "| bộ dữ liệu · dataset | vi | en |",
        "|---|---|---|",
    ]
    for name in publication.datasets:
        title = catalog.dataset(name).title
        lines.append(f"| `{name}` | {title.vi} | {title.en} |")
    lines += [
        "",
        f"Công bố: ngày làm việc thứ {days} sau ngày chốt, lúc {hour}, tại cổng `{portal}`.",
        "",
        f"*Goes out on working day {days} after the cut-off, at {hour}, on the portal `{portal}`.*",
        "",
        f"Phê duyệt · approved by: {_titles(catalog, publication.approved_by)}",
    ]
    return "\n".join(lines)


def _titles(catalog: Catalog, names: list[str]) -> str:
    return ", ".join(catalog.people[name].title for name in names if name in catalog.people)
