"""What customers write to the support desk, by intent and emotion, and what the desk answers."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = ["BYES", "COLOURS_OF_EMOTION", "CONTACTS", "CORES", "DETAILS", "GREETINGS", "REPLIES", "SOOTHING", "STREETS"]

CORES: dict[str, tuple[str, ...]] = {
    "where_is_my_order": phrases("""where is my order {order} | I'm still waiting for {the_noun} from order {order} |
        order {order} should have been here {days} days ago | could you tell me when {the_noun} will arrive |
        my {noun} {hasnt} turned up yet | any news of the parcel with {the_noun} | the tracking for {order} has not moved for {days} days |
        it says delivered but there is no {noun} here | has order {order} been sent at all | I ordered {the_noun} ages ago and nothing has come |
        {days} days and no parcel | when can I expect order {order} | the courier seems to have lost {the_noun} |
        I was promised {the_noun} by last {weekday} | can you check what happened to {order} | please find out where {the_noun} {is}"""),
    "return_item": phrases("""I would like to send {the_noun} back | how do I return {the_noun} | {the_noun} {isnt} for me, how do I send {them} back |
        I need a returns label for order {order} | can I still return {the_noun}, it's been {days} days | {the_noun} {doesnt} suit me, so I want to return {them} |
        can I bring {the_noun} back to the shop | I've changed my mind about {the_noun} | there was no returns slip in the box with {the_noun} |
        what does it cost to send back {a_noun} | I want to return order {order} | {the_noun} {is} going back, please tell me how |
        may I return {the_noun} without the box | who collects {the_noun} if I don't want to keep {them}"""),
    "exchange_size": phrases("""I need {the_noun} in {a_size} instead | {the_noun} {is} too small, do you have {a_size} | can I swap {the_noun} for {a_size} |
        {the_noun} {is} too big, I need {a_size} | I ordered the wrong size of {the_noun}, {a_size} would be right |
        could you exchange {the_noun} from order {order} for {a_size} | is {a_size} still in stock, mine {isnt} the right fit |
        please send {a_size} in place of the one I have | I'm between sizes, can I try {a_size} of {the_noun} too |
        {the_noun} {pinch}, so I'd rather have {a_size} | would you hold {a_size} for me while I post mine back |
        same {noun}, other size: {size} please | how does swapping for {a_size} work"""),
    "refund_status": phrases("""I sent {the_noun} back {days} days ago and have had no refund | where is my money for order {order} |
        when will I be refunded for {the_noun} | my refund for {order} has not come through | you got {the_noun} back on {weekday}, so where is the money |
        how long does a refund take, it has been {days} days | I was only refunded part of {order} | the refund for {the_noun} isn't on my card |
        can you confirm that my refund is on its way | {days} days since you had my return and still nothing on my statement |
        I'm waiting to be paid back for {the_noun} | did my return of {the_noun} reach you, I've seen no money | please check the refund on {order}"""),
    "damaged_item": phrases("""{the_noun} arrived damaged | {the_noun} came with {fault} | there's {fault} on {the_noun} from order {order} |
        I opened the box and found {fault} | {the_noun} broke on the first day | I've used {the_noun} {days} times and there is {fault} |
        order {order} arrived in pieces, more or less | {the_noun} {has} {fault}, straight out of the box | is {fault} normal on new {noun_bare} |
        the parcel was crushed and so {is} {the_noun} | {the_noun} I got {is} faulty | what do I do about {fault} on brand new {noun_bare}"""),
    "wrong_item": phrases("""you sent me the wrong thing, I ordered {the_noun} | I ordered {a_noun} and got {wrong} | there was {wrong} in the box instead of {the_noun} |
        this isn't what I ordered in {order} | I've been sent somebody else's parcel | {wrong} came, and I have no use for it, I wanted {the_noun} |
        the label says {noun}, but inside was {wrong} | order {order} is not mine, I think | right box, wrong contents: {wrong} instead of {the_noun} |
        who ordered {wrong}, because it wasn't me | I seem to have another customer's order, with {wrong} in it | the {noun} I got {is} not the one I chose"""),
    "product_question": phrases("""is {the_noun} true to size | what {is} {the_noun} made of | can {the_noun} go in the machine | {does} {the_noun} come in {a_size} |
        will {the_noun} be back in stock | how long {is} {the_noun} | {is} {the_noun} suitable for {use} | could you tell me where {the_noun} {is} made |
        I'm wondering whether {the_noun} would do for {use} | {is} {the_noun} lined | what colour {is} {the_noun} really, the picture is hard to read |
        is there a shop near {place} where I can see {the_noun} | {does} {the_noun} need special care | how heavy {is} {the_noun} |
        I can't find the measurements of {the_noun} | would {the_noun} suit someone of seventy"""),
    "change_address": phrases("""I've moved, please change my address to {address} | can order {order} go to {address} instead |
        please send {the_noun} to my work: {address} | my new address is {address} | I gave the old address by mistake, it should be {address} |
        order {order} is going to the wrong house, please make it {address} | could you update my details, I now live at {address} |
        can the parcel go to my neighbour at {address} | is it too late to deliver {order} to {address} | we move on {weekday}, after that it's {address}"""),
    "cancel_order": phrases("""please cancel order {order} | I need to cancel {the_noun} | I ordered {the_noun} twice by mistake, please cancel one |
        can you stop order {order} before it goes out | I no longer need {the_noun} | is it too late to cancel {order} | my daughter ordered {the_noun} without asking me, please cancel |
        I've found {the_noun} elsewhere, so please cancel | don't send {the_noun} after all | I pressed buy by accident, cancel {order} please |
        since it takes so long I'd rather cancel {the_noun} | how do I call off an order I made on {weekday}"""),
    "discount_problem": phrases("""my code doesn't work on {the_noun} | the {percent}% off was not taken off order {order} | I was charged full price for {the_noun} |
        your e-mail promised {percent}% off but the basket says no | the voucher is refused at the till | {the_noun} {is} cheaper today than when I paid |
        I forgot to put the code in, can you still take {percent}% off {order} | why is my {percent}% not valid for {the_noun} |
        the discount vanished when I paid | it says the code has been used, and it hasn't | loyalty points were not counted on {order} |
        {the_noun} {was} in the sale yesterday and full price at checkout"""),
    "complaint_service": phrases("""I have called {days} times and nobody helps | I want to complain about the way I was spoken to | your chat cut me off twice |
        nobody has answered my last {days} messages | the person on the phone was rude about {the_noun} | I'd like to speak to a manager |
        I was told somebody would ring back on {weekday} and nobody did | every one of you tells me something different about {order} |
        your help desk is no help | I've been passed from one to the next about {order} | I was kept on hold for {days}0 minutes |
        I wish to make a formal complaint | the staff in the shop ignored me"""),
    "praise": phrases("""I just wanted to say thank you for {the_noun} | {the_noun} {is} lovely, well done | your colleague on the phone was wonderful |
        {the_noun} arrived so quickly, thank you | please thank whoever packed order {order} | I never write these, but {the_noun} made my day |
        best shop in ages | the repair to {the_noun} is better than new | my {relation} adores {the_noun} | please pass on my thanks to the team in {place} |
        what a pleasure to deal with you | just a note to say how happy I am with {the_noun} | you sorted out {order} in no time, thanks"""),
    "unsubscribe": phrases("""please stop sending me e-mails | take me off your list | how do I unsubscribe | I get {days} messages a week from you, that's too many |
        the unsubscribe link does nothing | no more texts please | I don't want the newsletter any more | I unsubscribed {days} days ago and you still write |
        remove me from your mailing list | please only write about my orders, no adverts | I never signed up for these offers | stop the notifications on my phone about {noun_bare}"""),
    "privacy_request": phrases("""please delete my account and all my data | what data do you hold about me | I'd like a copy of everything you know about me |
        who do you share my details with | I withdraw my consent to being profiled | please erase my order history | how come you know I looked at {the_noun} |
        I want my data removed, including order {order} | under data protection law I ask for access to my records |
        please correct the date of birth you have for me | do you sell my e-mail to others | why do I see {the_noun} everywhere I go online |
        I don't want recommendations based on what I buy"""),
}

