"""Special functions, an optimum, an integral, a spline, a sparse system, statistics, an FFT, a spatial tree."""

import numpy as np
from scipy import fft, integrate, interpolate, linalg, optimize, signal, sparse, spatial, special, stats
from scipy.sparse.linalg import spsolve


def job():
    matrix = sparse.csc_matrix(np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 2]]))
    values = [
        special.gamma(4.5),
        special.jv(1, 2.0),
        optimize.minimize_scalar(lambda x: (x - 2) ** 2).x,
        integrate.quad(np.sin, 0, np.pi)[0],
        float(interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5)),
        *spsolve(matrix, np.array([1.0, 2, 3])),
        stats.ttest_ind([1, 2, 3, 4], [2, 3, 4, 6]).pvalue,
        abs(fft.fft([1, 2, 3, 4])[1]),
        linalg.det([[1, 2], [3, 4]]),
        spatial.KDTree([[0, 0], [3, 4]]).query([3, 3])[0],
        signal.convolve([1, 2], [1, 3])[1],
        optimize.linprog([1, 2], A_ub=[[-1, -1]], b_ub=[-1]).fun,
    ]
    return [round(float(value), 7) for value in values]
