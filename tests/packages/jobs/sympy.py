"""Solves, integrates, simplifies, prints; dummy symbols are unique."""

import sympy

X, Y = sympy.symbols("x y")
WAVE = sympy.sin(X) ** 2 + sympy.cos(X) ** 2


def job():
    numeric = sympy.lambdify(X, X**2 + 1, "math")
    return [
        str(sympy.integrate(sympy.exp(-(X**2)), (X, -sympy.oo, sympy.oo))),
        [str(each) for each in sympy.solve(X**2 - 5 * X + 6, X)],
        str(sympy.simplify(WAVE)),
        sympy.latex(sympy.diff(sympy.log(X) / Y, X)),
        str(sympy.Matrix([[2, 1], [1, 3]]).inv()),
        numeric(3),
        sympy.Dummy("n") != sympy.Dummy("n"),
        sympy.factorint(360360),
    ]
