"""Words as searches compare them: their stems, and whether one is the other misspelled."""

import re

SHORTEST = 4
"""Words below this are too short to be cut or misspelled: too many others are like them."""
LONG = 8
LONGEST = 40
ENDINGS = (("ies", 5, "y"), ("ing", 7, ""), ("ed", 6, ""), ("s", 4, ""))
"""What a word loses, how long it must be for that, and what it gets instead."""
KEPT = ("ss", "us", "is", "eed")

BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
WORD = re.compile(r"[^\W_]+")

SAME = 1.0
BEGINNING = 0.8
MISSPELLED = 0.6


def words(text: str) -> list[str]:
    """Return the words of a text; a name such as `DatabaseDown` gives each word in it, and itself."""
    names = (name for name in WORD.findall(text) if BOUNDARY.search(name))
    return [word.casefold()[:LONGEST] for word in (*WORD.findall(BOUNDARY.sub(" ", text)), *names)]


def stem(word: str) -> str:
    """Return an English word without the ending that its forms differ in."""
    for ending, least, instead in ENDINGS:
        if word.endswith(ending) and len(word) >= least and not word.endswith(KEPT):
            return word.removesuffix(ending) + instead
    return word


def likeness(one: str, other: str) -> float:
    """Return how surely two words mean the same: wholly, where one begins the other less, else not at all."""
    if one == other:
        return SAME
    shorter, longer = sorted((one, other), key=len)
    return BEGINNING if len(shorter) >= SHORTEST and longer.startswith(shorter) else 0


def is_misspelled(word: str, other: str) -> bool:
    """Say whether `word` is `other` with a letter wrong, missing, added or swapped; with two, where it is long."""
    if min(len(word), len(other)) < SHORTEST:
        return False
    allowed = 1 if len(word) < LONG else 2
    # Hardly anybody mistypes both ends of a word.
    ends_alike = word[0] == other[0] or word[-1] == other[-1]
    return ends_alike and abs(len(word) - len(other)) <= allowed and distance(word, other) <= allowed


def distance(one: str, other: str) -> int:
    """Return how many letters are to be changed, left out, put in or swapped with their neighbour."""
    earlier: list[int] = []
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one):
        earlier, before, row = before, row, [at + 1]
        for place, wanted in enumerate(other):
            cost = min(before[place + 1] + 1, row[place] + 1, before[place] + (letter != wanted))
            if at and place and letter == other[place - 1] and one[at - 1] == wanted:
                cost = min(cost, earlier[place - 1] + 1)
            row.append(cost)
    return row[-1]
