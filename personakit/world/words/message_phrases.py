"""What customers write to the support desk, by intent and emotion."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = [
    "ASIDES",
    "BYES",
    "COLOURS_OF_EMOTION",
    "CONTACTS",
    "CORES",
    "DETAILS",
    "FAULTS",
    "GREETINGS",
    "HINTS",
    "LINKS",
    "STREETS",
    "VAGUE",
    "WEEKDAYS",
    "WRONG",
]

CORES: dict[str, tuple[str, ...]] = {
    "where_is_my_order": phrases(
        """where is my order {order} | I'm still waiting for {the_noun} from order {order} | order {order} should
        have been here {days} days ago | could you tell me when {the_noun} will arrive | my {noun} {hasnt}
        turned up yet | any news of the parcel with {the_noun} | the tracking for {order} has not moved for
        {days} days | it says delivered but there is no {noun} here | has order {order} been sent at all | I
        ordered {the_noun} ages ago and nothing has come | {days} days and no parcel | when can I expect order
        {order} | the courier seems to have lost {the_noun} | I was promised {the_noun} by last {weekday} | can
        you check what happened to {order} | please find out where {the_noun} {is}"""
    ),
    "return_item": phrases(
        """I would like to send {the_noun} back | how do I return {the_noun} | {the_noun} {isnt} for me, how do I
        send {them} back | I need a returns label for order {order} | can I still return {the_noun}, it's been
        {days} days | {the_noun} {doesnt} suit me, so I want to return {them} | can I bring {the_noun} back to
        the shop | I've changed my mind about {the_noun} | there was no returns slip in the box with {the_noun}
        | what does it cost to send back {a_noun} | I want to return order {order} | {the_noun} {is} going back,
        please tell me how | may I return {the_noun} without the box | who collects {the_noun} if I don't want
        to keep {them}"""
    ),
    "exchange_size": phrases(
        """I need {the_noun} in {a_size} instead | {the_noun} {is} too small, do you have {a_size} | can I swap
        {the_noun} for {a_size} | {the_noun} {is} too big, I need {a_size} | I ordered the wrong size of
        {the_noun}, {a_size} would be right | could you exchange {the_noun} from order {order} for {a_size} | is
        {a_size} still in stock, mine {isnt} the right fit | please send {a_size} in place of the one I have |
        I'm between sizes, can I try {a_size} of {the_noun} too | {the_noun} {pinch}, so I'd rather have
        {a_size} | would you hold {a_size} for me while I post mine back | same {noun}, other size: {size}
        please | how does swapping for {a_size} work"""
    ),
    "refund_status": phrases(
        """I sent {the_noun} back {days} days ago and have had no refund | where is my money for order {order} |
        when will I be refunded for {the_noun} | my refund for {order} has not come through | you got {the_noun}
        back on {weekday}, so where is the money | how long does a refund take, it has been {days} days | I was
        only refunded part of {order} | the refund for {the_noun} isn't on my card | can you confirm that my
        refund is on its way | {days} days since you had my return and still nothing on my statement | I'm
        waiting to be paid back for {the_noun} | did my return of {the_noun} reach you, I've seen no money |
        please check the refund on {order}"""
    ),
    "damaged_item": phrases(
        """{the_noun} arrived damaged | {the_noun} came with {fault} | there's {fault} on {the_noun} from order
        {order} | I opened the box and found {fault} | {the_noun} broke on the first day | I've used {the_noun}
        {days} times and there is {fault} | order {order} arrived in pieces, more or less | {the_noun} {has}
        {fault}, straight out of the box | is {fault} normal on new {noun_bare} | the parcel was crushed and so
        {is} {the_noun} | {the_noun} I got {is} faulty | what do I do about {fault} on brand new {noun_bare}"""
    ),
    "wrong_item": phrases(
        """you sent me the wrong thing, I ordered {the_noun} | I ordered {a_noun} and got {wrong} | there was
        {wrong} in the box instead of {the_noun} | this isn't what I ordered in {order} | I've been sent
        somebody else's parcel | {wrong} came, and I have no use for it, I wanted {the_noun} | the label says
        {noun}, but inside was {wrong} | order {order} is not mine, I think | right box, wrong contents: {wrong}
        instead of {the_noun} | who ordered {wrong}, because it wasn't me | I seem to have another customer's
        order, with {wrong} in it | the {noun} I got {is} not the one I chose"""
    ),
    "product_question": phrases(
        """is {the_noun} true to size | what {is} {the_noun} made of | can {the_noun} go in the machine | {does}
        {the_noun} come in {a_size} | will {the_noun} be back in stock | how long {is} {the_noun} | {is}
        {the_noun} suitable for {use} | could you tell me where {the_noun} {is} made | I'm wondering whether
        {the_noun} would do for {use} | {is} {the_noun} lined | what colour {is} {the_noun} really, the picture
        is hard to read | is there a shop near {place} where I can see {the_noun} | {does} {the_noun} need
        special care | how heavy {is} {the_noun} | I can't find the measurements of {the_noun} | would
        {the_noun} suit someone of seventy"""
    ),
    "change_address": phrases(
        """I've moved, please change my address to {address} | can order {order} go to {address} instead | please
        send {the_noun} to my work: {address} | my new address is {address} | I gave the old address by mistake,
        it should be {address} | order {order} is going to the wrong house, please make it {address} | could you
        update my details, I now live at {address} | can the parcel go to my neighbour at {address} | is it too
        late to deliver {order} to {address} | we move on {weekday}, after that it's {address}"""
    ),
    "cancel_order": phrases(
        """please cancel order {order} | I need to cancel {the_noun} | I ordered {the_noun} twice by mistake,
        please cancel one | can you stop order {order} before it goes out | I no longer need {the_noun} | is it
        too late to cancel {order} | my daughter ordered {the_noun} without asking me, please cancel | I've
        found {the_noun} elsewhere, so please cancel | don't send {the_noun} after all | I pressed buy by
        accident, cancel {order} please | since it takes so long I'd rather cancel {the_noun} | how do I call
        off an order I made on {weekday}"""
    ),
    "discount_problem": phrases(
        """my code doesn't work on {the_noun} | the {percent}% off was not taken off order {order} | I was charged
        full price for {the_noun} | your e-mail promised {percent}% off but the basket says no | the voucher is
        refused at the till | {the_noun} {is} cheaper today than when I paid | I forgot to put the code in, can
        you still take {percent}% off {order} | why is my {percent}% not valid for {the_noun} | the discount
        vanished when I paid | it says the code has been used, and it hasn't | loyalty points were not counted
        on {order} | {the_noun} {was} in the sale yesterday and full price at checkout"""
    ),
    "complaint_service": phrases(
        """I have called {days} times and nobody helps | I want to complain about the way I was spoken to | your
        chat cut me off twice | nobody has answered my last {days} messages | the person on the phone was rude
        about {the_noun} | I'd like to speak to a manager | I was told somebody would ring back on {weekday} and
        nobody did | every one of you tells me something different about {order} | your help desk is no help |
        I've been passed from one to the next about {order} | I was kept on hold for {days}0 minutes | I wish to
        make a formal complaint | the staff in the shop ignored me"""
    ),
    "praise": phrases(
        """I just wanted to say thank you for {the_noun} | {the_noun} {is} lovely, well done | your colleague on
        the phone was wonderful | {the_noun} arrived so quickly, thank you | please thank whoever packed order
        {order} | I never write these, but {the_noun} made my day | best shop in ages | the repair to {the_noun}
        is better than new | my {relation} adores {the_noun} | please pass on my thanks to the team in {place} |
        what a pleasure to deal with you | just a note to say how happy I am with {the_noun} | you sorted out
        {order} in no time, thanks"""
    ),
    "unsubscribe": phrases(
        """please stop sending me e-mails | take me off your list | how do I unsubscribe | I get {days} messages a
        week from you, that's too many | the unsubscribe link does nothing | no more texts please | I don't want
        the newsletter any more | I unsubscribed {days} days ago and you still write | remove me from your
        mailing list | please only write about my orders, no adverts | I never signed up for these offers | stop
        the notifications on my phone about {noun_bare}"""
    ),
    "privacy_request": phrases(
        """please delete my account and all my data | what data do you hold about me | I'd like a copy of
        everything you know about me | who do you share my details with | I withdraw my consent to being
        profiled | please erase my order history | how come you know I looked at {the_noun} | I want my data
        removed, including order {order} | under data protection law I ask for access to my records | please
        correct the date of birth you have for me | do you sell my e-mail to others | why do I see {the_noun}
        everywhere I go online | I don't want recommendations based on what I buy"""
    ),
}

