"""A command with annotated parameters, a callback, rich help and an error."""

from enum import Enum

import typer
from typer.testing import CliRunner

app = typer.Typer()


class Kind(str, Enum):
    A = "a"
    B = "b"


@app.command()
def show(name: str, kind: Kind = Kind.A, count: int = typer.Option(1, min=1, max=3)) -> None:
    """Shows."""
    typer.echo(f"{name} {kind.value} {count}")


@app.command()
def other() -> None:
    raise typer.Exit(3)


def job():
    runner = CliRunner(env={"TERMINAL_WIDTH": "80", "NO_COLOR": "1"})
    words = [["show", "é", "--kind", "b"], ["show", "x", "--count", "9"], ["show", "--help"], ["other"]]
    return [[result.exit_code, result.output] for result in (runner.invoke(app, each) for each in words)]
