"""A figure without a screen as PNG, SVG and PDF: texts, a legend, a formula, a map of colours."""

import io

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def job():
    figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2))
    left.plot([1, 2, 3], [1, 4, 9], label=r"$x^2$ é")
    left.legend()
    right.imshow([[1, 2], [3, 4]], cmap="viridis")
    right.set_title(r"$\sum_{i=0}^n \frac{1}{i}$")
    found = []
    for kind in ("png", "svg", "pdf"):
        out = io.BytesIO()
        figure.savefig(out, format=kind)
        data = out.getvalue()
        found.append([kind, len(data) > 5000, data[:4].decode("latin-1")])
    width = figure.canvas.get_width_height()
    plt.close(figure)
    return [found, list(width), list(matplotlib.colormaps["viridis"](0.5))[:1], matplotlib.get_backend().lower()]
