"""Geometries: a union, a buffer, a distance, WKT and WKB, a tree, an array, an error."""

import shapely
from shapely import STRtree, wkb, wkt
from shapely.geometry import Point, Polygon, mapping, shape
from shapely.ops import unary_union


def job():
    square = Polygon([(0, 0), (2, 0), (2, 2), (0, 2)])
    other = shape({"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]})
    try:
        wkt.loads("POINT (1")
    except shapely.errors.GEOSException as error:
        failed = type(error).__name__
    tree = STRtree([square, other])
    return [
        unary_union([square, other]).area,
        wkb.loads(wkb.dumps(square)).equals(square),
        round(Point(0, 0).buffer(1).area, 4),
        Point(5, 6).distance(square),
        mapping(square.intersection(other))["type"],
        failed,
        sorted(tree.query(Point(1.5, 1.5)).tolist()),
        shapely.area([square, other]).tolist(),
        square.centroid.wkt,
    ]
