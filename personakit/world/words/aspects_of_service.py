"""What reviews say about the delivery and about the people at the desk."""

from __future__ import annotations

from personakit.world.words.aspect_grammar import AspectPhrases
from personakit.world.words.grammar import phrases

__all__ = ["DELIVERY", "SERVICE"]

DELIVERY = AspectPhrases(
    subjects=phrases(
        """the delivery | the post | the shipping | the courier | the parcel service | the whole delivery side"""
    ),
    adjectives={
        2: phrases("lightning fast | superb | faultless | amazing | brilliant"),
        1: phrases("quick | prompt | reliable | smooth | careful"),
        0: phrases("okay | average | standard | as stated"),
        -1: phrases("slow | late | patchy | careless | sluggish"),
        -2: phrases("a shambles | hopeless | dreadful | a nightmare | pathetic"),
    },
    sayings={
        2: phrases(
            """beat every promise | was next day, no fuss | could teach the others a lesson | was quicker than I
            could blink | had it here before the confirmation mail | was so fast I thought it was a mistake |
            deserves a medal"""
        ),
        1: phrases(
            """came when it should | arrived a day early | kept me posted | was no trouble | did what it promised |
            got here in good time | left it safe with next door"""
        ),
        0: phrases(
            """took the usual few days | was neither fast nor slow | was as advertised | did its job | took about a
            week"""
        ),
        -1: phrases(
            """took longer than promised | was a couple of days late | kept me waiting in | could be quicker | left
            the box out in the drizzle | arrived in a battered box | missed me twice"""
        ),
        -2: phrases(
            """took weeks | lost my parcel and shrugged | went to the wrong town | was a farce from start to finish
            | threw the box over the gate | made me miss the birthday it was for | never turned up when they
            said"""
        ),
    },
    details={
        2: phrases(
            """Ordered on {weekday} evening, here in {place} by noon the next day | Ordered at breakfast on
            {weekday}, on my {relation}'s table by supper the day after | In {place} by {weekday}, when they had
            said {weekday2} | Even the {month} snow did not stop them | 2{n} hours from click to doorstep, I
            counted | The driver rang ahead and carried it up {n} flights of stairs | Promised for {weekday2},
            here on {weekday}"""
        ),
        1: phrases(
            """Took {n} days to {place}, as promised | Arrived on {weekday}, the day they said | Well packed, no
            plastic, with the {noun} safe inside | The tracking worked and told the truth | Left with my
            {relation} as I had asked | Here in {n} days in spite of {month} | The van came on {weekday} between
            two and four, as announced"""
        ),
        0: phrases(
            """Took {n} days to {place} | It came with the ordinary post after {n} days or so | Ordered on
            {weekday}, came on {weekday2} | The parcel came while I was out and my {relation} took it in | I
            collected it from the depot in {place}, which is fine"""
        ),
        -1: phrases(
            """{n} days late, no word why | The box had been sat on | I waited in for it twice | The tracking said
            delivered a day before it was | Left with a neighbour I have never met | Came on {weekday} instead
            of {weekday2} | It took in a tour of {place} first, says the tracking | My {relation} had to fetch
            it from the depot | They rang the bell on {weekday}, waited two seconds and left a card"""
        ),
        -2: phrases(
            """{n} weeks! For a parcel! | It was left in the rain and arrived soaked | It missed my {relation}'s
            birthday, which it was bought for | They left it on the pavement in {place} for anyone to take | The
            box came open, wet and half empty on a {weekday} | Ordered in {month}, arrived in {month2} | Marked
            as delivered, and I never saw it for {n} more days | They sent it to my old address {n} times"""
        ),
    },
    irony=phrases(
        """Arrived in plenty of time for next season | Only {n} weeks, so hardly any wait at all | I had almost
        forgotten what I'd ordered, so a nice surprise in the end | The parcel has now seen more of the country
        than I have | Next-day delivery, they just don't say which day | Lovely to give the box a shower on the
        doorstep | My compliments to the driver on his throwing arm | A snail with a limp would have been so
        much more hectic | Tracking that reads like a travel novel, I couldn't put it down | I enjoyed the {n}
        days at home waiting, I got so much done | Delivered safely to somebody, I'm sure"""
    ),
    tags={
        2: phrases("super fast delivery | here next day | fastest post ever | lightning delivery"),
        1: phrases("quick delivery | prompt post | came on time | well packed"),
        0: phrases("usual delivery | delivery okay | post as stated"),
        -1: phrases("slow post | bit late | battered box | delivery dragged"),
        -2: phrases("delivery shambles | took weeks | parcel went missing | worst courier ever"),
    },
    asides={
        1: phrases(
            """even just before Christmas | to the far end of {place} | with tracking that worked | in the middle
            of a strike | on a bank holiday | and well packed too | all the way to {place}"""
        ),
        0: phrases("to {place} | for this time of year | I suppose | as it goes"),
        -1: phrases(
            """and not a word from anyone | all the way to {place}, I know, but still | yet again | with no
            explanation | in spite of paying for express | and nobody picks up | so plan ahead"""
        ),
    },
    compared=phrases(
        """most shops I order from | what the big ones manage | last time | the courier they had before | anything
        I've had this year | what I get from my local shop"""
    ),
    good=phrases("quick | prompt | what I'd call express | reliable | careful"),
    bad=phrases("slow | late | careless | unreliable | complicated"),
)

