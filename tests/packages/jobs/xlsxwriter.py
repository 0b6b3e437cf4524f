"""A workbook in memory with formats, a formula and a chart; its parts are read again."""

import io
import zipfile

import xlsxwriter


def job():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Données")
        bold = book.add_format({"bold": True, "num_format": "0.00"})
        sheet.write_row(0, 0, ["a", "é", 1.5], bold)
        sheet.write_formula(1, 0, "=SUM(C1:C1)")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "='Données'!$C$1:$C$1"})
        sheet.insert_chart("D4", chart)
    with zipfile.ZipFile(out) as parts:
        names = sorted(parts.namelist())
        return [names, parts.read("xl/sharedStrings.xml").decode(), parts.testzip()]