HINTS: dict[
    str, tuple[str, ...]
] = {  # what a person says who does not name what she wants, or says it with other words
    "where_is_my_order": phrases(
        """still no {noun} | {days} days now and my hallway is empty | what's keeping {the_noun} | I look out of
        the window every morning for {order} | is {order} on its way or not | I haven't had anything from you
        since {weekday}"""
    ),
    "return_item": phrases(
        """{the_noun} won't do, what now | I'd rather not keep {the_noun} | I need to be rid of {the_noun}, what
        are the steps | {the_noun} {is} not what I wanted | which form do I fill in for {order} | I'm posting
        {the_noun} on {weekday}, to which address"""
    ),
    "exchange_size": phrases(
        """{the_noun} {doesnt} fit, one up perhaps | I've put on weight, {size} it must be | {the_noun} {is} lovely
        but tight | I should have taken {a_size} | what are my options if {the_noun} {is} too long | {size}, not
        {size2}, sorry"""
    ),
    "refund_status": phrases(
        """{the_noun} went back {days} days ago, what happens next | I've looked at my statement and see nothing
        from you | you owe me for {order} | {days} days is a long time to keep my money | nothing on my card yet
        | has {order} been settled"""
    ),
    "damaged_item": phrases(
        """{the_noun} {is} no good, there's {fault} | not what I'd call new: {fault} | this can't be right, {fault}
        | look at {the_noun} you sent: {fault} | {fault} after {days} days, is that all {it} can take"""
    ),
    "wrong_item": phrases(
        """that's not my {noun} | why do I have {wrong} now | you'll laugh, {wrong} | somebody is missing {wrong} |
        I wanted {the_noun}, you had other ideas | {order} was meant to be {a_noun}"""
    ),
    "product_question": phrases(
        """before I order {the_noun}: {use}, yes or no | I like the look of {the_noun} but have a question about
        {its} size | tell me more about {the_noun} | my {relation} wants to know about {the_noun} | {a_noun} for
        {use}, what would you advise"""
    ),
    "change_address": phrases(
        """I'm not at home that week, it should go to {address} | wrong house number, it's {address} | new flat:
        {address} | for {order} use {address} | {address} please, not the old one"""
    ),
    "cancel_order": phrases(
        """I've changed my mind about {order} | forget about {order} | I don't need {the_noun} any more | please
        don't send {the_noun} | stop {order} | ordered in haste, {the_noun} I mean"""
    ),
    "discount_problem": phrases(
        """{percent}% was promised | I paid too much for {the_noun} | the total for {order} is wrong | that isn't
        the price in your e-mail | {the_noun} should have been less | what's the use of a code if it is refused"""
    ),
    "complaint_service": phrases(
        """is there anybody there | I've explained it {days} times now | what is your manager's name | this is how
        you treat people | I'm tired of being passed round | nobody replies"""
    ),
    "praise": phrases(
        """{the_noun}! | what a find, {the_noun} | you have made an old {relation} very glad | my {relation} won't
        take {the_noun} off the table | keep doing what you do | {order} came and it's all I hoped"""
    ),
    "unsubscribe": phrases(
        """enough e-mails | my inbox is full of you | I'm not interested in offers | fewer messages please, best
        none | {days} texts in a week, really"""
    ),
    "privacy_request": phrases(
        """you know too much about me | who told you that I like {noun_bare} | forget me, please | I'd like to see
        my file | I want to know what happens with my details"""
    ),
}

