"""Words to search by: one form for all spellings of a word, in any script.

A text and a query go through the same function, and the databases only ever compare what comes out: what is found
does not depend on the database, its version, its locale or its extensions. What people wrote stays as they wrote it.

Measured against SQLite's own tokenizers on Persian, Arabic, Russian and other pairs of spellings; see
docs/decisions/0023-searching-ideas.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fractions import Fraction

#: A word is cut here, in code points; no lexeme of PostgreSQL is longer than 2,046 bytes.
LONGEST_WORD = 40
#: Words of a query that are looked for; people ask for few, and machines do not get to ask for thousands.
MOST_QUERY_WORDS = 12

#: Combining marks that spelling leaves out: Latin and Greek accents, Arabic vowel signs and hamzas, Hebrew points.
_OPTIONAL_MARKS = re.compile(
    r"[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
)
_SHORT_I = "\u0438\u0306"  # of Cyrillic, a letter of its own although it decomposes
_KEPT = "\ue000"  # stands for it while marks are dropped; private use, so in no text that is normalised

#: One letter for those that keyboards and habits exchange.
_LETTERS = str.maketrans(
    {
        "\u064a": "\u06cc",  # Arabic yeh: Persian yeh
        "\u0649": "\u06cc",  # alef maksura
        "\u0643": "\u06a9",  # Arabic kaf: Persian keheh
        "\u0629": "\u0647",  # teh marbuta: heh
        "\u06c1": "\u0647",  # heh goal
        "\u06be": "\u0647",  # heh doachashmee
        "\u0671": "\u0627",  # alef wasla
        "\u0640": None,  # tatweel only stretches
        "\u0131": "i",  # Turkish dotless i: upper case cannot tell
        "'": None,
        "\u2019": None,
        "\u02bc": None,
    }
)

_ZWNJ = "\u200c"
#: The Arabic article al-, alone or after wa-, fa-, bi-, ka-, and as it is written after li-; three letters are left.
_ARTICLE = re.compile("(?:[\u0648\u0641\u0628\u06a9]?\u0627\u0644|\u0644\u0644)(?=.{3})")

#: Scripts written without spaces: Thai, Lao, Myanmar, Khmer; kana, Han.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


def index_words(*texts: str) -> str:
    """Return the words by which some texts are found, each once, sorted, separated by single spaces.

    They consist of letters, marks and digits alone, so no engine can take one for an operator.
    """
    return " ".join(sorted({word for text in texts for word in _indexed(text)}))


def query_stems(text: str) -> list[str]:
    """Return what a query looks for: beginnings of indexed words, all of which an idea must have.

    At most :data:`MOST_QUERY_WORDS`; empty where the text has no word in it.
    """
    found = dict.fromkeys(stem for word in _words(text) for stem in _stems(word))
    return list(found)[:MOST_QUERY_WORDS]


def similarity(one: str, other: str) -> Fraction:
    """Return how much two texts have in common: Dice's coefficient of their sets of stems, 0 to 1."""
    first, second = (frozenset(_all_stems(text)) for text in (one, other))
    if not first or not second:
        return Fraction(0)
    return Fraction(2 * len(first & second), len(first) + len(second))


def telling_stems(texts: Iterable[str], most: int) -> list[str]:
    """Return the stems of some texts that tell most about them: the longest, which mostly are the rarest."""
    found = dict.fromkeys(stem for text in texts for stem in _all_stems(text))
    return sorted(found, key=lambda stem: (-len(stem), stem))[:most]


def _all_stems(text: str) -> Iterator[str]:
    for word in _words(text):
        yield from _stems(word)


def _folded(text: str) -> str:
    """Return a text with one form for each letter, lower case, and digits of any script as ASCII."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    text = _OPTIONAL_MARKS.sub("", text.replace(_KEPT, " ").replace(_SHORT_I, _KEPT)).replace(_KEPT, _SHORT_I)
    text = unicodedata.normalize("NFC", text).translate(_LETTERS)
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    """Return a character of a word as it is indexed, "" for what is invisible, a space for what is between words."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] in "LMN" or character == _ZWNJ:
        return character
    return "" if category == "Cf" else " "


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text as they stand in it, folded; zero-width non-joiners are still in them."""
    for word in _folded(text).split():
        for run in _RUNS.findall(word.strip(_ZWNJ)):
            yield from (part for part in [run.strip(_ZWNJ)] if part)


def _indexed(text: str) -> Iterator[str]:
    """Yield everything by which the words of a text are to be found."""
    for word in _words(text):
        if _IS_UNSPACED.match(word):
            yield from _pairs(word)
            yield word[-1]
            continue
        whole = word.replace(_ZWNJ, "")
        for form in (whole, *word.split(_ZWNJ)):
            if form:
                yield form[:LONGEST_WORD]
                yield from _without_article(form)


def _stems(word: str) -> Iterator[str]:
    """Yield the beginnings by which a query finds a word in its other grammatical forms."""
    if _IS_UNSPACED.match(word):
        yield from _pairs(word) if len(word) > 1 else [word]
        return
    whole = word.replace(_ZWNJ, "")
    if not whole:
        return
    (bare,) = [*_without_article(whole)] or [whole]
    yield _stem(bare[:LONGEST_WORD])


def _stem(word: str) -> str:
    """Cut the end that inflection changes: two letters of seven or more, one of five or six; never of numbers."""
    if not word.isalpha():
        return word
    length = len(word)
    return word[: length - (2 if length >= 7 else 1 if length >= 5 else 0)]  # noqa: PLR2004 - the rule above


def _without_article(word: str) -> Iterator[str]:
    article = _ARTICLE.match(word)
    if article is not None:
        yield word[article.end() :][:LONGEST_WORD]


def _pairs(run: str) -> Iterator[str]:
    """Yield every pair of neighbours: a script without spaces has no other words."""
    return (run[place : place + 2] for place in range(len(run) - 1))
