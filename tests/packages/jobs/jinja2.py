"""Templates from a dictionary: inheritance, macros, filters, an extension, escapes, an error with its line."""

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateSyntaxError, UndefinedError


def job():
    templates = {
        "base": "<h1>{% block title %}{% endblock %}</h1>{% block body %}{% endblock %}",
        "page": "{% extends 'base' %}{% macro li(x) %}<li>{{ x|upper }}</li>{% endmacro %}"
        "{% block title %}{{ title }}{% endblock %}"
        "{% block body %}{% for x in xs %}{{ li(x) }}{% if x == 'b' %}{% break %}{% endif %}{% endfor %}{% do log.append(1) %}"
        "{% trans n=xs|length %}{{ n }} item{% pluralize %}{{ n }} items{% endtrans %}{% endblock %}",
    }
    extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"]
    environment = Environment(
        loader=DictLoader(templates), autoescape=True, undefined=StrictUndefined, extensions=extensions
    )
    environment.install_null_translations()
    log = []
    text = environment.get_template("page").render(title="<&>", xs=["a", "b", "c"], log=log)
    failures = []
    for source in ("{% if %}", "{{ missing }}"):
        try:
            environment.from_string(source).render()
        except (TemplateSyntaxError, UndefinedError) as error:
            failures.append([type(error).__name__, str(error)])
    return [text, log, failures]