DETAILS: dict[str, tuple[str, ...]] = {  # a second sentence; many would do for several intents, as in life
    "where_is_my_order": phrases("""I need {them} for {use} | the money has left my account | I was at home all day | I paid for express |
        the neighbours have seen nothing | {them_cap} {is} a birthday present | I ordered on {weekday} | last time it took two days"""),
    "return_item": phrases("""I've only tried {them} on | the label is still on | {them_cap} {was} a present | I paid by card | the fit is not what I hoped |
        I live nowhere near a shop | I have lost the receipt | nothing wrong with the quality, mind you"""),
    "exchange_size": phrases("""I took {a_size2} by the chart | the label is still on | I'd rather not pay postage twice | I need {them} for {use} |
        I love everything else about {them} | otherwise I'd have to return {them}"""),
    "refund_status": phrases("""I have the postage receipt | the courier says you signed for it | I paid with two cards | it was {percent}0 pounds, which is a lot to me |
        the account page still says pending | I returned {them} in the shop | I need the money for {use}"""),
    "damaged_item": phrases("""I can send a picture | I'd like a new one rather than a refund | I'd like my money back | the box looked fine from outside |
        I need {them} for {use} | it was a present, so this is embarrassing | I have not used {them}"""),
    "wrong_item": phrases("""I can send a picture | who pays the postage | I need the right one for {use} | the order number on the slip is {order} |
        I have not opened the inner bag | please don't charge me twice"""),
    "product_question": phrases("""I want {them} for {use} | I usually take {a_size2} | I'm allergic to some wools | the page doesn't say |
        I'd order today if I knew | my {relation} has one and I like the look of it | I live in {place} and can't come by"""),
    "change_address": phrases("""the old one is empty now | please confirm | the order is {order} | I hope it hasn't gone out yet | the post isn't forwarded"""),
    "cancel_order": phrases("""it was placed on {weekday} | it has not been sent yet, I think | please confirm | I'd like the money back on the card |
        I'm sorry for the trouble | I will order again another time"""),
    "discount_problem": phrases("""the code came from your own e-mail | I tried {days} times | I'd like the difference back | the terms don't mention any exception |
        I am a loyal customer | it ran out at midnight, it says, but I was in time"""),
    "complaint_service": phrases("""I have been a customer for {days} years | this is about order {order} | all I wanted was a returns label |
        the delivery was late as it is | I expect an answer by {weekday} | I've kept all the e-mails | the refund is still open too"""),
    "praise": phrases("""no reply needed | the box was a delight | I'll be back | such good quality | the size was perfect after your advice | keep it up |
        even the delivery man was cheerful"""),
    "unsubscribe": phrases("""I still want to hear about my orders | it's nothing personal | I've asked before | I never open them anyway |
        I only bought {a_noun} once | you may keep my account"""),
    "privacy_request": phrases("""please confirm in writing | I'd like to hear within a month | it gives me the creeps | I have no objection to order mails |
        I gave no permission that I remember | I'm entitled to know"""),
}

