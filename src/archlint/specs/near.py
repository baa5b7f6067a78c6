"""Did you mean: the known word that is nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def distance(left: str, right: str, limit: int) -> int:
    """Return how many letters must be put in, left out, changed or swapped with a neighbour.

    Counting stops at ``limit + 1`` (Damerau-Levenshtein, no letter touched twice).
    """
    if abs(len(left) - len(right)) > limit or len({*left} ^ {*right}) > 2 * limit:
        return limit + 1  # each slip brings and takes away one letter at most
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        here = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other
            if swapped:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        if min(here) > limit and min(above) > limit:
            return limit + 1
        before, above = above, here
    return min(above[-1], limit + 1)


def allowance(word: str) -> int:
    """Return how many slips are forgiven in a word of this length: none below 3 letters, 3 from 12 on."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2 if len(word) < 12 else 3


def is_slip(word: str, meant: str) -> bool:
    """Whether ``word`` can be ``meant`` mistyped, word by word: ``layer_mx``, but not ``license_note``.

    A third of the letters between two underscores may be wrong, one in any case.
    """
    parts, others = _plain(word).split("_"), _plain(meant).split("_")
    if len(parts) != len(others):
        return distance("".join(parts), "".join(others), 1) <= 1
    return all(
        distance(part, other, limit) <= limit
        for part, other in zip(parts, others, strict=True)
        for limit in (max(1, len(other) // 3),)
    )


def nearest(word: str, known: Iterable[str], limit: int | None = None) -> str | None:
    """Return the known word that ``word`` was probably meant to be; the first of equally near ones.

    Letter case, ``-``, ``_`` and spaces count for nothing. None when no word is near, or ``word`` is longer
    than any word is.
    """
    if len(word) > 100:
        return None
    return _nearest(word, tuple(known), allowance(word) if limit is None else limit)


@lru_cache(maxsize=1024)
def _nearest(word: str, known: tuple[str, ...], limit: int) -> str | None:
    """The same slip is met in entry after entry."""
    plain = _plain(word)
    best: tuple[int, str] | None = None
    for candidate in known:
        found = distance(plain, _plain(candidate), limit)
        if found <= limit and (best is None or found < best[0]):
            best = found, candidate
            if not found:
                break
    return None if best is None else best[1]


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")
