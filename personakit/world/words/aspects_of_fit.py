"""What reviews say about the fit of what is worn and the size of what is not."""

from __future__ import annotations

from personakit.world.words.aspect_grammar import AspectPhrases
from personakit.world.words.grammar import phrases

__all__ = ["FIT", "REFERENCE", "SIZE"]

REFERENCE = phrases(
    """what I'm used to from the high street | the {one} I had before | the last {one} I bought | anything else I
    own | what my sister bought elsewhere | similar ones I've tried | the {one} {it} replaced | what you
    normally get"""
)

FIT = AspectPhrases(
    subjects=phrases("the fit | the cut | the sizing | the shape | the overall fit | the way {it} sit{s}"),
    adjectives={
        2: phrases("perfect | spot on | superb | wonderfully flattering | exactly right | made for me"),
        1: phrases("good | comfortable | flattering | pleasing | forgiving"),
        0: phrases("okay | average | as expected | middling"),
        -1: phrases("small | tight | loose | boxy | awkward | off"),
        -2: phrases("hopeless | useless | awful | dreadful | ridiculous"),
    },
    sayings={
        2: phrases(
            """could not be better | is as if someone had measured me | hides what I want hidden | gets me
            compliments every time | is the best I have found in years | had me sold at once | is bang on for my
            usual size | makes me stand taller"""
        ),
        1: phrases(
            """works for me | suits my build | does the job nicely | leaves room to move | was right first time |
            is kind to my hips | allows for a big lunch | gives just enough room"""
        ),
        0: phrases(
            """is neither here nor there | is standard stuff | is what the size chart says | will do | depends on
            what you wear underneath | takes some getting used to"""
        ),
        -1: phrases(
            """runs half a size small | pulls a little across the middle | comes up bigger than it says | does
            nothing for me | could do with some work | is made for someone with other proportions | needs a size
            up | gapes a little when I sit down"""
        ),
        -2: phrases(
            """is a disaster | bears no relation to the size on the label | makes me look like a sack of potatoes |
            is so tight I could hardly breathe | ruined the whole thing for me | cuts in all over | is a joke |
            suggests that nobody ever tried {them} on"""
        ),
    },
    details={
        2: phrases(
            """I took my usual {size} and {it} might have been made for me | First {noun} in {n} years that I
            didn't have to send back | No alterations needed, and I always need alterations | I moved, sat,
            danced, and {it} stayed where {it} should | Ordered {a_size}, put {them} on, never took {them} off"""
        ),
        1: phrases(
            """My usual {size} was fine | Went with {a_size} and would do so again | Sits well even after a big
            dinner | I'm between sizes and the {size} worked | Long enough in the right places"""
        ),
        0: phrases(
            """I normally take {a_size} and that's what I kept | Same size as my other {noun} | The {size} fits,
            give or take"""
        ),
        -1: phrases(
            """I had to swap the {size} for the next size up | I'm {a_size} everywhere else but not here | A touch
            long for someone of five foot {n} | Order a size up if you have shoulders like my {relation} | The
            sleeve or leg is {n} centimetres off on me | Fine for {use2}, tight for {use} | Wearable, but only
            if I don't breathe in"""
        ),
        -2: phrases(
            """I ordered {a_size} and got something for a doll | I tried {n} sizes and every one was wrong | Could
            not even get {them} on, and I took my usual {size} | Sent the {size} straight back, nowhere near |
            If this is {a_size} then I am the Queen of Sheba"""
        ),
    },
    irony=phrases(
        """Perfect if you happen to have no shoulders | Lovely fit, for the two people in Britain who are shaped
        like that | {A_size} that fits my eight-year-old beautifully | Ideal if you have given up breathing | My
        cat thinks {it} make{s} a wonderful tent | So roomy that we could both move in | Breathing is overrated
        anyway | The size chart must be somebody's idea of poetry | Great for anyone who stands perfectly still
        all day | Nice to know my {size} has become a suggestion"""
    ),
    tags={
        2: phrases("perfect fit | fits like a glove | spot-on sizing | most flattering cut | dream fit"),
        1: phrases("nice fit | true to size | comfy | flattering enough | decent cut | fits well"),
        0: phrases("average fit | fit is okay | sizing as expected"),
        -1: phrases("comes up small | bit tight | runs large | odd cut | boxy"),
        -2: phrases("terrible fit | sizing all wrong | way too small | unwearable"),
    },
    asides={
        1: phrases(
            """which is rare for me | and I'm not an easy shape | sitting or standing | even after lunch | straight
            out of the bag | and I'm five foot {n} | so no alterations"""
        ),
        0: phrases("for {a_size} | at least on me | if you know your size | I suppose"),
        -1: phrases(
            """even though I measured twice | in my usual {size} | and I did read the size guide | on me anyway |
            which is a pity | especially round the middle | so back {it} go{es}"""
        ),
    },
    compared=REFERENCE,
    good=phrases("flattering | comfortable | generous | true to size | what I'd call well cut | right"),
    bad=phrases("tight | boxy | clingy | unflattering | baggy | awkward"),
)

