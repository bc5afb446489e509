"""How much scrubbing finds, how much it takes that it should not, and how fast it is; the figures of scrub.md.

    python benchmarks/scrub.py                    # the default world
    python benchmarks/scrub.py --customers 1000   # a smaller one

The world says where in its messages personal data stand (`world.truth["messages"].pii`). Recall counts a span as found
where it is covered whole; precision counts a span as right where it touches a true one. Intervals are Wilson's, 95 %.
Seconds are those of the processor, on one core.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter

import pandas as pd

from personakit.notebook.privacy_measures import spans_found
from personakit.privacy import KnownNames, scrub
from personakit.world import World

KEEP = ["Larkspur"]

# What is in braces should go. The first set was written once the code was finished: 28 of 34 spans were found then, and
# none taken too many. What it showed was mended, so that it is no test any more. The second was written after that.
NAMES = ["Hope Grant", "Frank Wood", "Daisy Bell", "Jack Stone", "May Lee", "Amber Knight", "Robin Wells",
                "Joy Banks", "Rich Carter", "Olive Day", "José García", "Nguyễn Minh", "Aoife Ní Bhriain",
                "Björn Ås", "Fatima Al-Sayed", "Tom Hill", "Penny Cross"]  # fmt: skip
FIRST = """
I hope {Hope} got my letter.
To be frank, {Frank} was rude to me.
The daisy print reminds me of {Daisy}.
Could you tell {Jack Stone} that the jack is a stone too heavy?
May I speak to {May}?
The amber lamp went to {Amber Knight} by mistake.
A robin sat on the bench that {Robin} bought.
What a joy! {Joy} at the till made my day.
Rich colours, as {Rich} had promised.
Olive or day cream, which suits {Olive Day}?
{José García} and {jose garcia} are the same man.
{Nguyễn Minh} asked about the lamp.
The parcel for {Aoife} arrived.
I am {Björn}'s neighbour.
Mrs {Al-Sayed} has moved to {17 Cliff Road}.
{Tom} climbed the hill in your boots.
A penny for your thoughts, {Penny}.
It cost me a pretty penny, and I was cross.
Stone washed jeans, wood effect, day bed, bell sleeves.
Grant me a refund, please. Wells was shut on Sunday.
Cross stitch kit. Knight costume. Carter bag.
{HOPE GRANT} SIGNED FOR IT
Thanks in advance {Joy}
Regards, {F. Wood}
regards {frank wood}
Reach me at {hope.grant@example.com} or {+44 7700 900 321}.
My card is {4012 8888 8888 1881} and the order is 4012888.
Deliver to {Flat 3, 9 Orchard Close}, {BS1 9ZZ}.
I rang 0 times and paid 07 pounds on 01.02.2025.
Ring {0161 496 0555} before 10 or {(0161) 4960556} after.
The code 5012 3456 7890 0011 was refused.
Ask for {Penny} or {Frank}, they know.
Hill walking boots, size 7, May delivery.
{May Lee} will be in on the 3rd of May.
Best, {Robin}
""".strip().split("\n")

SECOND = """
My neighbour {Hope} took it in, I hope.
{Amber} rang twice about the amber beads.
We saw {Frank Wood} at the wood shop.
Please forward this to {Rich}, {Olive} and {May}.
Is {Joy} still with you? She was a joy.
Signed for by {Jack}, who has no jack to lift it.
{Daisy} and I bought the daisy chain.
On Sunday {Robin} called, in May I think.
Olive trees in a stone pot, amber glass, wood lids.
May we swap? Hill and day prints both suit.
Bell tents. Lee side. Wells of ink.
Frank answers only, please.
{Nguyen Minh} got two lamps, {NGUYỄN} none.
Send {Garcia}'s refund to {jose.garcia@example.org}.
Cheers, {Aoife}
thank you, {penny cross}
With kind regards, {Lakshmi Raghunathan}
Yours sincerely {Björn Ås}
Ms {Knight} lives at {22 Beacon Terrace}, {yo10 4qq}.
Rang {020 7946 0991} at 9 and {07700900417} at 10.
Refund {5105 1051 0510 5100}, not 5105 1051 0510 5101.
Order 07700 was split in 900 and 417.
Tell {Grant} that we grant it.
It was {Bell}'s bell.
I bought Joy perfume and Hope soap.
""".strip().split("\n")


def judge(truth: list[list[tuple[int, int, str]]], spans: pd.DataFrame) -> pd.DataFrame:
    """Recall and precision by kind, as they are printed."""
    found = spans_found(spans, truth).drop("all")
    said = {
        share: [
            "none" if pd.isna(value) else f"{value:.3f} ({low:.3f}-{high:.3f})"
            for value, low, high in found[[share, f"{share}_low", f"{share}_high"]].itertuples(index=False)
        ]
        for share in ("recall", "precision")
    }
    return found[["true", "made"]].assign(**said)[["true", "recall", "made", "precision"]]


def listed_words(texts: list[str], names: pd.DataFrame, *, capital: bool) -> pd.DataFrame:
    """What most people write first: a list of names, each replaced wherever its word stands."""
    words = {word for column in names for text in names[column].dropna() for word in re.findall(r"[^\W\d_]+", text)}
    words = words if capital else {word.lower() for word in words}
    rows = [
        (row, match.start(), match.end(), "name")
        for row, text in enumerate(texts)
        for match in re.finditer(r"[^\W\d_]+", text)
        if (match.group() if capital else match.group().lower()) in words
    ]
    return pd.DataFrame(rows, columns=["row", "start", "end", "kind"])


def marked(sentence: str) -> tuple[str, list[tuple[int, int, str]]]:
    text, spans = "", []
    for part in re.split(r"(\{[^}]*\})", sentence):
        inside = part.strip("{}")
        if part.startswith("{"):
            spans.append((len(text), len(text) + len(inside), "any"))
        text += inside
    return text, spans


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=4000)
    world = World(n_customers=arguments.parse_args().customers)
    messages = world.tables["messages"]
    truth = world.truth["messages"].set_index("message_id").loc[messages["message_id"], "pii"]
    spans = [[tuple(span) for span in json.loads(text)] for text in truth]
    texts = messages["text"].tolist()
    customers = world.tables["customers"][["given_name", "family_name"]]
    records = world.tables["identities"][["given_name", "family_name"]]
    print(f"{len(texts):,} messages, {sum(map(len, spans)):,} true spans\n")
    for what, names in (
        ("no names given", None),
        ("names of customers", customers),
        ("names as in identities", records),
    ):
        start = time.process_time()
        known = KnownNames(names, KEEP)
        ready = time.process_time()
        result = scrub(texts, names=known)
        seconds = time.process_time() - ready
        print(f"{what}: {len(texts) / seconds:,.0f} messages a second ({ready - start:.2f} s to prepare the names)")
        print(judge(spans, result.spans).to_string(), "\n")
    only_names = [[span for span in row if span[2] == "name"] for row in spans]
    for capital in (False, True):
        words = listed_words(texts, customers, capital=capital)
        print(f"for comparison, every word on the list of names, {'as written' if capital else 'in any case'}:")
        print(judge(only_names, words).to_string(), "\n")
    reviews = world.tables["reviews"]["text"].tolist()
    result = scrub(reviews, names=KnownNames(customers, KEEP))
    texts_touched = [reviews[row][start:end] for row, start, end, _ in result.spans.itertuples(index=False)]
    print(
        f"{len(reviews):,} reviews: {len(texts_touched)} spans in them: {Counter(map(len, texts_touched))} letters long"
    )
    longer = Counter(text for text in texts_touched if len(text) > 2)
    print("  longer than an initial:", dict(longer.most_common(12)))
    for capital in (False, True):
        words = listed_words(reviews, customers, capital=capital)
        print(f"  the list, {'as written' if capital else 'in any case'}: {len(words):,} spans")
    for which, sentences in (("first", FIRST), ("second", SECOND)):
        told(which, sentences)


def told(which: str, sentences: list[str]) -> None:
    pairs = [marked(sentence) for sentence in sentences]
    result = scrub([text for text, _ in pairs], names=KnownNames(NAMES))
    print(f"\n{len(pairs)} sentences, {which} set")
    print(judge([spans for _, spans in pairs], result.spans.assign(kind="any")).to_string())
    for row, (text, true) in enumerate(pairs):
        got = [(a, b) for r, a, b, _ in result.spans.itertuples(index=False) if r == row]
        missed = [text[a:b] for a, b, _ in true if not any(x <= a and b <= y for x, y in got)]
        extra = [text[x:y] for x, y in got if not any(x < b and a < y for a, b, _ in true)]
        if missed or extra:
            print(f"  {text!r}: missed {missed}, taken {extra}")


if __name__ == "__main__":
    main()
