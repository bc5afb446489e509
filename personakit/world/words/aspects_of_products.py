"""What reviews say about the quality and the price."""

from __future__ import annotations

from personakit.world.words.aspect_grammar import AspectPhrases
from personakit.world.words.aspects_of_fit import REFERENCE
from personakit.world.words.grammar import phrases

__all__ = ["PRICE", "QUALITY", "QUALITY_DETAILS"]


QUALITY = AspectPhrases(
    subjects=phrases("the quality | the finish | the workmanship | the material | the make | the {material}"),
    adjectives={
        2: phrases("superb | gorgeous | first rate | beautiful | outstanding | luxurious | impeccable"),
        1: phrases("good | solid | decent | nice | reassuring | sturdy"),
        0: phrases("okay | average | acceptable | passable"),
        -1: phrases("thin | flimsy | rough | cheap | disappointing | stiff"),
        -2: phrases("shoddy | appalling | rubbish | dire | a disgrace | shocking"),
    },
    sayings={
        2: phrases(
            """feels twice the price | is what things used to be like | is a pleasure to touch | shows that
            somebody cared | has got better with use | makes everything else I own look cheap | has me stroking
            {them} like a cat | will see me out"""
        ),
        1: phrases(
            """feels nice in the hand | is better than I expected | has held up well so far | looks built to last |
            does what it promises | shows some care | feels honest | is a step above the usual"""
        ),
        0: phrases(
            """is what you'd expect | is neither good nor bad | remains to be seen | is middle of the road | is
            fine for now | has yet to prove itself"""
        ),
        -1: phrases(
            """could be better | feels cheaper than it looked | leaves something to be desired | is already showing
            wear | looks tired after a few weeks | has gone downhill since my last one | let {them} down | feels
            a little plasticky"""
        ),
        -2: phrases(
            """is the worst I've seen | would shame a market stall | gave up within days | is an insult | belongs
            in the bin | fell far short | smells of chemicals and looks it | is beneath this shop"""
        ),
    },
    details=dict.fromkeys((-2, -1, 0, 1, 2), ()),
    irony=phrases(
        """Beautifully made, for something you wear out in a week | Built to last, right up to the second week | I
        do so enjoy sewing, so thank you for the practice | Handmade, and I think I know which hand | Comes
        apart with remarkable ease | Real craftsmanship, the way it all came off in one go | I love a surprise,
        and bits falling off never gets old | Such quality that the bin was honoured | Nothing says luxury like
        a smell of glue | A wonderful souvenir of the {n} days it lasted | Self-dismantling, how modern"""
    ),
    tags={
        2: phrases("superb quality | beautifully made | gorgeous {material} | lovely finish | so well made"),
        1: phrases("good quality | solid | nicely made | decent {material} | well made"),
        0: phrases("average quality | quality okay | passable finish"),
        -1: phrases("bit flimsy | feels cheap | thin {material} | rough finish | so-so quality"),
        -2: phrases("awful quality | shoddy | fell apart | rubbish finish | pure tat"),
    },
    asides={
        1: phrases(
            """and I look closely | for once | after {n} weeks of use | inside and out | and I've owned a few |
            down to the last detail | which bodes well"""
        ),
        0: phrases("so far | for the money | at first sight | I suppose"),
        -1: phrases(
            """after only {n} weeks | from close up | once you look inside | sad to say | which is a shame | and
            from this brand too | on the second day"""
        ),
    },
    compared=REFERENCE,
    good=phrases("sturdy | what I'd call premium | solid | special | up to much | luxurious"),
    bad=phrases("flimsy | cheap | shoddy | rough | poor | thin"),
)