SERVICE = AspectPhrases(
    subjects=phrases(
        """the service | customer service | the help desk | the help line | the chat | after-sales care | the
        support team"""
    ),
    adjectives={
        2: phrases("wonderful | brilliant | outstanding | a joy to deal with | superb"),
        1: phrases("helpful | friendly | kind | polite | responsive"),
        0: phrases("okay | average | correct | businesslike"),
        -1: phrases("unhelpful | slow | vague | short with me | scripted"),
        -2: phrases("rude | useless | appalling | a disgrace | hopeless"),
    },
    sayings={
        2: phrases(
            """went out of the way for me | sorted everything within minutes | deserves a rise | could not have
            been kinder | restored my faith in people | saved my daughter's birthday | treated me like a human
            being"""
        ),
        1: phrases(
            """answered the same day | was happy to help | put it right in the end | knew what to do | was pleasant
            to deal with | listened | got back to me quickly"""
        ),
        0: phrases(
            """did what was needed | was neither warm nor cold | followed the rules | gave the usual answers |
            dealt with it in due course"""
        ),
        -1: phrases(
            """took days to answer | read from a script | passed me round | did not really listen | could do with
            some training | needed reminding twice | sounded bored"""
        ),
        -2: phrases(
            """hung up on me | ignored every message I sent | called me a liar more or less | could not care less |
            blamed me for their mistake | left me in tears | is a brick wall"""
        ),
    },
    details={
        2: phrases(
            """Spoke to a lovely person who sorted it in {n} minutes | They refunded the postage without being
            asked | A note in the box, written by hand and signed by a {job}'s daughter from {place} | They
            found the last {one} in a shop in {place} and posted it | I rang on a {weekday} evening and by
            {weekday2} {another} {was} at my door | The lady in {place} stayed on the line until it was sorted,
            {n}0 minutes | They rang me back on a {weekday} to ask whether all was well | My {relation} got the
            wrong {one} and they sent {other} on top to say sorry"""
        ),
        1: phrases(
            """My e-mail was answered in {n} hours | They changed my order to {place} with no fuss | Good advice on
            the phone about {this} {noun} | Wrote on {weekday}, answered by {weekday2} | They knew the
            difference between {this} and {other}, which helped | The chat took {n} minutes and solved it | They
            were patient with my {relation}, who is no easy customer"""
        ),
        0: phrases(
            """I asked about {use} and got an answer | One call, {n} minutes on hold, done | I wrote to them about
            the {noun} in {month} and they wrote back | A question about sizes on a {weekday}, an answer by
            {weekday2} | Someone at the desk looked it up for me, as you would expect | I rang from {place},
            they told me what the page says"""
        ),
        -1: phrases(
            """{n} minutes on hold for a one-line answer | I had to explain it {n} times | They answered a question
            I hadn't asked, about {other} | First they said {weekday}, then {weekday2}, then nothing | The chat
            closed on me after {n} minutes | I asked about {use} and got a link to the front page | Nobody could
            tell me when {it} would be back in {place}"""
        ),
        -2: phrases(
            """{n} e-mails and not one reply | I was told it was my own fault, in so many words | They closed my
            case {n} times without solving it | Still waiting for a call back after {n} weeks | They told my
            {relation} one thing and me another, and neither was true | I was in tears on the phone on {weekday}
            and they put me on hold | They promised {weekday}, it is now {month2} | One of them laughed when I
            mentioned {place}"""
        ),
    },
    irony=phrases(
        """I know the hold music by heart now, it's quite catchy | Wonderful team, I've met so many of them and
        nobody could help | They were terribly sorry, {n} times, in exactly the same words | So good of them to
        answer before the year was out | The chat robot and I are practically engaged | My call was important to
        them, they said so for {n} minutes | I have never been ignored so politely | A masterclass in not
        answering the question | They solved it by closing the ticket, very tidy"""
    ),
    tags={
        2: phrases("wonderful service | lovely people | brilliant help desk | service second to none"),
        1: phrases("helpful staff | friendly service | kind reply | quick answer"),
        0: phrases("service okay | ordinary service | usual replies"),
        -1: phrases("slow replies | unhelpful staff | scripted answers | had to chase them"),
        -2: phrases("awful service | rude staff | no reply ever | useless help desk"),
    },
    asides={
        1: phrases(
            """on a Sunday too | from start to finish | even when I got muddled | without any fuss | when I rang
            about {this} {noun} | and I hadn't even complained | which you don't often get"""
        ),
        0: phrases("when I asked | on the phone | I suppose | the one time I needed it"),
        -1: phrases(
            """when I rang about {this} {noun} | for a shop of this size | and I was polite | yet again | the
            moment something went wrong | after {n} e-mails | so save your breath"""
        ),
    },
    compared=phrases(
        """other shops | what I'm used to | last time I rang | the bank, and that's saying something | my local
        shop | what you get on the phone elsewhere"""
    ),
    good=phrases("helpful | friendly | interested | quick to answer | forthcoming"),
    bad=phrases("unfriendly | pushy | rude | slow | unhelpful"),
)