SIZE = FIT._replace(
    subjects=phrases(
        """the size | the scale | the overall size | the proportion of it all | the shape | the way {it} sit{s}"""
    ),
    adjectives={
        2: phrases("perfect | spot on | exactly right | ideal | just what I hoped for"),
        1: phrases("good | handy | practical | generous | well judged"),
        0: phrases("okay | average | as expected | middling"),
        -1: phrases("small | large | awkward | off | mean"),
        -2: phrases("hopeless | pathetic | ridiculous | useless"),
    },
    sayings={
        2: phrases(
            """could not be better | is as if {it} had been made for the spot | is perfect for what I need | was
            love at first sight | is exactly as I pictured it | had me sold at once"""
        ),
        1: phrases(
            """works for me | does the job nicely | is about right | suits what I had in mind | was right first
            time | is handier than I thought"""
        ),
        0: phrases(
            """is neither here nor there | is what the page says | will do | is standard stuff | takes some getting
            used to"""
        ),
        -1: phrases(
            """is smaller than in the pictures | is a little on the mean side | could do with another inch or two |
            looks out of proportion in real life | takes up more room than I thought | is not quite what I
            pictured"""
        ),
        -2: phrases(
            """is a disaster | is a joke | is nothing like the picture | is fit for a doll's house | makes {them}
            useless to me | has nothing to do with what the page says"""
        ),
    },
    details={
        2: phrases(
            """I measured {n} times beforehand and {it} could not be more right | {It} went straight to where I
            wanted {them} and look{s} born there | Exactly as big as I had hoped, to the inch | My {relation}
            thought it was made to measure for {use}"""
        ),
        1: phrases(
            """{It} {is} about as big as {other}, which is what I wanted | Big enough for {use}, small enough to
            put away | My {relation} wanted bigger, I did not | A good size for {use}"""
        ),
        0: phrases(
            """About {n} inches smaller than I guessed, but I can live with that | The size is what it says on the
            page, no more and no less | Held against {other} {it} look{s} about right"""
        ),
        -1: phrases(
            """Measure first: {it} came out a good {n} inches off what I expected | Bigger in the pictures than in
            the flesh | I wanted {them} for {use}, and {it} {is} not quite the size for that"""
        ),
        -2: phrases(
            """I opened the box and laughed: half the size of the picture | No use for {use} at that size, none at
            all | {n} inches out, and yes, I did measure"""
        ),
    },
    irony=phrases(
        """Ideal for a doll's house | A lovely size, if you happen to be a mouse | Big enough to be in the way and
        small enough to be of no use, quite a feat | I had to put my glasses on to find {them} in the box | Very
        generous of them to include so much empty box | They must have photographed {them} next to a thimble"""
    ),
    tags={
        2: phrases("perfect size | exactly right | spot-on size | made for the spot"),
        1: phrases("good size | handy size | about right | nicely sized"),
        0: phrases("size is okay | average size | as big as stated"),
        -1: phrases("bit small | smaller than pictured | awkward size | too bulky"),
        -2: phrases("tiny | silly size | nothing like the picture | far too small"),
    },
    asides={
        1: phrases(
            """for {use} | and I measured first | straight out of the box | which is rare | just as in the picture
            | so no complaints there"""
        ),
        0: phrases("for {use} | I suppose | for what {it} {is}"),
        -1: phrases(
            """for {use} | even though I measured | which the pictures hide | sad to say | and that's a pity | so
            back {it} go{es}"""
        ),
    },
    good=phrases("generous | practical | handy | what I pictured | right"),
    bad=phrases("awkward | bulky | mean | clumsy | silly"),
)