# said in passing and about something else: words that point to another intent than the writer's
ASIDES = phrases(
    """the delivery was quick, to be fair | I returned something last year and the refund took no time | my address
    hasn't changed | the parcel itself was fine | I had a discount code, by the way, but that's another story |
    the size is right | I do like your e-mails | no damage, I should add | I don't want to cancel anything |
    I've read the page about returns | the last order came the next day | your colleague on the chat was nice
    about it | I have no complaint about the price | I asked a question about this before | my {relation} had a
    refund from you in a week | it's not about an exchange | I looked in my account first | I'm on your list, as
    you know | the courier was friendly | the order before that was fine | I did get the confirmation | my card
    was charged"""
)

VAGUE = phrases(
    """it's about {the_noun} | a word about {order} | I have a problem with {the_noun} | can you help me with {order} |
    I'm writing about {the_noun} | me again, about {order} | who is looking after {order} |
    I need help with {the_noun} | so, {the_noun}"""
)

# how a second request is put on top of the first
LINKS = phrases(
    """and while I have you, {} | one more thing: {} | also, {} | by the way, {} | and another question: {} |
    oh, and {}"""
)

DETAILS: dict[str, tuple[str, ...]] = {  # a second sentence; many would do for several intents, as in life
    "where_is_my_order": phrases(
        """I need {them} for {use} | the money has left my account | I was at home all day | I paid for express |
        the neighbours have seen nothing | {them_cap} {is} a birthday present | I ordered on {weekday} | last
        time it took two days"""
    ),
    "return_item": phrases(
        """I've only tried {them} on | the label is still on | {them_cap} {was} a present | I paid by card | the
        fit is not what I hoped | I live nowhere near a shop | I have lost the receipt | nothing wrong with the
        quality, mind you"""
    ),
    "exchange_size": phrases(
        """I took {a_size2} by the chart | the label is still on | I'd rather not pay postage twice | I need {them}
        for {use} | I love everything else about {them} | otherwise I'd have to return {them}"""
    ),
    "refund_status": phrases(
        """I have the postage receipt | the courier says you signed for it | I paid with two cards | it was
        {percent}0 pounds, which is a lot to me | the account page still says pending | I returned {them} in the
        shop | I need the money for {use}"""
    ),
    "damaged_item": phrases(
        """I can send a picture | I'd like a new one rather than a refund | I'd like my money back | the box looked
        fine from outside | I need {them} for {use} | it was a present, so this is embarrassing | I have not
        used {them}"""
    ),
    "wrong_item": phrases(
        """I can send a picture | who pays the postage | I need the right one for {use} | the order number on the
        slip is {order} | I have not opened the inner bag | please don't charge me twice"""
    ),
    "product_question": phrases(
        """I want {them} for {use} | I usually take {a_size2} | I'm allergic to some wools | the page doesn't say |
        I'd order today if I knew | my {relation} has one and I like the look of it | I live in {place} and
        can't come by"""
    ),
    "change_address": phrases(
        """the old one is empty now | please confirm | the order is {order} | I hope it hasn't gone out yet | the
        post isn't forwarded"""
    ),
    "cancel_order": phrases(
        """it was placed on {weekday} | it has not been sent yet, I think | please confirm | I'd like the money
        back on the card | I'm sorry for the trouble | I will order again another time"""
    ),
    "discount_problem": phrases(
        """the code came from your own e-mail | I tried {days} times | I'd like the difference back | the terms
        don't mention any exception | I am a loyal customer | it ran out at midnight, it says, but I was in time"""
    ),
    "complaint_service": phrases(
        """I have been a customer for {days} years | this is about order {order} | all I wanted was a returns label
        | the delivery was late as it is | I expect an answer by {weekday} | I've kept all the e-mails | the
        refund is still open too"""
    ),
    "praise": phrases(
        """no reply needed | the box was a delight | I'll be back | such good quality | the size was perfect after
        your advice | keep it up | even the delivery man was cheerful"""
    ),
    "unsubscribe": phrases(
        """I still want to hear about my orders | it's nothing personal | I've asked before | I never open them
        anyway | I only bought {a_noun} once | you may keep my account"""
    ),
    "privacy_request": phrases(
        """please confirm in writing | I'd like to hear within a month | it gives me the creeps | I have no
        objection to order mails | I gave no permission that I remember | I'm entitled to know"""
    ),
}

