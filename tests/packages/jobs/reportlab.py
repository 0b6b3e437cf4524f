"""A page with text, a table, a chart and bar codes; what its stream holds."""

import io

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode import createBarcodeDrawing, qr
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A6
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table


def job():
    out = io.BytesIO()
    chart = Drawing(100, 80)
    bars = VerticalBarChart()
    bars.data = [[1, 2, 3]]
    chart.add(bars)
    code = createBarcodeDrawing("Code128", value="ABC-123", barHeight=20)
    ean = createBarcodeDrawing("EAN13", value="123456789012")
    square = Drawing(50, 50)
    square.add(qr.QrCodeWidget("https://example.org/é"))
    text = Paragraph("<b>Prix</b>: 5 € é", getSampleStyleSheet()["Normal"])
    SimpleDocTemplate(out, pagesize=A6, invariant=1, pageCompression=0).build(
        [text, Table([["a", "b"]]), chart, code, ean, square]
    )
    data = out.getvalue()
    return [
        data[:8].decode(),
        b"EOF" in data[-10:],
        len(data),
        round(pdfmetrics.stringWidth("Prix é", "Helvetica", 12), 3),
        len(renderPDF.drawToString(square)) > 1000,
    ]
