"""Documents are read and written, with anchors, tags of one's own, and an error that names its place."""

import yaml


class Point(yaml.YAMLObject):
    yaml_tag = "!point"
    yaml_loader = yaml.SafeLoader

    def __init__(self, x, y):
        self.x, self.y = x, y


def job():
    text = "base: &b {a: 1, day: 2024-02-29}\nother: {<<: *b, c: [é, ~, 1.5]}\nat: !point {x: 1, y: 2}\n"
    loaded = yaml.safe_load(text)
    point = loaded.pop("at")
    loaded["point"] = [point.x, point.y]
    try:
        yaml.safe_load("a: [1, 2\nb: }")
    except yaml.YAMLError as error:
        place = [error.problem_mark.line, error.problem_mark.column]
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    return [yaml.safe_dump(loaded, allow_unicode=True), place, yaml.load("[1, {a: b}]", loader)]