QUALITY_DETAILS: dict[str, dict[int, tuple[str, ...]]] = {
    "cloth": {
        2: phrases(
            """{n} washes in and still like new | Not a loose thread to be found, and my {relation} looked |
            {month} to {month2} nearly every day and no sign of it | My {relation}, a {job}, says the seams are
            first class | So soft that I forget I'm wearing {them} and once slept in {them} | The seams are
            finished better on the inside than most are on the outside | No bobbling, no fading, no stretch,
            nothing"""
        ),
        1: phrases(
            """Washed well so far, {n} times | Came out of the machine in good shape after {place} mud | My
            {relation} felt the {material} and was impressed | Kept {its} shape all through {month} | Soft, and
            hardly any creasing | Neat stitching throughout"""
        ),
        0: phrases(
            """Crease{s} the way {material} does | Washed it {n} times, no verdict yet | Soften{s} up a little with
            wear"""
        ),
        -1: phrases(
            """{It} bobbled after {n} wears | A loose thread here and there | {It} crease{s} if you look at {them}
            | Faded a little at {n} washes | Slightly see-through in daylight"""
        ),
        -2: phrases(
            """A seam came undone on day {n} | One wash and {it} {is} fit for a teddy bear | The colour ran all
            over my white things | There was a hole in {them} within {n} weeks | {It} bobbled so badly I'm
            ashamed to go out in {them}"""
        ),
    },
    "shoes": {
        2: phrases(
            """I walked {n} miles in them on the first day, not a blister | The soles look new after {n} months |
            The stitching is a work of art"""
        ),
        1: phrases("Good grip, good soles | They broke in quickly | Well padded where it counts"),
        0: phrases("They need a week or so to soften | The soles are fairly standard"),
        -1: phrases("The heel rubs | They squeak a bit | The insole moved after {n} days | They scuff easily"),
        -2: phrases(
            """The sole came away after {n} weeks | Blisters on both heels within the hour | They let in water like
            a sieve | The lining came to bits on day {n}"""
        ),
    },
    "soft": {
        2: phrases(
            """{n} washes in and still plump and lovely | The whole family fights over it | So soft that the dog
            has claimed it"""
        ),
        1: phrases("Washed well so far | Soft and no fluff everywhere | Neatly edged"),
        0: phrases("Sheds a little at first | Washed it {n} times, no verdict yet"),
        -1: phrases("It sheds on everything | It went a bit flat after {n} weeks | Scratchier than I'd hoped"),
        -2: phrases(
            """The seam burst on day {n} | It shed so much that the vacuum gave up | One wash and it came out a rag"""
        ),
    },
    "hard": {
        2: phrases("Heavy in the best way | Visitors ask where I found {them} | Not a flaw anywhere, and I looked"),
        1: phrases("Reassuring weight | No wobble | Neat edges all round"),
        0: phrases("The surface has small marks, as handmade things do | It marks a little if you don't wipe it"),
        -1: phrases("It wobbles a bit | There's a small mark on the surface | The edge is rougher than it looks"),
        -2: phrases(
            """It cracked on day {n} | It leaned like the tower of Pisa | A piece of the surface came off in my
            hand"""
        ),
    },
    "jewellery": {
        2: phrases(
            """I've worn {them} every day for {n} months and no tarnish | {It} catch{es} the light like something
            far dearer | I get asked about {them} every time"""
        ),
        1: phrases("No green skin so far | Light enough to forget about | The clasp feels secure"),
        0: phrases("Needs a polish now and then | Light, for better or worse"),
        -1: phrases(
            """Tarnished a little after {n} weeks | The clasp is fiddly | Lighter than {it} look{s}, and not in a
            nice way"""
        ),
        -2: phrases(
            """{It} turned my skin green in {n} days | The clasp broke the second time I wore {them} | A bit fell
            off in the first week"""
        ),
    },
    "gear": {
        2: phrases(
            """It has been through {n} storms and come out laughing | The zips and seams are faultless | {n} months
            of daily use and not a mark"""
        ),
        1: phrases(
            """Took a proper downpour without trouble | The fastenings feel solid | Everything closes as it should"""
        ),
        0: phrases("Needs some breaking in | The fastenings are standard"),
        -1: phrases(
            """The fastening sticks | The lining has come loose in one corner | Scuffs if you so much as look at
            {them}"""
        ),
        -2: phrases(
            """The fastening broke on day {n} | It gave way in the first proper wind | The handle end came off in
            the street"""
        ),
    },
}

