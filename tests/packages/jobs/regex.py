"""What only this module has: properties, recursion, fuzzy matches, sets, case folding."""

import regex


def job():
    return [
        regex.findall(r"\p{Lu}\p{Ll}+", "Ärger Über x"),
        regex.search(r"\((?:[^()]|(?R))*\)", "a (b (c) d) e").group(),
        regex.search(r"(?:hello){e<=2}", "say helo").group(),
        regex.sub(r"[[a-z]--[aeiou]]", "_", "hello"),
        regex.fullmatch(r"(?if)STRASSE", "straße") is not None,
        regex.split(r"\b{w}", "a b", flags=regex.V1),
        regex.findall(r"\X", "e\u0301a"),
        regex.match(r"(?P<n>a)+", "aaa").captures("n"),
    ]
