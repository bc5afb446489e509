"""What reviews say beside the aspects: verdicts, occasions, tangents, feelings, irony's markers, emoji."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = [
    "ADJECTIVES",
    "AFTERTHOUGHTS",
    "CLOSERS",
    "CONTEXTS",
    "EMOJI",
    "FEELINGS",
    "HEDGES",
    "IRONY_MARKS",
    "OPENERS",
    "OPENER_TAILS",
    "CLOSER_TAILS",
    "DETAIL_STARTS",
    "DETAIL_LINKS",
    "WEEKDAYS",
    "PLACES",
    "RELATIONS",
    "SIGNATURES",
    "SLANG",
    "TANGENTS",
    "UNDERSTATEMENTS",
]

RELATIONS = phrases("""sister | mum | daughter | best friend | niece | neighbour | nan | flatmate | wife | husband |
    partner | mother-in-law | boss | cousin | goddaughter | brother | dad | son""")

PLACES = phrases("""Orkney | Cornwall | Leeds | Swansea | Belfast | Norwich | Whitby | Dundee | Hastings | Shropshire |
    Inverness | Margate | Bath | Kendal | Ludlow | Skye | Hull | Anglesey""")

ADJECTIVES: dict[int, tuple[str, ...]] = {
    5: phrases("""gorgeous | perfect | fabulous | beautiful | brilliant | stunning | amazing | wonderful | superb | smashing |
        dreamy | cracking"""),
    4: phrases("lovely | nice | good | smart | great little | really nice | decent | useful | pleasing | handsome"),
    3: phrases("okay | average | fair enough | so-so | passable | ordinary | middling | acceptable"),
    2: phrases("disappointing | underwhelming | second-rate | meh | so-so at best | sad | poor | dull"),
    1: phrases("awful | terrible | shocking | useless | dreadful | horrible | ghastly | hopeless | rotten"),
}

OPENERS: dict[int, tuple[tuple[str, ...], ...]] = {
    5: (
        phrases("""obsessed with {this} {noun} | {adj} {noun}, no notes | {this} {noun} though | need {them} in every colour |
            using {this} {noun} non-stop | best thing I've bought this year, easily | okay I'm in love with {this} {noun} |
            {n} people asked me where {this} {noun} came from | run, don't walk | instant favourite |
            didn't expect to love {this} {noun} this much | 10/10 would marry {this} {noun}"""),
        phrases("""Absolutely love {this} {noun} | What {a_adj} {noun} | Best {noun} I've had in years | Five stars from me |
            {This} {noun} made my week | So pleased with {this} {noun} | My new favourite {noun} | I don't often review, but this deserves it |
            Could not be happier with {this} {noun} | Bought on a whim and thrilled | I use {this} {noun} all the time |
            Exactly what I was after | Worth every minute of looking"""),
        phrases("""I am delighted with {this} {noun} | {A_adj} {noun}, in every respect | A first-class purchase |
            I cannot praise {this} {noun} highly enough | A real treasure | {This} {noun} {is} everything one could wish for |
            At last, {a_noun} as {it} should be | My {relation} was green with envy | It is a long time since I was so pleased with {a_noun}"""),
    ),
    4: (
        phrases("""really like {this} {noun} | pretty {adj} {noun} actually | solid 4 for {this} {noun} | {adj} {noun}, so close to a 5 |
            happy with {this} {noun} | cute {noun} | not perfect but I'm keeping {them} | yeah, {adj} {noun} |
            {this} {noun} grew on me"""),
        phrases("""Very happy with {this} {noun} overall | {A_adj} {noun} | Good buy | Pleased with {this} {noun} |
            Nearly perfect | A solid {noun} that I use a lot | {This} {noun} {is} better than I'd hoped | Glad I went for {this} {noun} |
            I like {this} {noun} more each time | Does what I wanted it to | Would have been five stars with one or two changes"""),
        phrases("""On the whole I am very satisfied | {A_adj} {noun} | A good purchase, all told | I am pleased to recommend {this} {noun} |
            {This} {noun} will do me very nicely | Very satisfactory | My {relation} approves, and so do I | A welcome addition"""),
    ),
    3: (
        phrases("""it's fine I guess | mid tbh | {adj} {noun} | on the fence about {this} {noun} | expected more, got less, whatever |
            not bad not good | {this} {noun} {is} giving nothing | kinda torn about {this} {noun}"""),
        phrases("""In two minds about {this} {noun} | Mixed feelings | {A_adj} {noun} | It's all right | Neither in love nor in tears |
            Some good, some bad | Three stars seems fair | {This} {noun} will do for now | I wanted to like {this} {noun} more than I do |
            Fine, but no more than fine | Hard to say whether I'd buy {another}"""),
        phrases("""I have mixed views about {this} {noun} | Adequate | {A_adj} {noun}, I am afraid to say |
            {This} {noun} {is} neither one thing nor the other | I had hoped for rather more | Serviceable | It will serve, but no more than that"""),
    ),
    2: (
        phrases("""kinda disappointed | not it | {adj} {noun}, sorry | expected way more from {this} {noun} | meh, going back |
            wanted to love {this} {noun} but no | {this} {noun} just {isnt} what I pictured | bit of a letdown ngl"""),
        phrases("""Disappointed with {this} {noun} | Not what I hoped for | {A_adj} {noun} | I really wanted to like {this} {noun} |
            Looked lovely in the pictures | Not one of my better buys | I expected more from this brand |
            {This} {noun} {isnt} a patch on the pictures | Two stars, and that's generous | Wouldn't buy {another}"""),
        phrases("""I regret to say that {this} {noun} did not come up to expectations | Most disappointed | {A_adj} {noun} |
            Not up to your usual standard | I am sorry that I cannot say more for {this} {noun} | A pity | {This} {noun} {was} a let-down"""),
    ),
    1: (
        phrases("""absolutely not | {adj} {noun}, avoid | worst {noun} I've ever bought | I'm actually fuming about {this} {noun} |
            do NOT buy {this} {noun} | never again | what even {is} {this} {noun} | zero stars if I could | waste of everyone's time"""),
        phrases("""Avoid | {A_adj} {noun} | I wish I could give no stars | Worst {noun} I have ever had | Don't waste your time |
            So angry about {this} {noun} | What a let-down | {This} {noun} went straight back in the box | I've never been so let down by {a_noun} |
            One star because none wasn't an option | Save your pennies"""),
        phrases("""I am appalled by {this} {noun} | Disgraceful | {A_adj} {noun} | In {n}0 years of shopping I have not seen the like |
            I shall not be ordering {another} | Quite unacceptable | An utter waste | I feel thoroughly cheated"""),
    ),
}

