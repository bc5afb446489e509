"""What reviews say beside aspects and verdicts: occasions, tangents, feelings, irony's markers, emoji."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = [
    "COMPARISONS",
    "CONTEXTS",
    "DENIALS",
    "DETAIL_LINKS",
    "DETAIL_STARTS",
    "EMOJI",
    "FEELINGS",
    "HEDGES",
    "IRONY_MARKS",
    "JOINS",
    "LABELS",
    "PLACES",
    "RELATIONS",
    "SIGNATURES",
    "SLANG",
    "TANGENTS",
    "UNDERSTATEMENTS",
    "WEEKDAYS",
]

RELATIONS = phrases(
    """sister | mum | daughter | best friend | niece | neighbour | nan | flatmate | wife | husband | partner |
    mother-in-law | boss | cousin | goddaughter | brother | dad | son"""
)

PLACES = phrases(
    """Orkney | Cornwall | Leeds | Swansea | Belfast | Norwich | Whitby | Dundee | Hastings | Shropshire |
    Inverness | Margate | Bath | Kendal | Ludlow | Skye | Hull | Anglesey"""
)


CONTEXTS = phrases(
    """Bought {this} {noun} for my {relation}'s birthday in {month} | Ordered {them} for {use} | I wanted {a_noun}
    for {use} | {n} weeks in now, mostly for {use} | This is my {nth} {noun_one} from here, the first was for my
    {relation} | I got {them} as a present for my {relation} in {place} | Saw {them} on my {relation} first, in
    {month} | I'd been looking for {a_noun} for {n} months | Had my eye on {them} since {month} | My {relation}
    picked {them} out for me when I visited {place} | I needed something for {use} | Replacement for the old
    {one}, which I'd had since {place} and {n} years before | First time I've ordered {a_noun} online, on my
    {relation}'s advice | Ordered in {month}, reviewing in {month2} | We live near {place}, so shopping is
    mostly by post, {noun_plural} included | Bought for a trip to {place} in {month} | I use {them} mostly for
    {use} and now and then for {use2} | I've had {this} {noun} since {month} | Got {them} in time for {use} | I
    looked at {n} others, one in {place}, before choosing this {one} | My {relation} has the same {noun} and
    raves about {them} | As a {job} I need {a_noun} that works | I'm a {job}, so I'm hard on my things and on
    {noun_plural} above all | Treated myself after a long {month} | Chosen with {use} in mind | I came across
    {this} {noun} while looking for {other} | My {nth} order this year, the last was {other} | Got {them} for
    {use} and ended up with {them} for {use2} | Used {n} times so far, mainly for {use} | Payday purchase, for
    {use} | Bought on a wet {weekday} in {place}, on my phone | After the {month} I've had I deserved {a_noun} |
    It was this or {other}, and my {relation} chose | My {relation} and I share {them} for {use} | Came with
    {other} in the same order | I gave my {relation} {other} and kept {this} for myself | For the record, I'm a
    {job} from {place} | My old {noun} died in {month} after {n} years | I had {n} people recommend {this}
    {noun} to me, my {relation} among them | A {job} I know in {place} swears by the brand | Needed {a_noun}
    before {month} | Spotted {them} on the bus to {place} and asked | The plan was {use}, the reality is {use2}
    | Bought {them} on a {weekday} with my {relation} looking over my shoulder"""
)

TANGENTS = phrases(
    """My {relation} says I have too many already, but what does my {relation} know | The dog approves, as does my
    {relation} | I wrote half of this on the bus to {place} | It rained the whole of {month} here in {place}, so
    every bit of cheer counts | I told my {relation} about it on the phone and we talked for {n} hours | The
    last time I bought {a_noun} was before my {relation} moved to {place} | I had tea while unpacking, as one
    should on a {weekday} | My {relation} in {place} had one from another shop and it was a different story | I
    never used to buy {a_noun} online, but needs must when you live near {place} | Our street in {place} is a
    nightmare to park in, so I feel for anyone who delivers here | My {relation} and I argue about who saw
    {them} first | It was a toss-up between {this} and a {weekday} in {place} | I should say I'm picky, ask my
    {relation} or any {job} who has met me | You'll laugh, but I opened the parcel in the car in {place} | My
    {relation} is getting married in {month}, so you can imagine the state of this house | The cat slept in the
    box for {n} days | All {n} of us at work had something to say about it | I'm not one for shopping, my
    {relation} usually does it | Since I became a {job} I go through a lot of these | It was a {weekday} in
    {month}, it was late, and there was wine | I measured everything on the kitchen floor first, with my
    {relation} holding the tape | We had the whole family over from {place} that week | A {job} I know swears by
    the same one | I've lived in {place} for {n}0 years and never once had a bad {weekday} ruin a good purchase
    | My {relation} once bought {other} here and still talks about it | My {relation} asked whether I really
    needed {other} as well, and I did | When I was little my {relation} had {a_noun} much like this | You should
    have seen my {relation}'s face that {weekday} | I could write a book about {noun_plural}, having been
    through {n} of them | In {place} you can't get {noun_plural} for love or money | Next on the list is
    {other}, but don't tell my {relation} | I was a {job} once, so I know a thing or two about {use}"""
)

