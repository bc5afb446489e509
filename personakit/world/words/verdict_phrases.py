"""The verdicts of reviews: how they open and close, by rating and generation."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = ["ADJECTIVES", "AFTERTHOUGHTS", "CLOSERS", "CLOSER_TAILS", "OPENERS", "OPENER_TAILS"]

ADJECTIVES: dict[int, tuple[str, ...]] = {
    5: phrases(
        """gorgeous | perfect | fabulous | beautiful | brilliant | stunning | amazing | wonderful | superb |
        smashing | dreamy | cracking"""
    ),
    4: phrases("lovely | nice | good | smart | great little | really nice | decent | useful | pleasing | handsome"),
    3: phrases("okay | average | fair enough | so-so | passable | ordinary | middling | acceptable"),
    2: phrases("disappointing | underwhelming | second-rate | meh | so-so at best | sad | poor | dull"),
    1: phrases("awful | terrible | shocking | useless | dreadful | horrible | ghastly | hopeless | rotten"),
}

OPENERS: dict[int, tuple[tuple[str, ...], ...]] = {
    5: (
        phrases(
            """obsessed with {this} {noun} | {adj} {noun}, no notes | {this} {noun} though | need {them} in every
            colour | using {this} {noun} non-stop | best thing I've bought this year, easily | okay I'm in love
            with {this} {noun} | {n} people asked me where {this} {noun} came from | run, don't walk | instant
            favourite | didn't expect to love {this} {noun} this much | 10/10 would marry {this} {noun}"""
        ),
        phrases(
            """Absolutely love {this} {noun} | What {a_adj} {noun} | Best {noun} I've had in years | Five stars
            from me | {This} {noun} made my week | So pleased with {this} {noun} | My new favourite {noun} | I
            don't often review, but this deserves it | Could not be happier with {this} {noun} | Bought on a
            whim and thrilled | I use {this} {noun} all the time | Exactly what I was after | Worth every minute
            of looking"""
        ),
        phrases(
            """I am delighted with {this} {noun} | {A_adj} {noun}, in every respect | A first-class purchase | I
            cannot praise {this} {noun} highly enough | A real treasure | {This} {noun} {is} everything one
            could wish for | At last, {a_noun} as {it} should be | My {relation} was green with envy | It is a
            long time since I was so pleased with {a_noun}"""
        ),
    ),
    4: (
        phrases(
            """really like {this} {noun} | pretty {adj} {noun} actually | solid 4 for {this} {noun} | {adj} {noun},
            so close to a 5 | happy with {this} {noun} | cute {noun} | not perfect but I'm keeping {them} |
            yeah, {adj} {noun} | {this} {noun} grew on me"""
        ),
        phrases(
            """Very happy with {this} {noun} overall | {A_adj} {noun} | Good buy | Pleased with {this} {noun} |
            Nearly perfect | A solid {noun} that I use a lot | {This} {noun} {is} better than I'd hoped | Glad I
            went for {this} {noun} | I like {this} {noun} more each time | Does what I wanted it to | Five stars
            with one or two changes, my {relation} says"""
        ),
        phrases(
            """On the whole I am very satisfied | {A_adj} {noun} | A good purchase, all told | I am pleased to
            recommend {this} {noun} | {This} {noun} will do me very nicely | Very satisfactory | My {relation}
            approves, and so do I | A welcome addition"""
        ),
    ),
    3: (
        phrases(
            """it's fine I guess | mid tbh | {adj} {noun} | on the fence about {this} {noun} | expected more, got
            less, whatever | not bad not good | {this} {noun} {is} giving nothing | kinda torn about {this}
            {noun}"""
        ),
        phrases(
            """In two minds about {this} {noun} | Mixed feelings | {A_adj} {noun} | It's all right | Neither in
            love nor in tears | Some good, some bad | Three stars seems fair | {This} {noun} will do for now | I
            wanted to like {this} {noun} more than I do | Fine, but no more than fine | Hard to say whether I'd
            buy {another}"""
        ),
        phrases(
            """I have mixed views about {this} {noun} | Adequate | {A_adj} {noun}, I am afraid to say | {This}
            {noun} {is} neither one thing nor the other | I had hoped for rather more | Serviceable | It will
            serve for {use}, but no more than that"""
        ),
    ),
    2: (
        phrases(
            """kinda disappointed | not it | {adj} {noun}, sorry | expected way more from {this} {noun} | meh,
            going back | wanted to love {this} {noun} but no | {this} {noun} just {isnt} what I pictured | bit
            of a letdown ngl"""
        ),
        phrases(
            """Disappointed with {this} {noun} | Not what I hoped for | {A_adj} {noun} | I really wanted to like
            {this} {noun} | Looked lovely in the pictures | Not one of my better buys | I expected more from
            this brand | {This} {noun} {isnt} a patch on the pictures | Two stars, and that's generous |
            Wouldn't buy {another}"""
        ),
        phrases(
            """I regret to say that {this} {noun} did not come up to expectations | Most disappointed | {A_adj}
            {noun} | Not up to your usual standard | I am sorry that I cannot say more for {this} {noun} | A
            pity | {This} {noun} {was} a let-down"""
        ),
    ),
    1: (
        phrases(
            """absolutely not | {adj} {noun}, avoid | worst {noun} I've ever bought | I'm actually fuming about
            {this} {noun} | do NOT buy {this} {noun} | never again | what even {is} {this} {noun} | zero stars
            if I could | waste of everyone's time"""
        ),
        phrases(
            """Avoid | {A_adj} {noun} | I wish I could give no stars | Worst {noun} I have ever had | Don't waste
            your time | So angry about {this} {noun} | What a let-down | {This} {noun} went straight back in the
            box | I've never been so let down by {a_noun} | One star because none wasn't an option | Save your
            pennies"""
        ),
        phrases(
            """I am appalled by {this} {noun} | Disgraceful | {A_adj} {noun} | In {n}0 years of shopping I have not
            seen the like | I shall not be ordering {another} | Quite unacceptable | An utter waste | I feel
            thoroughly cheated"""
        ),
    ),
}

