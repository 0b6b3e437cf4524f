"""A workbook in memory: a formula, styles, a chart, a table, dates; read again."""

import io
from datetime import date

from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table


def job():
    book = Workbook()
    sheet = book.active
    sheet.title = "Données"
    for row in (["n", "é"], [1, date(2024, 2, 29)], [2, None]):
        sheet.append(row)
    sheet["A4"] = "=SUM(A2:A3)"
    sheet["A1"].font = Font(bold=True)
    sheet.add_table(Table(displayName="T", ref="A1:B3"))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "D2")
    out = io.BytesIO()
    book.save(out)
    again = load_workbook(out)["Données"]
    values = [[str(value) for value in row] for row in again.iter_rows(values_only=True)]
    return [values, again["A1"].font.bold, list(again.tables), get_column_letter(703), len(again._charts)]
