"""A table, a tree, Markdown, code with colours, a traceback, wide characters."""

import io

from rich.console import Console
from rich.json import JSON
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table
from rich.traceback import Traceback
from rich.tree import Tree


def job():
    out = io.StringIO()
    console = Console(file=out, width=60, force_terminal=True, color_system="truecolor", legacy_windows=False)
    table = Table("a", "二", title="[bold red]T[/]")
    table.add_row("é", ":smile:")
    tree = Tree("root")
    tree.add("leaf")
    for each in (
        table,
        tree,
        Markdown("# T\n\n- a\n- `b`"),
        Syntax("x = {'a': 1}  # é", "python"),
        JSON('{"a": [1, null]}'),
    ):
        console.print(each)
    try:
        raise ValueError("é")
    except ValueError:
        other = Console(file=io.StringIO(), width=60, record=True)
        other.print(Traceback(extra_lines=0))
    return [out.getvalue(), "ValueError: é" in other.export_text()]
