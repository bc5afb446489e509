"""The shop's help pages: twenty short answers that an assistant may quote."""

from __future__ import annotations

import pandas as pd

__all__ = ["HELP_PAGES", "help_pages"]

# title, intent that it answers, text
HELP_PAGES: tuple[tuple[str, str, str], ...] = (
    (
        "How long does delivery take?",
        "where_is_my_order",
        "Standard delivery takes two to four working days in Great Britain and up to six to Northern Ireland, the "
        "islands and the Highlands. Express arrives on the next working day if you order before two in the afternoon. "
        "The confirmation mail names the day we expect.",
    ),
    (
        "What does delivery cost?",
        "where_is_my_order",
        "Standard delivery is £3.95 and free from £50. Express is £6.95. Collection from one of our shops costs "
        "nothing.",
    ),
    (
        "How do I track my parcel?",
        "where_is_my_order",
        "Open your account, choose Orders, and press Track. The link wakes up when the courier first scans the "
        "parcel, usually on the evening of the day it leaves us.",
    ),
    (
        "My parcel says delivered, but it is not here",
        "where_is_my_order",
        "Look in the safe place you named and ask the neighbours; couriers sometimes scan a parcel some hours early. "
        "If it has not come by the next working day, write to us with the order number. We trace it within two days "
        "and send another or refund you if it is lost.",
    ),
    (
        "How do I return something?",
        "return_item",
        "You have 30 days from delivery. Start the return in your account, print the label or show the code at the "
        "post office, and keep the receipt. Things should be unused, with their labels. Shops take returns too, "
        "whichever way you bought.",
    ),
    (
        "What cannot be returned?",
        "return_item",
        "For hygiene, pierced earrings with an open seal, and candles that have been lit. If one is faulty, that is "
        "another matter: see damaged items.",
    ),
    (
        "How do I swap a size?",
        "exchange_size",
        "Choose Exchange in place of Return and pick the size you want. We set it aside for fourteen days and send it "
        "as soon as the courier has scanned your parcel, with no postage to pay.",
    ),
    (
        "Which size should I take?",
        "exchange_size",
        "Measure chest, waist and hip over light clothing and compare them with the chart on the product page. "
        "Between two sizes, take the larger in coats and the smaller in jersey. Reviews marked with the writer's "
        "usual size help more than any chart.",
    ),
    (
        "When do I get my refund?",
        "refund_status",
        "We check returns within three working days of their arrival and refund the card or account you paid with on "
        "the same day. Banks need another three to five working days to show it.",
    ),
    (
        "Why is my refund smaller than I expected?",
        "refund_status",
        "Express postage is not refunded unless the fault was ours, and a discount on the whole order is shared among "
        "its items, so that each is refunded at the price you really paid.",
    ),
    (
        "Something arrived damaged",
        "damaged_item",
        "We are sorry. Send us a photograph within 30 days, and choose a replacement, a repair or your money back. "
        "You need not return anything that is broken.",
    ),
    (
        "I was sent the wrong thing",
        "wrong_item",
        "Leave the parcel as it is and write to us with the order number. A courier collects it free of charge while "
        "the right item is already on its way.",
    ),
    (
        "How do I look after wool, silk and leather?",
        "product_question",
        "Wool likes air more than water: hang it by an open window, and hand wash in cool water when it must be. Silk "
        "is washed by hand and ironed damp on the reverse. Leather wants balm twice a year and a day's rest between "
        "wears.",
    ),
    (
        "Where are your things made?",
        "product_question",
        "In nineteen workshops in Britain, Portugal, Italy, Lithuania, Turkey, India and Peru. Each product page "
        "names its own, and each workshop is visited by us at least once a year.",
    ),
    (
        "Can I change the delivery address?",
        "change_address",
        "Until the parcel leaves us, yes: open the order and press Change address. Afterwards the courier's own page "
        "lets you name a neighbour, a safe place or a shop. If you have moved, please change the address in your "
        "account as well.",
    ),
    (
        "How do I cancel an order?",
        "cancel_order",
        "Press Cancel in the order within the first hour. After that the parcel is being packed; refuse it at the "
        "door or return it, and we refund all you paid.",
    ),
    (
        "My discount code does not work",
        "discount_problem",
        "Check the dates and whether the items are already reduced, as most codes leave those out. A code works once "
        "for each account, and one at a time. If it should work and does not, write to us before you pay or within "
        "seven days after, and we take it off by hand.",
    ),
    (
        "How do I complain?",
        "complaint_service",
        "Write to the desk with the word complaint in the first line, and a manager answers within two working days. "
        "If we cannot agree, you may take the matter to an ombudsman, whose address we send with our last answer.",
    ),
    (
        "How do I stop your messages?",
        "unsubscribe",
        "Every message has a link that ends it at once. Under Privacy in your account you can choose which kinds you "
        "want, by e-mail, text or push. Messages about your own orders still come.",
    ),
    (
        "What do you know about me, and how do I have it erased?",
        "privacy_request",
        "Your orders, visits, reviews and messages, and what we conclude from them. Under Privacy in your account you "
        "can see it, take a copy, correct it, stop each use, or have everything erased. We answer within a month and "
        "keep only the invoices that the law obliges us to keep.",
    ),
    (
        "How do you choose what to show me?",
        "privacy_request",
        "From what you looked at and bought, and what people with like tastes chose, if you have allowed it. We use "
        "no information about health, faith or politics. You can switch recommendations off and see the same shop as "
        "everybody.",
    ),
    (
        "Can I praise somebody?",
        "praise",
        "Please do. Write to the desk and name the shop, the day or the order, and we pass your words on to the "
        "person and to whoever decides about their rise.",
    ),
)


def help_pages() -> pd.DataFrame:
    """The help pages: `page_id` (from 1), `title`, `text` and the `intent` each answers.

    >>> help_pages().columns.tolist()
    ['page_id', 'title', 'text', 'intent']
    """
    rows = [(number, title, text, intent) for number, (title, intent, text) in enumerate(HELP_PAGES, start=1)]
    return pd.DataFrame(rows, columns=["page_id", "title", "text", "intent"])