CLOSERS: dict[int, tuple[tuple[str, ...], ...]] = {
    5: (
        phrases(
            """buy {them} now | ordering {another} for my {relation} as we speak | every {job} in {place} needs
            {this} {noun} | can't stop looking at {them} | 100% would buy again | telling everyone | my
            {relation} has already stolen {them} | love love love | thank me later"""
        ),
        phrases(
            """Would buy again in a heartbeat | Highly recommended for {use} | Get {this} {noun} and thank me in
            {month} | My {relation} is getting one for {month} | Already ordered {another} for my {relation} |
            Don't think twice | Ten out of ten from me and from my {relation} | Thank you from {place} | My
            {relation} wants {a_noun} now too | Can't recommend {them} enough | Treat yourself | I'll be back
            for more | Bought {another} for my {relation} in {place} | Now my {relation} in {place} wants {them}
            too"""
        ),
        phrases(
            """I shall certainly order again in {month} | Thoroughly recommended to any {job} | With thanks to all
            concerned, from {place} | I have told all my friends in {place} | Well done, all of you | A shop
            that still knows what it is doing, unlike some in {place} | My {relation} has asked for {a_noun} for
            Christmas"""
        ),
    ),
    4: (
        phrases(
            """would recommend to any {job} | would buy again probably | my {relation} nearly bought {another} |
            happy enough | get {them} | my {relation} approves | worth a go"""
        ),
        phrases(
            """Would recommend for {use} | Would buy again for my {relation} | Happy customer in {place} | Worth a
            try, even with {use} in mind | Good present too | I'd recommend {them} to a friend | My {relation}
            likes {them} as well | No regrets after {n} weeks | Four stars, my {relation} says five |
            Recommended for {use}"""
        ),
        phrases(
            """I would recommend {them} | I should buy {another} if need be | Thank you | All in all, money well
            spent on {a_noun} | I look forward to the next catalogue, and to {other} | My {relation} in {place}
            shall have {a_noun} too"""
        ),
    ),
    3: (
        phrases("so yeah | idk | might keep {them} might not | make of that what you will | ask me in a month"),
        phrases(
            """Undecided whether to keep {them} | Your mileage may vary, my {relation}'s did | Maybe in the {month}
            sale | My {relation} would say the same | Fine for {use}, not for more | Keeping {them}, just about
            | You might like {them} more than I do | Make up your own mind | We'll see how {it} last{s}"""
        ),
        phrases(
            """I shall keep {them} for {use}, I think | Others may feel differently | Room for improvement | I
            reserve judgement | Could do better"""
        ),
    ),
    2: (
        phrases(
            """returning {them} on {weekday} | sad about it, so is my {relation} | wouldn't recommend | save up for
            something else | not worth the hassle"""
        ),
        phrases(
            """Going back on {weekday} | Wouldn't recommend {them} to my {relation} or anyone | Off to find
            {another} in {place} | I've returned {them} | Look elsewhere | Shame, I wanted {them} for {use} |
            Probably my last {noun} from here | My {relation} laughed | Back to the drawing board"""
        ),
        phrases(
            """I have sent {them} back | I cannot recommend {them}, least of all to a {job} | I trust this will be
            looked into | One expects better"""
        ),
    ),
    1: (
        phrases(
            """want my money back by {weekday} | never ordering here again and neither is my {relation} | stay away
            | deleted the app | absolute joke"""
        ),
        phrases(
            """Straight back on {weekday} | Never again, and my {relation} says the same | Stay well clear | I want
            a refund by {weekday} | You have lost a customer | I'll be telling everyone in {place} | Don't say I
            didn't warn you | Shame on you | I'm taking my custom elsewhere"""
        ),
        phrases(
            """I expect a full refund by {weekday} | I shall take my custom elsewhere | I have written to the
            manager | You should be ashamed | That is the last you will see of me | I await your explanation"""
        ),
    ),
}