COLOURS_OF_EMOTION: dict[str, tuple[str, ...]] = {
    "neutral": (),
    "happy": phrases("""I'm really happy otherwise | you're always so helpful | love your shop | lovely things as ever | hope you're having a good day |
        this is no complaint, I'm a fan | thanks for being so kind last time | big smile here"""),
    "disappointed": phrases("""I expected more of you | such a shame | I'm rather disappointed | this isn't like you | I had been looking forward to it |
        it used to be better | I'm sad to have to write this | not what I hoped for"""),
    "angry": phrases("""this is unacceptable | I am furious | I've had enough | sort it out | what a shambles | I won't put up with this |
        do you people ever read these | never again | this is the last straw | it makes my blood boil"""),
    "worried": phrases("""I'm getting worried | I hope nothing has gone wrong | I'm afraid it may be too late | I can't sleep over it, silly as it sounds |
        please tell me it's all right | should I be concerned | I'm a bit anxious about it | I don't want to lose the money"""),
    "confused": phrases("""I don't understand | am I missing something | it makes no sense to me | the page says one thing and the e-mail another |
        I'm a bit lost | how is this meant to work | maybe I'm being dim | could you explain it to me slowly"""),
}

GREETINGS = (
    phrases("hi | hey | hiya | hello | hi there |"),
    phrases("Hi | Hello | Hi there | Good morning | Hello Larkspur | Hi team"),
    phrases("Dear Sir or Madam | Good morning | Dear Larkspur | Good afternoon | To whom it may concern | Hello"),
)
BYES = (
    phrases("thx | ta | cheers | thanks x | thanks"),
    phrases("Thanks | Many thanks | Thank you | Best wishes | Cheers | Best"),
    phrases("Yours faithfully | With kind regards | Many thanks in advance | Yours sincerely | Best wishes"),
)
CONTACTS: dict[str, tuple[str, ...]] = {
    "email": phrases("my e-mail is {pii} | you can write to {pii} | the account is under {pii} | please answer to {pii}"),
    "phone": phrases("my number is {pii} | call me on {pii} | you can reach me on {pii} | ring {pii} after six"),
    "postcode": phrases("my postcode is {pii} | I'm at {pii} | it was meant for {pii} | the parcel goes to {pii}"),
}
STREETS = phrases("""Mill Lane | Church Street | Orchard Close | Station Road | Kiln Row | Harbour View | Chapel Hill | Meadow Way |
    Bakers Yard | Priory Gardens | Tanner's Walk | Lower Green""")
FAULTS = phrases("""a scratch | a broken clasp | a hole | a stain | a crack | a missing piece | a torn corner | a loose seam | a dent | a mark that won't come off""")
WRONG = phrases("""a teapot | someone's swimming trunks | a yellow raincoat | a child's pyjamas | two left gloves | a lampshade | an odd sock |
    a bath mat | a red beret | a cheese board""")
