"""Lists as files: CSV for other systems, XLSX for people."""

from collections.abc import Iterable, Sequence

from flask import Response, abort

from operations.reports.files import FileCell, write_csv, write_xlsx

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def send_table(
    kind: str, *, name: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[FileCell]]
) -> Response:
    """Return a table as the file `name`.csv or `name`.xlsx; 404 for any other kind."""
    if kind not in CONTENT_TYPES:
        abort(404)
    data = write_csv(headings, rows) if kind == "csv" else write_xlsx(title, headings, rows)
    response = Response(data, content_type=CONTENT_TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response