FEELINGS: dict[int, tuple[str, ...]] = {
    2: phrases(
        """I love {} | I adore {} | I can't get over how good {} turned out | full marks for {} | I'm thrilled with
        {} | so happy with {} | hats off for {} | I'm over the moon about {}"""
    ),
    1: phrases(
        """I like {} | I'm pleased with {} | happy with {} | a plus for {} | I appreciate {} | I'm content with {}"""
    ),
    0: phrases(
        """I have no strong feelings about {} | little to report on {} | I can take or leave {} | I don't mind {}
        either way"""
    ),
    -1: phrases(
        """I'm not keen on {} | I expected more of {} | I was a little let down by {} | a minus for {} | I'm not
        sold on {}"""
    ),
    -2: phrases(
        """I was appalled by {} | I am furious about {} | I can't forgive {} | I'm disgusted with {} | no stars at
        all for {} | I could weep about {} | I am fed up with {}"""
    ),
}

DENIALS: dict[int, tuple[str, ...]] = {  # the subject and what is denied of it
    1: phrases("{} isn't {} at all | {} is by no means {} | {} never felt {} | {} is anything but {} | {} wasn't {}"),
    -1: phrases(
        """{} is not exactly {} | {} isn't all that {} | {} wasn't very {} | I wouldn't call {} {} |
        nobody would call {} {}"""
    ),
    -2: phrases(
        """{} is nowhere near {} | {} is not {} by any stretch | {} isn't remotely {} |
        never in my life would I call {} {}"""
    ),
}

COMPARISONS: dict[int, tuple[str, ...]] = {
    2: phrases("is miles better than | leaves the rest behind, even | is in another league from"),
    1: phrases("is better than | beats | is a step up from"),
    -1: phrases("is a step down from | is worse than | can't quite match"),
    -2: phrases("is far worse than | is no match at all for | is light years behind"),
}

JOINS = phrases("""{0}, but {1} | {0} but {1} | although {0}, {1} | {0}; {1}, though | while {0}, {1} | {0}, yet {1} |
    {0}. On the other hand {1} | {0}. Then again, {1} | even though {0}, {1} |
    {0}, however {1} | {0}. That said, {1}""")

LABELS = (
    ("Fit", "Sizing", "Cut"),
    ("Quality", "Finish", "Make"),
    ("Delivery", "Post", "Shipping"),
    ("Price", "Value", "Cost"),
    ("Service", "Help desk", "Support"),
)

UNDERSTATEMENTS: dict[int, tuple[str, ...]] = {
    2: phrases("{} did not exactly hurt | I have known worse than {} | {} is nothing to be ashamed of"),
    1: phrases(
        """{} could be a lot worse | I've no quarrel with {} | there's little wrong with {} | {} gave me nothing to
        moan about"""
    ),
    -1: phrases(
        """{} left a little to be desired | {} was not the high point | I have known better than {} | {} is not my
        favourite thing about it"""
    ),
    -2: phrases(
        """{} did not fill me with joy | {} was not their finest hour | I would not frame {} and hang it up | {}
        left rather a lot to be desired"""
    ),
}

HEDGES = phrases(
    """maybe it's me, but | I may be wrong, but | I think | I suppose | I'd guess | it could be just mine, but |
    perhaps it's only my {one}, but | if I'm honest with myself | others may disagree, but | as far as I can
    judge"""
)


DETAIL_STARTS = phrases(
    """Just so you know: | Fact: | What happened: | Also: | Case in point: | To give an example: | Make a note: |
    In {month}: | My {relation} can confirm:"""
)

DETAIL_LINKS = phrases(
    """: {} | , so {} | , so to me {} | . So {} | . Which is why I say that {} | ; in short, {} |
    . In other words, {} | : to my mind {}"""
)

# what gives irony away, before or after the sentence; the other half of the ironic reviews have none
IRONY_MARKS = phrases(
    """Oh, brilliant. {} | Well done, everyone. {} | Oh great. {} | {} Not. | {} Slow clap. | {} 🙄 | {} Thanks a
    bunch. | Superb. {} Yes, I'm being sarcastic. | Marvellous. {} | {} *sigh* | {} 👏👏👏 | Congratulations. {}"""
)

EMOJI: dict[int, tuple[str, ...]] = {
    1: ("😍", "❤️", "🥰", "✨", "👌", "😊", "🔥", "💕", "🙌", "👍", "😁", "💃"),
    0: ("🤷", "😐", "🤔", "😶", "🙃"),
    -1: ("😡", "😤", "👎", "😭", "🙄", "💔", "😒", "🤦"),
}

SLANG = (
    ("really", "rly"),
    (" though", " tho"),
    ("because", "cos"),
    (" you ", " u "),
    (" and ", " & "),
    ("going to", "gonna"),
    ("about", "abt"),
    ("please", "pls"),
    ("probably", "prob"),
    ("I'm", "im"),
)

SIGNATURES = phrases(
    """Mrs {initial}. | {initial}. from {place} | Yours, {initial}. | A customer of {n}0 years | Kind regards,
    {initial}."""
)

MONTHS = phrases(
    """January | February | March | April | May | June | July | August | September | October | November | December"""
)
JOBS = phrases(
    """nurse | teacher | gardener | librarian | plumber | student | baker | bus driver | florist | vet | surveyor |
    carpenter | midwife | chef | postwoman | musician"""
)
NTH = phrases("second | third | fourth | fifth")
WEEKDAYS = phrases("Monday | Tuesday | Wednesday | Thursday | Friday | Saturday | Sunday")
