"""A group of commands, with options, a choice, a prompt and an error, run by click's own runner."""

import click
from click.testing import CliRunner


@click.group()
@click.version_option("1.0")
def tool():
    """A tool."""


@tool.command()
@click.argument("names", nargs=-1)
@click.option("--kind", type=click.Choice(["a", "b"]), default="a", show_default=True)
@click.option("--count", prompt=True, type=click.IntRange(1, 3))
def show(names, kind, count):
    """Shows."""
    click.echo(click.style(f"{'/'.join(names)} {kind} {count}", fg="red"))


def job():
    runner = CliRunner()
    texts = [["show", "é", "b", "--kind", "b"], ["show", "--help"], ["show", "--kind", "c"], ["--version"]]
    return [
        [result.exit_code, result.output] for result in (runner.invoke(tool, words, input="2\n") for words in texts)
    ]