CLOSERS: dict[int, tuple[tuple[str, ...], ...]] = {
    5: (
        phrases("""buy {them} now | ordering {another} for my {relation} as we speak | every {job} in {place} needs {this} {noun} | can't stop looking at {them} | 100% would buy again |
            telling everyone | my {relation} has already stolen {them} | love love love | thank me later"""),
        phrases("""Would buy again in a heartbeat | Highly recommended for {use} | Get {this} {noun} and thank me in {month} | My {relation} is getting one for {month} | Already ordered {another} for my {relation} | Don't think twice |
            Ten out of ten from me and from my {relation} | Thank you from {place} | My {relation} wants {a_noun} now too | Can't recommend {them} enough | Treat yourself |
            I'll be back for more | Bought {another} for my {relation} in {place} | Now my {relation} in {place} wants {them} too"""),
        phrases("""I shall certainly order again in {month} | Thoroughly recommended to any {job} | With thanks to all concerned, from {place} | I have told all my friends |
            Well done, all of you | A shop that still knows what it is doing | My {relation} has asked for {a_noun} for Christmas"""),
    ),
    4: (
        phrases("would recommend to any {job} | would buy again probably | my {relation} nearly bought {another} | happy enough | get {them} | my {relation} approves | worth a go"),
        phrases("""Would recommend for {use} | Would buy again for my {relation} | Happy customer in {place} | Worth a try, even with {use} in mind | Good present too | I'd recommend {them} to a friend |
            My {relation} likes {them} as well | No regrets after {n} weeks | Four stars, my {relation} says five | Recommended for {use}"""),
        phrases("""I would recommend {them} | I should buy {another} if need be | Thank you | All in all, money well spent on {a_noun} |
            I look forward to the next catalogue, and to {other} | My {relation} in {place} shall have {a_noun} too"""),
    ),
    3: (
        phrases("so yeah | idk | might keep {them} might not | make of that what you will | ask me in a month"),
        phrases("""Undecided whether to keep {them} | Your mileage may vary, my {relation}'s did | Maybe in the {month} sale | My {relation} would say the same | Fine for {use}, not for more |
            Keeping {them}, just about | You might like {them} more than I do | Make up your own mind | We'll see how {it} last{s}"""),
        phrases("I shall keep {them}, I think | Others may feel differently | Room for improvement | I reserve judgement | Could do better"),
    ),
    2: (
        phrases("returning {them} on {weekday} | sad about it, so is my {relation} | wouldn't recommend | save up for something else | not worth the hassle"),
        phrases("""Going back on {weekday} | Wouldn't recommend {them} to my {relation} or anyone | Off to find {another} in {place} | I've returned {them} | Look elsewhere | Shame, I wanted {them} for {use} |
            Probably my last {noun} from here | My {relation} laughed | Back to the drawing board"""),
        phrases("I have sent {them} back | I cannot recommend {them}, least of all to a {job} | I trust this will be looked into | One expects better"),
    ),
    1: (
        phrases("want my money back by {weekday} | never ordering here again and neither is my {relation} | stay away | deleted the app | absolute joke"),
        phrases("""Straight back on {weekday} | Never again, and my {relation} says the same | Stay well clear | I want a refund by {weekday} | You have lost a customer | I'll be telling everyone in {place} |
            Don't say I didn't warn you | Shame on you | I'm taking my custom elsewhere"""),
        phrases("""I expect a full refund by {weekday} | I shall take my custom elsewhere | I have written to the manager | You should be ashamed |
            That is the last you will see of me | I await your explanation"""),
    ),
}

