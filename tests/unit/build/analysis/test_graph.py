"""What is kept of the graph of PyInstaller's analysis: with nodes that are made up."""

from __future__ import annotations

import json
from pathlib import Path

from build.analysis.graph import Graph, document


class _Node:
    def __init__(self, identifier: str, filename: str | None = None) -> None:
        self.identifier, self.filename = identifier, filename


class SourceModule(_Node):
    pass


class Extension(_Node):
    pass


class MissingModule(_Node):
    pass


class Script(_Node):
    pass


class _Edge:
    def __init__(self, *, tryexcept: bool) -> None:
        self.tryexcept = tryexcept


class _Graph:
    """PyInstaller's, as far as it is used: nodes, and who imports whom, in a `try` or not."""

    def __init__(self, nodes: list[_Node], edges: list[tuple[str, str, bool]]) -> None:
        self._nodes = {node.identifier: node for node in nodes}
        self._edges = {(user, name): _Edge(tryexcept=is_tried) for user, name, is_tried in edges}

    def iter_graph(self) -> list[_Node]:
        return list(self._nodes.values())

    def incoming(self, node: _Node) -> list[_Node | None]:
        return [None, *(self._nodes[user] for user, name in self._edges if name == node.identifier)]

    def edgeData(self, user: _Node, node: _Node) -> _Edge:  # noqa: N802  # PyInstaller's name
        return self._edges[user.identifier, node.identifier]


class _Analysis:
    def __init__(self, graph: _Graph, binaries: list[tuple[str, str, str]]) -> None:
        self.graph, self.binaries = graph, binaries
        self.pure = [("a", "/x/a.py", "PYMODULE"), ("space", "-", "PYMODULE")]
        self.datas = [("a/data.txt", "/x/a/data.txt", "DATA")]


def _optional(edges: list[tuple[str, str, bool]], *more: _Node, file: str = "/x/fast.so") -> list[str]:
    nodes = [Script("/x/start.py"), SourceModule("a"), SourceModule("b"), Extension("fast", file), *more]
    found: list[str] = document(_Analysis(_Graph(nodes, edges), []))["optional"]
    return found


def test_modules_with_their_importers() -> None:
    nodes = [Script("/x/start.py"), SourceModule("a"), MissingModule("'gone'")]
    edges = [("/x/start.py", "a", False), ("a", "'gone'", True)]
    found = document(_Analysis(_Graph(nodes, edges), []))
    assert found["importers"] == {"/x/start.py": [], "a": ["/x/start.py"]}
    assert found["missing"] == {"gone": ["a"]}
    assert found["pure"] == [("a", "/x/a.py"), ("space", None)]


def test_an_extension_module_is_one_wherever_a_hook_has_put_it() -> None:
    graph = _Graph([Extension("fast", "/x/fast.so")], [])
    found = document(_Analysis(graph, [("fast.so", "/x/fast.so", "BINARY"), ("libz.so", "/x/libz.so", "BINARY")]))
    assert found["binaries"] == [["fast.so", "/x/fast.so", "EXTENSION"], ["libz.so", "/x/libz.so", "BINARY"]]


def test_optional_is_what_all_its_importers_do_without(tmp_path: Path) -> None:
    assert _optional([("a", "fast", True)]) == ["fast"]
    assert _optional([("a", "fast", True), ("b", "fast", False)]) == []
    assert _optional([]) == []  # nobody is known to do without
    assert _optional([("/x/start.py", "fast", False)]) == []
    assert _optional([("/x/start.py", "fast", False), ("a", "fast", True)]) == ["fast"]  # the script stands for all
    assert _optional([("a", "b", True), ("b", "fast", False)]) == ["fast"]  # who needs it is optional itself
    assert _optional([("a", "b", False), ("b", "a", True), ("b", "fast", False)]) == ["fast"]  # a circle ends
    beside = tmp_path / "fast.cpython-311-x86_64-linux-gnu.so"
    assert _optional([("a", "fast", False)], file=str(beside)) == []
    beside.with_name("fast.py").touch()
    assert _optional([("a", "fast", False)], file=str(beside)) == ["fast"]


def test_sources_are_where_they_lie(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    written = {
        "importers": {}, "missing": {}, "optional": ["fast"], "pure": [["a", f"{link}/a.py"], ["space", None]],
        "binaries": [["fast.so", f"{link}/fast.so", "EXTENSION"]], "datas": [["t", f"{link}/t", "DATA"]],
    }  # fmt: skip
    (tmp_path / "graph.json").write_text(json.dumps(written))
    graph = Graph.read((tmp_path / "graph.json").read_text())
    assert graph.pure == {"a": real / "a.py", "space": None}
    assert graph.binaries == [("fast.so", f"{real}/fast.so", "EXTENSION")]
    assert graph.datas == [("t", f"{real}/t", "DATA")]


def test_without() -> None:
    binaries = [("fast.so", "/x/fast.so", "EXTENSION"), ("a.so", "/x/a.so", "BINARY")]
    graph = Graph({"a": [], "fast": ["a"]}, {}, {"a": Path("/x/a.py")}, binaries, []).without(["fast", "a"])
    assert (graph.importers, graph.pure, graph.binaries) == ({}, {}, [("a.so", "/x/a.so", "BINARY")])
