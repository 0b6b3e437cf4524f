"""Units from pint's own definitions: conversion, dimensions, an error, a context."""

import pint

UNITS = pint.UnitRegistry()


def job():
    try:
        (1 * UNITS.meter).to("second")
    except pint.DimensionalityError as error:
        failed = str(error)
    with UNITS.context("sp"):
        wave = round((532 * UNITS.nm).to("THz").magnitude, 3)
    speed = UNITS("90 km/hour").to("m/s")
    return [
        round(speed.magnitude, 9),
        str(speed.dimensionality),
        failed,
        wave,
        f"{UNITS.Quantity(20, 'degC').to('degF'):.1f~P}",
    ]