CONTEXTS = phrases("""Bought {this} {noun} for my {relation}'s birthday in {month} | Ordered {them} for {use} | I wanted {a_noun} for {use} |
    {n} weeks in now, mostly for {use} | This is my {nth} {noun_one} from here, the first was for my {relation} |
    I got {them} as a present for my {relation} in {place} | Saw {them} on my {relation} first, in {month} |
    I'd been looking for {a_noun} for {n} months | Had my eye on {them} since {month} | My {relation} picked {them} out for me when I visited {place} |
    I needed something for {use} | Replacement for the old {one}, which I'd had for {n} years | First time I've ordered {a_noun} online, on my {relation}'s advice |
    Ordered in {month}, reviewing in {month2} | We live in {place}, so shopping is mostly by post | Bought for a trip to {place} in {month} |
    I use {them} mostly for {use} and now and then for {use2} | I've had {this} {noun} since {month} | Got {them} in time for {use} |
    I looked at {n} others before choosing this {one} | My {relation} has the same {noun} and raves about {them} | As a {job} I need {a_noun} that works |
    I'm a {job} and hard on my things | Treated myself after a long {month} | Chosen with {use} in mind |
    I came across {this} {noun} while looking for {other} | My {nth} order this year, the last was {other} | Got {them} for {use} and ended up with {them} for {use2} |
    Used {n} times so far, mainly for {use} | Payday purchase, for {use} | Bought on a wet {weekday} in {place}, on my phone |
    After the {month} I've had I deserved {a_noun} | It was this or {other}, and my {relation} chose | My {relation} and I share {them} for {use} |
    Came with {other} in the same order | I gave my {relation} {other} and kept {this} for myself | For the record, I'm a {job} from {place} |
    My old {noun} died in {month} after {n} years | I had {n} people recommend {this} {noun} to me, my {relation} among them |
    A {job} I know in {place} swears by the brand | Needed {a_noun} before {month} | Spotted {them} on the bus to {place} and asked |
    The plan was {use}, the reality is {use2} | Bought {them} on a {weekday} with my {relation} looking over my shoulder""")

