"""The form of what is said about an aspect: openings, and predicates graded -2 to +2."""

from __future__ import annotations

from typing import NamedTuple

from personakit.world.words.grammar import phrases

__all__ = ["LEADS", "AspectPhrases", "openings", "predicates"]

GRADES = (-2, -1, 0, 1, 2)

# what may stand before "the fit is ..." whatever follows; by the writer's generation: young, middle, older
LEADS: tuple[tuple[str, ...], ...] = (
    phrases(
        """ngl | tbh | not gonna lie, | honestly | imo | okay so | for me | can we talk about this: | real talk, |
        so yeah, | I feel like | gotta say | just saying but | I swear"""
    ),
    phrases(
        """to be honest, | I have to say | for me | for what it's worth, | in my view | I'd say | all in all, | on
        the whole, | on reflection, | having lived with {them} for a while, | as far as I'm concerned, | from
        what I can tell, | I will say this: | worth knowing: | my two pence:"""
    ),
    phrases(
        """I must say that | in my opinion, | I feel that | I have to report that | having given it some thought, |
        it must be said that | to my mind, | by any standard, | I would say that | speaking as an old hand, | my
        honest view is that | after due consideration, | in fairness, | I should mention that"""
    ),
)

_FRAMES: dict[int, tuple[str, ...]] = {
    2: phrases(
        """is {} | is absolutely {} | is simply {} | turned out to be {} | is just {} | is really {} | is honestly
        {}"""
    ),
    1: phrases("is {} | is pretty {} | proved {} | seems {} | is generally {} | turned out {} | was {}"),
    0: phrases("is {} | was {} | is just {} | seems {} | is pretty much {}"),
    -1: phrases("is a bit {} | is rather {} | is slightly {} | seems {} | is somewhat {} | is a touch {}"),
    -2: phrases("is {} | is nothing but {} | is simply {} | is truly {} | is just {} | is frankly {}"),
}


class AspectPhrases(NamedTuple):
    """What can be said about one aspect. Subjects are singular, so that all predicates agree with them."""

    subjects: tuple[str, ...]
    adjectives: dict[int, tuple[str, ...]]
    sayings: dict[int, tuple[str, ...]]  # whole predicates, by grade
    details: dict[int, tuple[str, ...]]  # whole sentences that state a fact which implies the grade
    irony: tuple[str, ...]  # sentences that praise in words and mean -2, without a marker
    tags: dict[int, tuple[str, ...]]  # two or three words, for reviews in telegram style
    asides: dict[int, tuple[str, ...]]  # what may follow a predicate, by sign of the grade
    compared: tuple[str, ...]  # what it can be better or worse than
    good: tuple[str, ...]  # adjectives to deny for "not good"
    bad: tuple[str, ...]  # adjectives to deny for "not bad"


def predicates(aspect: AspectPhrases, grade: int) -> tuple[str, ...]:
    """Every plain predicate of that grade: the sayings, and each adjective in each frame.

    >>> from personakit.world.words.aspects_of_fit import FIT
    >>> "is absolutely perfect" in predicates(FIT, 2)
    True
    """
    framed = tuple(frame.format(word) for word in aspect.adjectives[grade] for frame in _FRAMES[grade])
    return aspect.sayings[grade] + framed


def openings(aspect: AspectPhrases) -> tuple[str, ...]:
    """Every way to begin a sentence about the aspect.

    >>> from personakit.world.words.aspects_of_fit import FIT
    >>> "to be honest, the fit" in openings(FIT)
    True
    """
    leads = tuple(lead for generation in LEADS for lead in generation)
    return aspect.subjects + tuple(f"{lead} {subject}" for lead in leads for subject in aspect.subjects)
