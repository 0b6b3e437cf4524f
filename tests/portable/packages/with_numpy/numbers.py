"""Linear algebra, random numbers and a transform."""

from __future__ import annotations

import numpy
import numpy.random

from entry import handler

LISTED = numpy.random.default_rng([1, 2, 3])
SEEDED, DRAWN, OLD = numpy.random.default_rng(5), numpy.random.default_rng(), numpy.random.RandomState()


@handler
def numbers(data: dict[str, list]) -> dict[str, object]:  # type: ignore[type-arg]
    if "draw" in data:
        drawn = {"generator": DRAWN.random(), "old": OLD.random_sample(), "functions": numpy.random.random()}
        drawn["in a run"] = numpy.random.default_rng().random()
        return {"seeded": SEEDED.random(), "listed": LISTED.random(), "drawn": drawn}
    a, b = numpy.array(data["a"], dtype=float), numpy.array(data["b"], dtype=float)
    large = numpy.random.default_rng(1).random((300, 300)) + 300 * numpy.eye(300)
    return {
        "solution": numpy.linalg.solve(a, b).tolist(),
        "eigenvalues": numpy.linalg.eigvalsh(a).tolist(),
        "singular": numpy.linalg.svd(numpy.diag([3.0, 1.0, 2.0]), compute_uv=False).tolist(),
        "inverse": float(numpy.abs(large @ numpy.linalg.inv(large) - numpy.eye(300)).max()),
        "spectrum": numpy.abs(numpy.fft.fft([1, 0, 0, 0])).tolist(),
        "mersenne": int(numpy.random.RandomState(5489).randint(0, 2**32, dtype=numpy.uint32)),
        "pcg": float(numpy.random.default_rng(0).random()),
    }
