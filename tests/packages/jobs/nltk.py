"""What needs no data: stemmers, tokenizers, distances, a grammar, frequencies."""

import nltk
from nltk.metrics import edit_distance
from nltk.stem import PorterStemmer
from nltk.stem.snowball import SnowballStemmer
from nltk.tokenize import RegexpTokenizer, TreebankWordTokenizer, wordpunct_tokenize


def job():
    grammar = nltk.CFG.fromstring("S -> N V\nN -> 'cats'\nV -> 'run'")
    tree = next(nltk.ChartParser(grammar).parse(["cats", "run"]))
    words = TreebankWordTokenizer().tokenize("They don't run, do they?")
    try:
        nltk.data.find("tokenizers/punkt")
    except LookupError as error:
        missing = type(error).__name__
    return [
        PorterStemmer().stem("running"),
        SnowballStemmer("german").stem("läufer"),
        words,
        wordpunct_tokenize("a.b"),
        str(tree),
        edit_distance("kitten", "sitting"),
        nltk.FreqDist(words).most_common(1),
        RegexpTokenizer(r"\w+").tokenize("é a"),
        missing,
    ]
