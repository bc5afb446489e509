"""The exercises of the notebook on the unified profile."""

from __future__ import annotations

from typing import Any

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _sizes(links: Any) -> Any:
    return links.groupby("person_id").size()


def _pairs(sizes: Any) -> float:
    return float((sizes * (sizes - 1) / 2).sum())


def _inflation(truth: float, promised: float, kept: float) -> float:
    return (promised - kept) / (truth - 0.5)


EXERCISES: dict[str, Exercise] = {
    "pairs-claimed": Exercise(
        "How many pairs of records do the links say are one person's?",
        lambda links: _pairs(_sizes(links)),
        "A person with n records has n (n - 1) / 2 pairs; add up over the people.",
        {
            "You counted each pair twice: A with B is B with A.": lambda links: 2 * _pairs(_sizes(links)),
            "That is the number of people with more than one record.": lambda links: int((_sizes(links) > 1).sum()),
            "That is the number of records less that of people: a person with four records has six pairs, not three.": (
                lambda links: int(len(links) - links["person_id"].nunique())
            ),
        },
        tolerance=1e-6,
    ),
    "lost-to-half-profiles": Exercise(
        "Which share of the customers who bought has a profile that shows less than 90 % of what they spent (0 to 1)?",
        lambda seen, spent: float((seen < 0.9 * spent).mean()),
        "Compare seen with 0.9 times spent, and take the mean.",
        {
            "That is everybody who is seen to spend less, if only by a penny.": lambda seen, spent: float(
                (seen < spent - 0.005).mean()
            ),
            "That is those who are seen to spend more than they did: they carry somebody else's orders.": (
                lambda seen, spent: float((seen > 1.1 * spent).mean())
            ),
            "You gave a number of customers; the question asks for a share of them.": lambda seen, spent: int(
                (seen < 0.9 * spent).sum()
            ),
        },
    ),
    "share-of-skill-invented": Exercise(
        "How much did the leak overstate, as a share of the skill that was possible (best AUC less 0.5)?",
        lambda best, promised, kept: _inflation(best, promised, kept),
        "Divide (promised less kept) by (best less 0.5).",
        {
            "An AUC of 0.5 is no skill: take 0.5 off the best before you divide.": lambda best, promised, kept: (
                (promised - kept) / best
            ),
            "That is the difference itself; divide it by the skill that was possible.": (
                lambda best, promised, kept: promised - kept
            ),
        },
        tolerance=0.03,
    ),
}