PRICE = AspectPhrases(
    subjects=phrases(
        """the price | the cost | the price tag | what they charge | the asking price | the amount I paid"""
    ),
    adjectives={
        2: phrases("unbeatable | a steal | brilliant | fantastic | amazingly low"),
        1: phrases("fair | reasonable | good | sensible | honest"),
        0: phrases("okay | average | about standard | as you'd expect"),
        -1: phrases("steep | high | ambitious | cheeky | hard to justify"),
        -2: phrases("outrageous | a rip-off | daylight robbery | scandalous | absurd"),
    },
    sayings={
        2: phrases(
            """is less than I'd have paid happily | made me order two | is half what others ask | makes it the
            bargain of the year | had me check twice for a mistake | is the best deal I've had in ages | is a
            gift"""
        ),
        1: phrases(
            """is fair for what you get | seems right to me | won't break the bank | feels like money well spent |
            matches what you get | is easy to live with | leaves change for cake"""
        ),
        0: phrases(
            """is what these things cost | is neither cheap nor dear | is about the same as elsewhere | is par for
            the course | is on the usual level"""
        ),
        -1: phrases(
            """is a bit much for what it is | has crept up since last year | made me hesitate | would be fine in
            the sale | is more than I'd pay again | stung a little | takes some swallowing"""
        ),
        -2: phrases(
            """is a joke for what you get | is pure greed | is twice what it should be | makes my blood boil |
            bears no relation to what arrived | is an insult to regular customers | should come with a mask and
            a gun"""
        ),
    },
    details={
        2: phrases(
            """I paid half of what my {relation} did in {place} | My {relation} thought {it} cost {n} times as much
            | Got {them} with {n}0% off, feels like theft | I'd have paid {n} pounds more without blinking |
            Bought a second {one} for my {relation} because of the price | {Other} and {this} together for what
            others ask for one"""
        ),
        1: phrases(
            """Worth the money | Saved {n} pounds on the last shop I tried | You get what you pay for, in a good
            way | I looked in {place} and nobody was cheaper | With the {month} code {it} came to {n} pounds
            less | Less than {other} and more use"""
        ),
        0: phrases(
            """Paid full price in {month}, no regrets either way | Same money as in {place} | About what I paid for
            {other} | My {relation} says dear, my {relation2} says cheap"""
        ),
        -1: phrases(
            """Wait for the sale | Two weeks later {it} {was} {n}0% off | {n} pounds less and I'd be happy | I've
            seen much the same in {place} for {n} pounds less | My {relation} paid less in {month} | For that
            money I nearly bought {other} as well | Add the postage to {place} and it gets silly"""
        ),
        -2: phrases(
            """{n} days after I ordered they cut the price by half | Never again at that price | I could have
            bought three of these for the money at the market | I want my money back, every penny of it, by
            {weekday} | For that money I could have had {other} and a train to {place} | My {relation} asked
            whether I had been robbed"""
        ),
    },
    irony=phrases(
        """A snip, if you have just sold a kidney | Only slightly more than my first car | So cheap that I only had
        to skip lunch for {n} weeks | My bank manager sends his warmest thanks | What a bargain, {n} days before
        the sale | Very reasonable, if it came with a holiday | Money is only paper after all | I am glad to
        have paid for the director's yacht | Reduced the day after, so kind of you to wait for me"""
    ),
    tags={
        2: phrases("absolute bargain | what a steal | amazing price | unbeatable value"),
        1: phrases("good value | fair price | worth it | sensible price"),
        0: phrases("usual price | price okay | not cheap, not dear"),
        -1: phrases("bit pricey | on the dear side | steep for what it is | wait for the sale"),
        -2: phrases("total rip-off | waste of money | daft price | daylight robbery"),
    },
    asides={
        1: phrases(
            """considering what you get | and I shop around | in this day and age | even without a code | and
            postage was free | for {material} | my purse says thanks"""
        ),
        0: phrases("these days | for {material} | I suppose | if you ask me"),
        -1: phrases(
            """for {a_noun} | for {material} | in this economy | and then postage on top | when you compare | for
            what arrived | if you ask my husband"""
        ),
    },
    compared=phrases(
        """what they ask in town | last year's | the sale price at other shops | what I paid for the last {one} |
        what my sister paid elsewhere | any other shop's | what I had budgeted"""
    ),
    good=phrases("cheap | what I'd call fair | justified | a bargain | friendly"),
    bad=phrases("expensive | over the top | greedy | excessive | unfair"),
)
