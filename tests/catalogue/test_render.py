"""handlers/render.py: what templates can do, and what the sandbox keeps them from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.catalogue.conftest import Run

TO = {"scope": "instance", "name": "letter"}


def _text(run: Run, template: str, **data: Any) -> str:
    seen = run("render", {"template": template, "data": data})
    assert seen.code is None, seen
    return str(seen.value["text"])


def test_templates(run: Run) -> None:
    assert _text(run, "Hello, {{ name }}!\n", name="Grüße") == "Hello, Grüße!\n"
    rows = "{% for each in rows if each.n %}{{ loop.index }}:{{ each['n'] }} {% else %}none{% endfor %}"
    assert _text(run, rows, rows=[{"n": 1}, {"n": 0}, {"n": 2}]) == "1:1 2:2 "
    assert _text(run, rows, rows=[]) == "none"
    assert _text(run, "{{ a | tojson }} {{ b | join(', ') }} {{ c | default('-') }}", a={"x": [1]}, b=[1, 2]) == (
        '{"x": [1]} 1, 2 -'
    )
    macro = "{% macro b(text) %}<b>{{ text }}</b>{% endmacro %}{% set ns = namespace(n=0) %}{% set ns.n = 2 %}"
    assert _text(run, macro + "{{ b('x') }}{{ ns.n }}{{ '%05.1f' | format(1.25) }}") == "<b>x</b>2001.2"


def test_files_passed_in(run: Run) -> None:
    files = {
        "page.html": b"{% extends 'base.html' %}{% block body %}{{ text }}{% include 'parts/end.txt' %}{% endblock %}",
        "base.html": b"<p>{% block body %}{% endblock %}</p>",
        "parts/end.txt": "Grüße & <b>".encode(),
    }
    seen = run("render", {"variable": "page.html", "data": {"text": "<i>"}, "to": TO}, files)
    assert seen.variables["instance"]["letter"] == "<p>&lt;i&gt;Grüße & <b></p>".encode()
    assert seen.value == {**TO, "bytes": len(seen.variables["instance"]["letter"])}
    assert run("render", {"variable": "page.html", "data": {"text": "<i>"}, "escape": False}, files).value == {
        "text": "<p><i>Grüße & <b></p>"
    }
    run("render", {"variable": "none.html"}).failed("fn.variable.missing", "none.html")
    for template in ("{% include secret %}", "{% include [secret, secret] %}", "{% extends secret %}"):
        missing = run("render", {"template": template, "data": {"secret": "s3cret"}}, files)
        missing.failed("render.failed", "the template, line 1: a template that it names was not passed in")
        assert "s3cret" not in missing.message
    run("render", {"template": "{% include '../input.json' %}"}).failed("fn.variable.invalid", "input.json")
    run("render", {"template": "{% include 'a' %}"}, {"a": b"\xff"}).failed("fn.variable.unreadable", "not utf-8")
    run("render", {"template": "{% include 'a' %}"}, {"a": b"\n\n{{ x }}"}).failed(
        "render.undefined", "a, line 3", "'x'"
    )
    run("render", {"template": "{% include 'a' %}"}, {"a": b"\n{% if"}).failed("render.syntax", "a, line 2")


def test_escaping_and_spaces(run: Run) -> None:
    given = {"template": "{{ a }}{{ a | e }}{{ a | safe }}", "data": {"a": "<"}}
    assert run("render", given).value == {"text": "<&lt;<"}
    assert run("render", {**given, "escape": True}).value == {"text": "&lt;&lt;<"}
    assert run("render", {"template": "  {% if true %}\na\n  {% endif %}\n", "trim": True}).value == {"text": "a\n"}


def test_what_is_not_there(run: Run) -> None:
    run("render", {"template": "a\n{{ user.name }}"}).failed("render.undefined", "line 2", "'user' is undefined")
    run("render", {"template": "{{ a.b }}", "data": {"a": {}}}).failed("render.undefined", "no attribute 'b'")
    assert run("render", {"template": "[{{ user }}]", "undefined": True}).value == {"text": "[]"}
    for name in ("user", "[1, user]", "{'a': {'b': user}}"):
        run("render", {"template": f"\n{{{{ {name}|tojson }}}}"}).failed(
            "render.undefined", "line 2", "'user' is undefined"
        )
    run("render", {"template": "{{ a.b|tojson }}", "data": {"a": {}}}).failed("render.undefined", "no attribute 'b'")
    assert run("render", {"template": "{{ a|tojson }}", "data": {"a": {"c": "<", "b": 1}}}).value == {
        "text": '{"b": 1, "c": "\\u003c"}'
    }


@pytest.mark.parametrize(
    ("template", "code", "words"),
    [
        ("\n{% if %}", "render.syntax", "line 2"),
        ("{{ 'a' | no_such_filter }}", "render.syntax", "no_such_filter"),
        ("{% no_such_tag %}", "render.syntax", "no_such_tag"),
        ("\n\n{{ 1 // 0 }}", "render.failed", "line 3: ZeroDivisionError"),
        ("{{ 1 + 'secret' }}", "render.failed", "line 1: TypeError"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "render.failed", "without an end"),
        ("{% include 'self' %}", "render.failed", "without an end"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "render.failed", ""),
    ],
)
def test_what_goes_wrong(run: Run, template: str, code: str, words: str) -> None:
    seen = run("render", {"template": template}, {"self": b"{% include 'self' %}"})
    seen.failed(code, words)
    assert "secret" not in seen.message


ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ [''] | map(attribute='__class__') | first }}",
    "{{ ''.format.__globals__ }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ ('%s' | attr('format_map'))({}).__class__ }}",
    "{{ '{x.__init__.__globals__}'.format_map({'x': joiner}) }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ range.__self__ }}",
    "{{ dict.mro() }}{{ dict.__base__ }}",
    "{{ (lipsum | attr('__globals__')) }}",
    "{% set f = '{0.__class__}'.format %}{{ f('') }}",
    "{{ ['{0.__class__}'] | map('format', '') | first | attr('__class__') }}",
    "{% for a in [''.__class__] %}{{ a.mro() }}{% endfor %}",
    "{{ loop.__class__ }}{{ caller.__class__ }}",
    "{{ data.append(1) }}",
    "{{ record.update({'a': 1}) }}",
    "{% do data.clear() %}",
    "{{ data.__setitem__(0, 1) }}",
    "{{ ().__class__.__base__ }}",
    "{% import os %}",
    "{{ get_flashed_messages.__globals__ }}{{ url_for.__globals__ }}{{ config }}",
]


@pytest.mark.parametrize("template", ESCAPES)
def test_nothing_leads_out_of_the_sandbox(run: Run, template: str) -> None:
    seen = run("render", {"template": template, "data": {"data": [1], "record": {}}})
    assert seen.code in ("render.failed", "render.undefined", "render.syntax"), seen
    assert "Traceback" not in "\n".join(seen.log)


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 10_000_000_000 }}",
        "{{ '%9999999999d' % 1 }}",
        "{{ '{:9999999999}'.format(1) }}",
        "{{ 'a'.ljust(10_000_000_000) }}",
        "{{ 'a' | center(10_000_000_000) }}",
        "{{ [0] * 10_000_000_000 }}",
        "{% set ns = namespace(a='a' * 1000) %}{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
        "{{ 'a' | indent(10_000_000_000, true) }}",
        "{% for i in range(90000) %}{{ 'a' * 100_000 }}{% endfor %}",
        "{{ 'a,' * 100_000_000 }}",
    ],
)
def test_what_takes_too_much(run: Run, template: str) -> None:
    run("render", {"template": template}).failed("render.tooLarge")


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 9 ** (9 ** 9) }}",
        "{{ (10 ** 4000000) | string | length }}",
    ],
)
def test_what_takes_too_long(run: Run, template: str) -> None:
    seen = run("render", {"template": template, "timeout": 0.5})
    assert seen.code in ("render.timeout", "render.failed", "render.tooLarge"), seen


def test_too_large_a_range_is_refused(run: Run) -> None:
    run("render", {"template": "{{ range(1000000) | length }}"}).failed("render.failed", "Range too big")


def test_inputs_that_do_not_fit(run: Run) -> None:
    for wrong in ({}, {"template": "a", "variable": "b"}, {"template": 1}, {"template": "a", "data": []}):
        run("render", wrong).failed("fn.input.mismatch", "$")


def test_nothing_of_the_input_is_logged(run: Run) -> None:
    assert run("render", {"template": "secret {{ a }}", "data": {"a": "secret"}}).log == []


def test_half_a_character_is_the_template_s_fault(run: Run) -> None:
    for more in ({}, {"to": {"scope": "workflow", "name": "text"}}):
        run("render", {"template": '{{ "\\ud800" }}', **more}).failed("render.failed", "half a character")


def test_a_byte_order_mark_does_not_stick(run: Run) -> None:
    """Nor in the middle of a text, where an included template begins with it."""
    assert run("render", {"template": "\ufeffa"}).value == {"text": "a"}
    files = {"whole": b"\xef\xbb\xbf<{% include 'part' %}>", "part": b"\xef\xbb\xbfpart"}
    assert run("render", {"variable": "whole"}, files).value == {"text": "<part>"}