WEEKDAYS = phrases("Monday | Tuesday | Wednesday | Thursday | Friday | Saturday")

SOOTHING: dict[str, tuple[str, ...]] = {
    "neutral": phrases("Thank you for your message. | Thanks for getting in touch. | Thank you for writing to us."),
    "happy": phrases("What a lovely message, thank you. | Thank you, that brightened our morning. | Thanks for the kind words."),
    "disappointed": phrases("I'm sorry that we let you down. | I'm sorry, that is not how it should be. | I understand your disappointment and I'm sorry."),
    "angry": phrases("I'm very sorry, you have every reason to be cross. | I apologise, this should not have happened. | You're right to be angry, and I am sorry."),
    "worried": phrases("Please don't worry, we'll put it right. | I can see why this worries you; let me help. | Rest assured, nothing is lost."),
    "confused": phrases("Let me clear that up. | I'm sorry that this was unclear, here is how it works. | Good question, and not your fault at all."),
}

REPLIES: dict[str, tuple[str, ...]] = {
    "where_is_my_order": phrases("""I've looked up order {order}: it is with the courier and should reach you within two working days. |
        The parcel with {the_noun} is at the depot nearest to you. If it is not with you by {weekday}, we send another at once. |
        I have asked the courier to trace order {order} and will write again tomorrow with what they say."""),
    "return_item": phrases("""You have 30 days to return {the_noun}. Your label is in your account under order {order}; printing it takes a minute and posting it is free. |
        I've attached a returns label for {the_noun}. Drop the parcel at any post office or bring it to one of our shops."""),
    "exchange_size": phrases("""I have put {a_size} aside for you. Send the other back with the label attached and yours leaves today, with no postage to pay. |
        Size {size} is in stock. I have set up the exchange under order {order}; you need only post {the_noun} back within 14 days."""),
    "refund_status": phrases("""Your return has reached us and the refund for order {order} left today. Banks take three to five working days. |
        I see the return of {the_noun} in our books. The money goes back to the card you paid with, by {weekday} at the latest."""),
    "damaged_item": phrases("""I'll send a new {noun_one} today, and you need not return the damaged one. |
        Please keep {the_noun}; would you like a replacement or your money back? A picture helps us to have a word with the maker. |
        I have refunded the full price of {the_noun} from order {order}."""),
    "wrong_item": phrases("""That is our mistake. The right {noun_one} leaves today, and a courier will collect the other parcel on {weekday}. |
        I'm sorry for the mix-up with order {order}. Please keep the parcel closed; the label attached brings it back to us free of charge."""),
    "product_question": phrases("""The full measurements and care of {the_noun} are on the product page under Details; in short: true to size, and a cool wash does no harm. |
        I have asked our buyer about {the_noun} and will come back to you by {weekday}. |
        For {use} I would say yes; and if it is not what you hoped, you have 30 days to return {the_noun}."""),
    "change_address": phrases("""I've changed the address for order {order}. You will get a confirmation in a few minutes. |
        The new address is saved in your account. Order {order} had not left yet, so it goes there too."""),
    "cancel_order": phrases("""Order {order} is cancelled and nothing will be charged. | I caught order {order} just in time. The money is on its way back to you. |
        {The_noun} had left our warehouse already. Please refuse the parcel and we refund it in full."""),
    "discount_problem": phrases("""I've taken the {percent}% off order {order} by hand; the difference is back on your card within five days. |
        The code excludes items that are already reduced, which the e-mail should have said more clearly. I have added a voucher to your account. |
        The code is active again. Please try once more, and write to me if it is refused."""),
    "complaint_service": phrases("""I have passed your message to the head of our team, who will ring you by {weekday}. |
        I've read the whole story of order {order} and will stay your one contact until it is solved. |
        This is now with a manager, a person and not a machine, who has the authority to put it right."""),
    "praise": phrases("""I have read your words out to the whole team. | It is a joy to hear that. Enjoy {the_noun}! |
        I'll pass that on to our colleagues, who will be delighted."""),
    "unsubscribe": phrases("""You are off the list as of now. Messages about your orders will still come. |
        I've switched off all offers by e-mail, text and push for you. It can take a day until the last one has gone."""),
    "privacy_request": phrases("""We've started your request and will answer in full within one month. For your safety we first confirm that it is you. |
        You can see and change everything we use under Privacy in your account; I have set profiling to off for you. |
        Your data will be erased within 30 days, save for invoices, which the law makes us keep."""),
}  # fmt: skip