TANGENTS = phrases("""My {relation} says I have too many already, but what does my {relation} know | The dog approves, as does my {relation} |
    I wrote half of this on the bus to {place} | It rained the whole of {month} here in {place}, so every bit of cheer counts |
    I told my {relation} about it on the phone and we talked for {n} hours | The last time I bought {a_noun} was before my {relation} moved to {place} |
    I had tea while unpacking, as one should on a {weekday} | My {relation} in {place} had one from another shop and it was a different story |
    I never used to buy {a_noun} online, but needs must when you live near {place} | Our street in {place} is a nightmare to park in, so I feel for anyone who delivers here |
    My {relation} and I argue about who saw {them} first | It was a toss-up between {this} and a {weekday} in {place} |
    I should say I'm picky, ask my {relation} or any {job} who has met me | You'll laugh, but I opened the parcel in the car in {place} |
    My {relation} is getting married in {month}, so you can imagine the state of this house | The cat slept in the box for {n} days |
    All {n} of us at work had something to say about it | I'm not one for shopping, my {relation} usually does it |
    Since I became a {job} I go through a lot of these | It was a {weekday} in {month}, it was late, and there was wine |
    I measured everything on the kitchen floor first, with my {relation} holding the tape | We had the whole family over from {place} that week |
    A {job} I know swears by the same one | I've lived in {place} for {n}0 years and never once had a bad {weekday} ruin a good purchase |
    My {relation} once bought {other} here and still talks about it | My {relation} asked whether I really needed {other} as well, and I did |
    When I was little my {relation} had {a_noun} much like this | You should have seen my {relation}'s face that {weekday} |
    I could write a book about {noun_plural}, having been through {n} of them | In {place} you can't get {noun_plural} for love or money |
    Next on the list is {other}, but don't tell my {relation} | I was a {job} once, so I know a thing or two about {use}""")

FEELINGS: dict[int, tuple[str, ...]] = {
    2: phrases("""I love {} | I adore {} | I can't get over how good {} turned out | full marks for {} | I'm thrilled with {} |
        so happy with {} | hats off for {} | I'm over the moon about {}"""),
    1: phrases("I like {} | I'm pleased with {} | happy with {} | a plus for {} | I appreciate {} | I'm content with {}"),
    0: phrases("I have no strong feelings about {} | little to report on {} | I can take or leave {} | I don't mind {} either way"),
    -1: phrases("I'm not keen on {} | I expected more of {} | I was a little let down by {} | a minus for {} | I'm not sold on {}"),
    -2: phrases("""I was appalled by {} | I am furious about {} | I can't forgive {} | I'm disgusted with {} | no stars at all for {} |
        I could weep about {} | I am fed up with {}"""),
}

UNDERSTATEMENTS: dict[int, tuple[str, ...]] = {
    2: phrases("{} did not exactly hurt | I have known worse than {} | {} is nothing to be ashamed of"),
    1: phrases("{} could be a lot worse | I've no quarrel with {} | there's little wrong with {} | {} gave me nothing to moan about"),
    -1: phrases("{} left a little to be desired | {} was not the high point | I have known better than {} | {} is not my favourite thing about it"),
    -2: phrases("{} did not fill me with joy | {} was not their finest hour | I would not frame {} and hang it up | {} left rather a lot to be desired"),
}

