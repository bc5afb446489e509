"""What the support desk answers, by the customer"s emotion and intent."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = ["REPLIES", "SOOTHING"]

SOOTHING: dict[str, tuple[str, ...]] = {
    "neutral": phrases("Thank you for your message. | Thanks for getting in touch. | Thank you for writing to us."),
    "happy": phrases(
        """What a lovely message, thank you. | Thank you, that brightened our morning. | Thanks for the kind words."""
    ),
    "disappointed": phrases(
        """I'm sorry that we let you down. | I'm sorry, that is not how it should be. | I understand your
        disappointment and I'm sorry."""
    ),
    "angry": phrases(
        """I'm very sorry, you have every reason to be cross. | I apologise, this should not have happened. |
        You're right to be angry, and I am sorry."""
    ),
    "worried": phrases(
        """Please don't worry, we'll put it right. | I can see why this worries you; let me help. | Rest assured,
        nothing is lost."""
    ),
    "confused": phrases(
        """Let me clear that up. | I'm sorry that this was unclear, here is how it works. | Good question, and not
        your fault at all."""
    ),
}

REPLIES: dict[str, tuple[str, ...]] = {
    "where_is_my_order": phrases(
        """I've looked up order {order}: it is with the courier and should reach you within two working days. | The
        parcel with {the_noun} is at the depot nearest to you. If it is not with you by {weekday}, we send
        another at once. | I have asked the courier to trace order {order} and will write again tomorrow with
        what they say."""
    ),
    "return_item": phrases(
        """You have 30 days to return {the_noun}. Your label is in your account under order {order}; printing it
        takes a minute and posting it is free. | I've attached a returns label for {the_noun}. Drop the parcel
        at any post office or bring it to one of our shops."""
    ),
    "exchange_size": phrases(
        """I have put {a_size} aside for you. Send the other back with the label attached and yours leaves today,
        with no postage to pay. | Size {size} is in stock. I have set up the exchange under order {order}; you
        need only post {the_noun} back within 14 days."""
    ),
    "refund_status": phrases(
        """Your return has reached us and the refund for order {order} left today. Banks take three to five working
        days. | I see the return of {the_noun} in our books. The money goes back to the card you paid with, by
        {weekday} at the latest."""
    ),
    "damaged_item": phrases(
        """I'll send a new {noun_one} today, and you need not return the damaged one. | Please keep {the_noun};
        would you like a replacement or your money back? A picture helps us to have a word with the maker. | I
        have refunded the full price of {the_noun} from order {order}."""
    ),
    "wrong_item": phrases(
        """That is our mistake. The right {noun_one} leaves today, and a courier will collect the other parcel on
        {weekday}. | I'm sorry for the mix-up with order {order}. Please keep the parcel closed; the label
        attached brings it back to us free of charge."""
    ),
    "product_question": phrases(
        """The full measurements and care of {the_noun} are on the product page under Details; in short: true to
        size, and a cool wash does no harm. | I have asked our buyer about {the_noun} and will come back to you
        by {weekday}. | For {use} I would say yes; and if it is not what you hoped, you have 30 days to return
        {the_noun}."""
    ),
    "change_address": phrases(
        """I've changed the address for order {order}. You will get a confirmation in a few minutes. | The new
        address is saved in your account. Order {order} had not left yet, so it goes there too."""
    ),
    "cancel_order": phrases(
        """Order {order} is cancelled and nothing will be charged. | I caught order {order} just in time. The money
        is on its way back to you. | {The_noun} had left our warehouse already. Please refuse the parcel and we
        refund it in full."""
    ),
    "discount_problem": phrases(
        """I've taken the {percent}% off order {order} by hand; the difference is back on your card within five
        days. | The code excludes items that are already reduced, which the e-mail should have said more
        clearly. I have added a voucher to your account. | The code is active again. Please try once more, and
        write to me if it is refused."""
    ),
    "complaint_service": phrases(
        """I have passed your message to the head of our team, who will ring you by {weekday}. | I've read the
        whole story of order {order} and will stay your one contact until it is solved. | This is now with a
        manager, a person and not a machine, who has the authority to put it right."""
    ),
    "praise": phrases(
        """I have read your words out to the whole team. | It is a joy to hear that. Enjoy {the_noun}! | I'll pass
        that on to our colleagues, who will be delighted."""
    ),
    "unsubscribe": phrases(
        """You are off the list as of now. Messages about your orders will still come. | I've switched off all
        offers by e-mail, text and push for you. It can take a day until the last one has gone."""
    ),
    "privacy_request": phrases(
        """We've started your request and will answer in full within one month. For your safety we first confirm
        that it is you. | You can see and change everything we use under Privacy in your account; I have set
        profiling to off for you. | Your data will be erased within 30 days, save for invoices, which the law
        makes us keep."""
    ),
}