COLOURS_OF_EMOTION: dict[str, tuple[str, ...]] = {
    "neutral": (),
    "happy": phrases(
        """I'm really happy otherwise | you're always so helpful | love your shop | lovely things as ever | hope
        you're having a good day | this is no complaint, I'm a fan | thanks for being so kind last time | big
        smile here"""
    ),
    "disappointed": phrases(
        """I expected more of you | such a shame | I'm rather disappointed | this isn't like you | I had been
        looking forward to it | it used to be better | I'm sad to have to write this | not what I hoped for"""
    ),
    "angry": phrases(
        """this is unacceptable | I am furious | I've had enough | sort it out | what a shambles | I won't put up
        with this | do you people ever read these | never again | this is the last straw | it makes my blood
        boil"""
    ),
    "worried": phrases(
        """I'm getting worried | I hope nothing has gone wrong | I'm afraid it may be too late | I can't sleep over
        it, silly as it sounds | please tell me it's all right | should I be concerned | I'm a bit anxious about
        it | I don't want to lose the money"""
    ),
    "confused": phrases(
        """I don't understand | am I missing something | it makes no sense to me | the page says one thing and the
        e-mail another | I'm a bit lost | how is this meant to work | maybe I'm being dim | could you explain it
        to me slowly"""
    ),
}