HEDGES = phrases("""maybe it's me, but | I may be wrong, but | I think | I suppose | I'd guess | it could be just mine, but |
    perhaps it's only my {one}, but | if I'm honest with myself | others may disagree, but | as far as I can judge""")

AFTERTHOUGHTS: dict[int, tuple[str, ...]] = {  # by sign of the rating's side
    1: phrases("Made my day | Can't complain | Happy days | Small joys | Well worth it | Chuffed | I keep smiling about it"),
    0: phrases("That's that | Take it or leave it | Such is life | Ho hum | There you go"),
    -1: phrases("Not impressed | Gutted | Hmph | Not good enough | Sort it out | Honestly | Enough said | I despair"),
}

OPENER_TAILS: dict[int, tuple[str, ...]] = {
    1: phrases(""", and so says my {relation} | , {n} weeks in | even after {n} weeks | , above all for {use} | , and I've tried a few |
        , in {month} as in {month2} | and my {relation} is jealous | , just as my {relation} promised | from day one |
        , said the {job} | here in {place}"""),
    0: phrases(""", {n} weeks in | , at least for {use} | , says my {relation} too | , and I've tried a few | so far | , if I think of {use} |
        , all things considered | , and that goes for my {relation} as well"""),
    -1: phrases(""", and my {relation} agrees | , {n} days in | , at least for {use} | , and I so wanted {them} for {use} | , as my {relation} warned me |
        from the first day | , says the whole of {place} | , and I've tried a few | , and it's only {month}"""),
}

CLOSER_TAILS = phrases(""", and that from a {job} | , {n} weeks on | , come {month} | , as I told my {relation} | , said in {place} in {month} |
    (and my {relation} nods) | , speaking for {n} of us | , for {use} or otherwise | , after {n} tries elsewhere |
    , with a nod to {use} | , and I told the {job} next door as much""")

DETAIL_STARTS = phrases("Just so you know: | Fact: | What happened: | Also: | Case in point: | To give an example: | Make a note: | In {month}: | My {relation} can confirm:")

DETAIL_LINKS = phrases(": {} | , so {} | - {} | . So {} | . Which is why I say that {} | ; in short, {} | . In other words, {} | : to my mind {}")

# what gives irony away, before or after the sentence; the other half of the ironic reviews have none
IRONY_MARKS = phrases("""Oh, brilliant. {} | Well done, everyone. {} | Oh great. {} | {} Not. | {} Slow clap. | {} 🙄 | {} Thanks a bunch. |
    Superb. {} Yes, I'm being sarcastic. | Marvellous. {} | {} *sigh* | {} 👏👏👏 | Congratulations. {}""")

EMOJI: dict[int, tuple[str, ...]] = {
    1: ("😍", "❤️", "🥰", "✨", "👌", "😊", "🔥", "💕", "🙌", "👍", "😁", "💃"),
    0: ("🤷", "😐", "🤔", "😶", "🙃"),
    -1: ("😡", "😤", "👎", "😭", "🙄", "💔", "😒", "🤦"),
}

SLANG = (("really", "rly"), (" though", " tho"), ("because", "cos"), (" you ", " u "), (" and ", " & "), ("going to", "gonna"),
         ("about", "abt"), ("please", "pls"), ("probably", "prob"), ("I'm", "im"))  # fmt: skip

SIGNATURES = phrases("Mrs {initial}. | {initial}. from {place} | Yours, {initial}. | A customer of {n}0 years | Kind regards, {initial}.")

MONTHS = phrases("January|February|March|April|May|June|July|August|September|October|November|December")
JOBS = phrases("""nurse | teacher | gardener | librarian | plumber | student | baker | bus driver | florist | vet | surveyor |
    carpenter | midwife | chef | postwoman | musician""")
NTH = phrases("second | third | fourth | fifth")
WEEKDAYS = phrases("Monday | Tuesday | Wednesday | Thursday | Friday | Saturday | Sunday")