AFTERTHOUGHTS: dict[int, tuple[str, ...]] = {  # by sign of the rating's side
    1: phrases(
        """Made my day | Can't complain | Happy days | Small joys | Well worth it | Chuffed | I keep smiling about
        it"""
    ),
    0: phrases("That's that | Take it or leave it | Such is life | Ho hum | There you go"),
    -1: phrases("Not impressed | Gutted | Hmph | Not good enough | Sort it out | Honestly | Enough said | I despair"),
}

OPENER_TAILS: dict[int, tuple[str, ...]] = {
    1: phrases(
        """, and so says my {relation} | , {n} weeks in | even after {n} weeks | , above all for {use} | , and I've
        tried a few | , in {month} as in {month2} | and my {relation} is jealous | , just as my {relation}
        promised | from day one | , said the {job} | here in {place}"""
    ),
    0: phrases(
        """, {n} weeks in | , at least for {use} | , says my {relation} too | , and I've tried a few | so far | ,
        if I think of {use} | , all things considered | , and that goes for my {relation} as well"""
    ),
    -1: phrases(
        """, and my {relation} agrees | , {n} days in | , at least for {use} | , and I so wanted {them} for {use} |
        , as my {relation} warned me | from the first day | , says the whole of {place} | , and I've tried a few
        | , and it's only {month}"""
    ),
}

CLOSER_TAILS = phrases(
    """, and that from a {job} | , {n} weeks on | , as I told my {relation} | (and my {relation} nods) |
    , speaking for {n} of us | , after {n} tries elsewhere | , and I told the {job} next door as much |
    , signed: a {job} in {place} | , if you ask me or my {relation} | , as any {job} would"""
)