GREETINGS = (
    phrases("hi | hey | hiya | hello | hi there"),
    phrases("Hi | Hello | Hi there | Good morning | Hello Larkspur | Hi team"),
    phrases("Dear Sir or Madam | Good morning | Dear Larkspur | Good afternoon | To whom it may concern | Hello"),
)
BYES = (
    phrases("thx | ta | cheers | thanks x | thanks"),
    phrases("Thanks | Many thanks | Thank you | Best wishes | Cheers | Best"),
    phrases("Yours faithfully | With kind regards | Many thanks in advance | Yours sincerely | Best wishes"),
)
CONTACTS: dict[str, tuple[str, ...]] = {
    "email": phrases(
        """my e-mail is {pii} | you can write to {pii} | the account is under {pii} | please answer to {pii}"""
    ),
    "phone": phrases("my number is {pii} | call me on {pii} | you can reach me on {pii} | ring {pii} after six"),
    "postcode": phrases("my postcode is {pii} | I'm at {pii} | it was meant for {pii} | the parcel goes to {pii}"),
}
STREETS = phrases(
    """Mill Lane | Church Street | Orchard Close | Station Road | Kiln Row | Harbour View | Chapel Hill | Meadow
    Way | Bakers Yard | Priory Gardens | Tanner's Walk | Lower Green"""
)
FAULTS = phrases(
    """a scratch | a broken clasp | a hole | a stain | a crack | a missing piece | a torn corner | a loose seam | a
    dent | a mark that won't come off"""
)
WRONG = phrases(
    """a teapot | someone's swimming trunks | a yellow raincoat | a child's pyjamas | two left gloves | a lampshade
    | an odd sock | a bath mat | a red beret | a cheese board"""
)
WEEKDAYS = phrases("Monday | Tuesday | Wednesday | Thursday | Friday | Saturday")
