"""Excel files for tests, written by hand: a zip with a few XML files."""

import io
import zipfile
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = f"""<Relationships xmlns="{_PACKAGE}/relationships">{{}}</Relationships>"""
_TYPES = f"""<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{_SHEET}.styles+xml"/>{{}}</Types>"""
_STYLES = (
    f"""<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"""
)
_STATE = {True: "hidden", False: "visible"}
DATE = 1  # the style of a cell that is a day


def xlsx(*sheets: list, hidden: tuple[int, ...] = (), more: str = "") -> bytes:
    """A workbook; `hidden` are the numbers of sheets that are not shown, `more` is XML behind the rows of the first.

    A cell is a string, a number, a boolean, or (number, DATE).
    """
    places = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": _TYPES.format(
            "".join(f'<Override PartName="/xl/sheet{n}.xml" ContentType="{_SHEET}.worksheet+xml"/>' for n in places)
        ),
        "_rels/.rels": _RELATIONS.format(_relation("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            "".join(_relation(f"rId{n}", "worksheet", f"sheet{n}.xml") for n in places)
            + _relation("rId0", "styles", "styles.xml")
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="Sheet {n}" sheetId="{n}" r:id="rId{n}" state="{_STATE[n in hidden]}"/>' for n in places
        )
        + "</sheets></workbook>",
        "xl/styles.xml": _STYLES,
    }
    for number, rows in enumerate(sheets, 1):
        body = "".join(_row(place, row) for place, row in enumerate(rows, 1)) + (more if number == 1 else "")
        parts[f"xl/sheet{number}.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return file.getvalue()


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _row(place: int, row: list) -> str:
    cells = (_cell(f"{_column(at)}{place}", value) for at, value in enumerate(row) if value is not None)
    return f'<row r="{place}">{"".join(cells)}</row>'


def _column(place: int) -> str:
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell(at: str, value: object) -> str:
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, tuple):
        return f'<c r="{at}" s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value}</v></c>'
