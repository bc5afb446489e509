"""What a written name stands for: its folded spelling, the names it may be short for, the name in an e-mail address.

The table of short forms lists the usual English ones, in one direction: each full name and what it is shortened to.
Short forms that are simply the beginning of the name (Dan, Seb) need no entry: a comparison by prefix finds them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

__all__ = ["MailName", "fold", "full_names", "name_in_mailbox"]

_SHORT_FORMS = """
alexander alec alex lex sandy xander|alexandra alex lexi sandra sandy|alfred alf alfie fred|alice ali|alison ali allie
amanda mandy|amelia amy millie|andrew andy drew|angela angie|anthony ant tony|antonia toni|arthur art
barbara babs barb|beatrice bea trixie|benjamin ben benny|bernard bernie|beverley bev|bridget biddy bridie
caroline carrie caro|catherine cat cath cathy kate katie kitty kit|charles charlie chas chaz chuck|charlotte charlie
charlotte lottie|christina chris chrissie tina|christine chris chrissie tina|christopher chris kit topher|clifford cliff
daniel dan danny|danielle dani|david dave davey davy|deborah deb debbie debs|dominic dom nic|donald don
dorothy dolly dot dottie|douglas doug dougie
edmund ed eddie ned|edward ed eddie ned ted teddy|eleanor ellie nell nora|ella ellie
elizabeth bess beth betsy betty eliza elsie libby lisa liz lizzie|emily em emmy|emma em|ernest ernie|eugene gene
florence flo florrie|frances fran franny frankie|francesca fran frankie chess|francis frank frankie|frank frankie
frederick fred freddie freddy|gareth gaz|gary gaz|geoffrey geoff jeff|george georgie|georgia georgie
georgina georgie gina|gerald gerry jerry|gillian gill jill|gordon gord|grace gracie|gregory greg|hannah han
harold hal harry|harriet hattie|helen nell nellie|henry hal hank harry|hilary hils|hugh hughie|isaac ike zac zak
isabel bella belle izzy|isabella bella izzy|isabelle belle izzy|jacob jake|jacqueline jackie jacqui|james jamie jem jim
james jimmy|jane janey|janet jan|jason jase|jennifer jen jenny|jeremy jem jerry|jessica jess jessie|joan joanie
joanna jo|joanne jo|john jack johnnie johnny|jonathan jon jonny|joseph jo joe joey|joshua josh|judith jude judy
julia jules|julian jules|julie jules|karen kaz|katherine kat kate kathy katie kit kitty|kathleen kath kathy
kathryn kate kathy katie|kenneth ken kenny|kevin kev|laura lol|lauren loz|lawrence larry laurie|leonard len lenny leo
lesley les|leslie les|lewis lew|louise lou|lucy lu|madeleine maddie|malcolm mal malc|margaret greta madge maggie
margaret marge meg peggy rita|marion maz|marjorie marge|martin mart marty|mary molly polly|matilda mattie tilda tilly
matthew mat matt|maureen mo|megan meg|melanie mel|michael mick mickey mike|michelle chelle shell|millicent millie
mohammed mo|muhammad mo|nancy nan|natalie nat|nathan nat nate|nathaniel nat nate|neil neilly|nicholas nick nicky nico
nicola nic nicky nikki|nigel nige|norman norm|oliver ollie olly|olivia liv livvy|pamela pam|patricia paddy pat patsy
patricia tricia trish|patrick paddy pat|pauline polly|penelope penny|peter pete|philip phil pip|philippa pip pippa
phoebe phoebs|rachel rach|raymond ray|rebecca becca becky bex|reginald reg reggie|richard dick rich richie rick ricky
robert bert bob bobby rob robbie|roger rodge|ronald ron ronnie|rosemary rose rosie|russell russ|samantha sam sammy
samuel sam sammy|sandra sandy|sarah sal sally|sebastian bas seb|sharon shaz|simon si|sophie soph|stanley stan
stephanie steph|stephen ste steve stevie|steven ste steve stevie|stuart stu|susan sue susie suzie|susannah sue susie
suzanne sue suzie|sylvia syl|teresa terri tess|terence tel terry|theodore ted teddy theo|theresa terri tess
thomas tom tommy|timothy tim timmy|tracey trace|trevor trev|valerie val|victoria tori vic vicky|vincent vin vince vinny
virginia ginny|vivian viv|walter wally walt|william bill billy liam will willie|winifred win winnie|zachary zac zak
"""


def _short_to_full() -> dict[str, frozenset[str]]:
    full: dict[str, set[str]] = {}
    for entry in _SHORT_FORMS.replace("\n", "|").split("|"):
        name, *shorts = entry.split() or [""]
        for short in shorts:
            full.setdefault(short, set()).add(name)
    return {short: frozenset(names) for short, names in full.items()}


_FULL = _short_to_full()
# Endings that people put behind the family name in the address of a mailbox that the whole household reads.
_FOR_ALL = {"family", "home", "house", "household", "mail", "the"}
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


def fold(name: str) -> str:
    """A name in small letters without accents, apostrophes, hyphens and spaces, as names are compared.

    >>> fold(" Zoë "), fold("O'Brien"), fold("ŁUKASZ"), fold("Anne-Marie")
    ('zoe', 'obrien', 'lukasz', 'annemarie')
    """
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_STROKES))
    return "".join(letter for letter in plain if letter.isalpha() and not unicodedata.combining(letter))


def full_names(given_name: str) -> tuple[str, ...]:
    """What a folded given name may stand for: itself, and the full names of which it is a short form; sorted.

    >>> full_names("bob"), full_names("chris")
    (('bob', 'robert'), ('chris', 'christina', 'christine', 'christopher'))
    """
    return tuple(sorted(_FULL.get(given_name, frozenset()) | {given_name}))


class MailName(NamedTuple):
    """What an address says of its owner: a given name or its initial, a family name or its initial; empty: nothing."""

    given: str = ""
    given_initial: str = ""
    family: str = ""
    family_initial: str = ""


def name_in_mailbox(local: str, given_names: Collection[str], family_names: Collection[str]) -> MailName:
    """The name that the local part of an e-mail address spells, as far as it is made of known names.

    Parameters
    ----------
    local : str
        What stands before the @, in small letters.
    given_names, family_names : collections of str
        Folded names that count as known: those that stand in the name fields of the data.

    Examples
    --------
    >>> name_in_mailbox("j.smith77", {"jane"}, {"smith"})
    MailName(given='', given_initial='j', family='smith', family_initial='s')
    >>> name_in_mailbox("janesmith", {"jane"}, {"smith"})
    MailName(given='jane', given_initial='j', family='smith', family_initial='s')
    >>> name_in_mailbox("smith.family5", {"jane"}, {"smith"})  # the mailbox of a household has no given name
    MailName(given='', given_initial='', family='smith', family_initial='s')
    """
    parts = [part for part in re.split(r"[^a-z]+", local) if part]
    if not parts or len(parts) > 2:
        return MailName()
    if len(parts) == 2:
        first, last = parts
        if last in _FOR_ALL or first in _FOR_ALL:
            family = first if last in _FOR_ALL else last
            return MailName(family=family, family_initial=family[0]) if family in family_names else MailName()
        return _named(first, last, given_names, family_names)
    (word,) = parts
    for ending in ("family", "home", "s"):
        if word.endswith(ending) and word[: -len(ending)] in family_names and word not in given_names:
            return MailName(family=word[: -len(ending)], family_initial=word[0])
    known = [
        (word[:cut], word[cut:])
        for cut in range(2, len(word) - 1)
        if word[:cut] in given_names and word[cut:] in family_names
    ]
    if known:  # the longest given name: "annabell" is Anna Bell only where "annab" is nobody's name
        return _named(*known[-1], given_names, family_names)
    if word in given_names and word not in family_names:
        return MailName(given=word, given_initial=word[0])
    if word in family_names:
        return MailName(family=word, family_initial=word[0])
    if word[1:] in family_names:
        return MailName(given_initial=word[0], family=word[1:], family_initial=word[1])
    return MailName()


def _named(first: str, last: str, given_names: Collection[str], family_names: Collection[str]) -> MailName:
    """A first and a last part, each a whole name or an initial; parts that nobody is called are left out."""
    given = first if len(first) > 1 and first in given_names else ""
    family = last if len(last) > 1 and last in family_names else ""
    first_initial = first[0] if given or len(first) == 1 else ""
    last_initial = last[0] if family or len(last) == 1 else ""
    if not given and not family:
        return MailName()
    return MailName(given, first_initial, family, last_initial)
