"""The registers of names in Larkspur's country: given names by gender, age and heritage, family names, nicknames.

The lists mix what is common in Britain today; each name's frequency falls with its rank, so that sharing a common name
says little and sharing a rare one much, as in real registers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from personakit.world.random import Key, choice, integers, uniform
from personakit.world.words.vocabulary import AGE_BANDS

__all__ = [
    "FAMILY_NAMES",
    "GENDERS",
    "GIVEN_NAMES",
    "NICKNAMES",
    "family_names_drawn",
    "given_names_drawn",
    "given_names_of",
    "heritages_drawn",
]

GENDERS: tuple[str, ...] = ("woman", "man", "other")
_WINDOW = 66  # names of the long lists that are in fashion for one age band


def _words(text: str) -> list[str]:
    return text.split()


# From those given to today's eldest customers to those given to the youngest.
_WOMEN = _words(
    """Margaret Jean Dorothy Joan Patricia Sheila Doreen Brenda Maureen Barbara Audrey Beryl Pauline Marjorie
Shirley Rita June Eileen Sylvia Hilda Christine Valerie Marion Judith Janet Ann Carol Gillian Linda Susan Jacqueline
Sandra Kathleen Lesley Elaine Hilary Rosemary Frances Elizabeth Catherine Jane Deborah Julie Diane Alison Karen Jill
Heather Wendy Tracey Sharon Dawn Lorraine Mandy Beverley Helen Caroline Amanda Fiona Angela Michelle Lisa Joanne
Nicola Claire Samantha Louise Sarah Paula Rachel Andrea Tina Emma Victoria Kerry Kelly Donna Melanie Natalie Zoë Anna
Katherine Rebecca Leanne Gemma Laura Hayley Stacey Siân Jennifer Lindsay Kirsty Stephanie Danielle Charlotte Lucy
Hannah Amy Holly Jessica Lauren Bethany Sophie Chloe Abigail Megan Olivia Georgia Alice Eleanor Rosie Ellie Molly
Phoebe Amelia Isabelle Freya Daisy Caitlin Imogen Poppy Grace Erin Ruby Niamh Evie Millie Lily Isla Matilda"""
)
_MEN = _words(
    """Ronald Kenneth Raymond Dennis Derek Gordon Stanley Norman Douglas Leonard Frank Cyril Harold Reginald Arthur
Maurice Geoffrey Donald Roy Brian Keith Terence Barry Roger Anthony Alan Trevor Malcolm Clive Graham Colin Peter John
Michael David Robert Edward Philip Christopher Nigel Stephen Ian Martin Paul Kevin Gary Neil Andrew Mark Timothy
Simon Jonathan Stuart Adrian Julian Russell Duncan Dean Wayne Darren Lee Jason Craig Richard Matthew Daniel James
Thomas Nicholas Benjamin Gareth Huw Rhys Adam Carl Gavin Jamie Scott Ross Ryan Shaun Dale Marcus Nathan Luke Joseph
William Samuel Oliver Alexander George Charles Patrick Dominic Sebastian Aaron Ashley Joshua Jack Callum Connor Liam
Kieran Jordan Kyle Lewis Harry Henry Edmund Frederick Toby Max Hugo Rory Finlay Ethan Dylan Owen Jacob Isaac Felix
Elliot Caleb Logan Leo Theo Archie Alfie Freddie Oscar Noah Reuben Jude"""
)
_EITHER = _words(
    """Alex Sam Charlie Robin Jo Morgan Taylor Jamie Casey Ash Rowan River Sky Quinn Riley Avery Frankie Kit
Sasha Ellis Arden Blake Remy Shay Noel Lindsey Kim Kai Ari Marley"""
)


class _Heritage(NamedTuple):
    share: float  # of customers
    women: str
    men: str
    families: str


_HERITAGES: Mapping[str, _Heritage] = {
    "south_asian": _Heritage(
        0.09,
        """Aisha Ananya Priya Nadia Fatima Meera Sunita Anjali Zainab Kavita Neha Shabana Rukhsana Deepa Harpreet
        Jaspreet Sana Mariam Lakshmi Farah Rani Divya Nasreen Simran Hafsa Pooja Asha Yasmin Rehana Tanvi Sadia
        Manjit Amina Geeta Usha Zara""",
        """Mohammed Imran Rajesh Sanjay Arjun Amir Vikram Ravi Tariq Bilal Hamza Faisal Gurpreet Harjit Suresh Anil
        Yusuf Kamran Nikhil Rohan Omar Zahid Asif Deepak Manoj Irfan Adeel Sunil Karan Haroon Dev Farhan Javed Naveed
        Ajay Usman""",
        """Patel Khan Singh Ahmed Hussain Ali Begum Kaur Shah Sharma Malik Iqbal Mahmood Akhtar Rahman Chaudhry Gill
        Dhillon Kumar Mistry Desai Mehta Reddy Nair Bhatt Miah Uddin Islam Aziz Butt Sidhu Joshi Rao Verma Gupta
        Raja""",
    ),
    "african_caribbean": _Heritage(
        0.06,
        """Adaeze Abena Ama Ngozi Chioma Folake Yetunde Amara Zainabu Wanjiru Thandiwe Nomsa Esi Efua Akosua Funmi
        Ifeoma Makena Marcia Sonia Yvonne Beverly Shanice Tanisha Keisha Monique Blessing Precious Comfort Patience
        Abimbola Titilayo Sade Nia""",
        """Kwame Kofi Chinedu Emeka Tunde Olumide Babatunde Kwaku Yaw Obinna Ikenna Sipho Tendai Tafadzwa Segun Femi
        Kojo Ade Winston Delroy Leroy Errol Tyrone Jermaine Jerome Andre Marlon Dwayne Desmond Curtis Emmanuel
        Godfrey Samson Malachi""",
        """Adeyemi Okafor Mensah Boateng Osei Owusu Appiah Asante Okonkwo Nwosu Eze Adebayo Oluwole Balogun Bello Mutasa
        Moyo Ndlovu Dube Kamau Mwangi Campbell Grant Francis Joseph Charles Baptiste Pinnock Bogle Gayle Sesay Kamara
        Conteh Agyeman""",
    ),
    "european": _Heritage(
        0.08,
        """Agnieszka Katarzyna Małgorzata Ewa Joanna Magdalena Monika Karolina Ioana Andreea Elena Mihaela Giulia
        Francesca Chiara Carmen Lucía Inês Beatriz Ana Sofia Ingrid Astrid Anneke Greta Ilse Aoife Ciara Siobhán Orla
        Sinéad Mairead Katya Irina Oksana Rūta""",
        """Piotr Krzysztof Tomasz Paweł Marek Wojciech Łukasz Andrzej Andrei Ionuț Mihai Radu Giovanni Marco Luca
        Alessandro José Javier Tiago Rui Stefan Lars Henrik Dirk Pierre Etienne Declan Cormac Eoin Padraig Seamus
        Fergal Dmitri Oleh Jonas Andrius""",
        """Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Popescu Ionescu Popa Rossi Russo
        Ferrari Esposito Romano García Fernández Silva Santos Ferreira Costa Müller Schmidt Jansen Larsen Murphy
        O'Brien O'Connor Byrne Doyle Gallagher Kavanagh Petrov Kovalenko Kazlauskas""",
    ),
    "east_asian": _Heritage(
        0.03,
        """Mei Ling Xiu Yan Hui Jia Siew Wai Yuki Aiko Haruka Minh Linh Thuy Hana Soo Jin Min Li Na Fang Lan Ying Qing
Rong Wen Shu Pei Yee Hoa""",
        """Wei Jun Ming Chi Kwok Hong Tao Lei Hao Jian Kenji Hiroshi Takeshi Duc Quang Tuan Hyun Sung Joon Bo Feng Gang
        Qiang Yong Kai Zhi Kin Chun Lok Siu""",
        """Chen Wong Li Wang Zhang Liu Chan Cheung Lam Ho Ng Leung Lau Tang Nguyen Tran Pham Kim Park Lee Tanaka Suzuki
        Sato Yamamoto Lim Tan Goh Teo Huang Zhou""",
    ),
}

_BRITISH_FAMILIES = _words(
    """Smith Jones Williams Taylor Brown Davies Evans Wilson Thomas Johnson Roberts Robinson Thompson
Wright Walker White Edwards Hughes Green Hall Lewis Harris Clarke Jackson Wood Turner Martin Cooper Hill Ward Morris
Moore Clark Lee King Baker Harrison Morgan Allen James Scott Phillips Watson Davis Parker Price Bennett Young
Griffiths Mitchell Kelly Cook Carter Richardson Bailey Collins Bell Shaw Miller Cox Richards Marshall Simpson
Anderson Ellis Adams Wilkinson Foster Chapman Mason Webb Rogers Gray Hunt Mills Holmes Palmer Matthews Gibson Fisher
Barnes Knight Lloyd Butler Russell Barker Stevens Jenkins Murray Dixon Fletcher Howard Andrews Reynolds Graham Walsh
Elliott Pearson Ford Payne Fox Harvey Day Armstrong Cole West Ross Lawrence Hudson Burton Hart Spencer Carr Riley
Wallace Watkins Booth Henderson Perry Hawkins Barrett Nicholson Bradley Stone Rose Burke Francis Arnold Porter
Kennedy Bates Woods Lane Gardner Atkinson Dawson Hamilton Coleman Bird Stewart Saunders Hayes Cunningham Webster Long
Newman Warren Gordon Nash Cooke Robertson Reid Freeman Williamson Wheeler Jordan Dunn Hewitt Harding Page Pritchard
Gough Bryant Parsons Stephenson Hardy Lowe Bowen Sutton Hooper Sharp Wells Oliver Rowe Townsend Hunter Peters Fuller
Morton Baldwin Osborne Whitehead Lambert Fraser MacDonald McKenzie Sinclair Buchanan Ferguson Drummond Rees Llewellyn
Vaughan Meredith Gwynne Probert Prosser Howell Tudor Trevithick Penrose Tregenza Chalmers Ashworth Ogden Clegg
Entwistle Hargreaves Sutcliffe Ramsbottom Thwaites Braithwaite Heseltine Metcalfe Postlethwaite Fairfax Featherstone
Goodwin Blackburn Whitaker Crowther Holdsworth Ackroyd Bairstow Illingworth Beaumont Copley Dyson Haigh Kaye Lockwood
Quarmby Appleyard Thackray Birtwistle Greenhalgh Pilkington Winterbottom Cholmondeley Farquhar Marchbanks Quigley
Tweedy"""
)

NICKNAMES: Mapping[str, tuple[str, ...]] = {
    name: tuple(short.split("/"))
    for name, short in (
        entry.split(":")
        for entry in _words(
            """Margaret:Maggie/Peggy/Meg Dorothy:Dot/Dolly Patricia:Pat/Trish Barbara:Babs/Barb
        Christine:Chris/Chrissie Valerie:Val Judith:Judy Janet:Jan Gillian:Gill Susan:Sue/Suzie Jacqueline:Jackie
        Sandra:Sandy Kathleen:Kath/Kathy Rosemary:Rose Frances:Fran Linda:Lin Elizabeth:Liz/Beth/Lizzie
        Catherine:Cath/Kate Katherine:Kate/Katie/Kathy Deborah:Debbie/Debs Julie:Jules Alison:Ali Beverley:Bev
        Pauline:Polly Caroline:Caz/Carrie Amanda:Mandy Angela:Angie Michelle:Shell Joanne:Jo Nicola:Nicky/Nic
        Samantha:Sam/Sammy Louise:Lou Rachel:Rach Maureen:Mo Victoria:Vicky/Tori Natalie:Nat Rebecca:Becky/Bex
        Laura:Lol Jennifer:Jen/Jenny Stephanie:Steph Danielle:Dani Charlotte:Charlie/Lottie Lucy:Lu Jessica:Jess
        Bethany:Beth Sophie:Soph Abigail:Abi/Abby Megan:Meg Olivia:Liv/Livvy Eleanor:Ellie/Nell Isabelle:Izzy/Belle
        Amelia:Millie Matilda:Tilly Phoebe:Phoebs Georgia:George Hannah:Han Emma:Em Ronald:Ron Kenneth:Ken
        Raymond:Ray Dennis:Den Stanley:Stan Norman:Norm Douglas:Doug Leonard:Len Harold:Harry Reginald:Reg Arthur:Art
        Geoffrey:Geoff Donald:Don Terence:Terry Roger:Rog Anthony:Tony/Ant Alan:Al Trevor:Trev Malcolm:Malc
        Peter:Pete John:Johnny/Jack Michael:Mike/Mick David:Dave/Davey Robert:Rob/Bob/Bobby Edward:Ed/Ted/Eddie
        Philip:Phil Christopher:Chris/Kit Nigel:Nige Stephen:Steve Martin:Marty Kevin:Kev Gary:Gaz Andrew:Andy/Drew
        Timothy:Tim Simon:Si Jonathan:Jon/Jonny Stuart:Stu Adrian:Ade Richard:Rich/Rick/Dick Matthew:Matt
        Daniel:Dan/Danny James:Jim/Jimmy/Jamie Thomas:Tom/Tommy Nicholas:Nick Benjamin:Ben Gareth:Gaz Joseph:Joe
        Nathan:Nate William:Will/Bill/Billy Samuel:Sam Oliver:Ollie Alexander:Alex/Sandy/Xander George:Georgie
        Charles:Charlie/Chas Patrick:Paddy/Pat Dominic:Dom Sebastian:Seb Joshua:Josh Callum:Cal Henry:Harry/Hal
        Frederick:Fred/Freddie Jacob:Jake Isaac:Zac Archie:Arch Mohammed:Mo Rajesh:Raj Sanjay:Sanj Priya:Pri
        Gurpreet:Gurp Harpreet:Harps Jaspreet:Jas Vikram:Vik Emmanuel:Manny Olumide:Olu Babatunde:Tunde
        Krzysztof:Kris Tomasz:Tomek/Tom Agnieszka:Aga Katarzyna:Kasia/Kate Małgorzata:Gosia Magdalena:Magda
        Joanna:Asia/Jo Francesca:Fran Giovanni:Gio Alessandro:Alex/Sandro Ewa:Eva Łukasz:Luke Piotr:Pete
        Wojciech:Wojtek"""
        )
    )
}

_SHARES = [row.share for row in _HERITAGES.values()]
_HERITAGE_WEIGHTS = np.array([1 - sum(_SHARES), *_SHARES])
_OWN_NAMES = 0.65  # how often a customer of another heritage has a given name of it
_SLOTS = 512
_LISTS = {"woman": [_WOMEN], "man": [_MEN], "other": [_WOMEN, _MEN]}

_ALL = " ".join(f"{row.women} {row.men}" for row in _HERITAGES.values()).split()
_ALL_FAMILIES = " ".join(row.families for row in _HERITAGES.values()).split()
GIVEN_NAMES: tuple[str, ...] = tuple(dict.fromkeys([*_WOMEN, *_MEN, *_EITHER, *_ALL]))
FAMILY_NAMES: tuple[str, ...] = tuple(dict.fromkeys([*_BRITISH_FAMILIES, *_ALL_FAMILIES]))
_GIVEN_AT = {name: i for i, name in enumerate(GIVEN_NAMES)}
_FAMILY_AT = {name: i for i, name in enumerate(FAMILY_NAMES)}
_NICKNAME_SHORT = tuple(NICKNAMES.get(name, (name,))[0] for name in GIVEN_NAMES)


def _slots(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """`_SLOTS` indices in proportion to the weights, so that one integer draw picks by weight."""
    edges = np.cumsum(weights) / weights.sum()
    return np.searchsorted(edges, (np.arange(_SLOTS) + 0.5) / _SLOTS).clip(max=len(weights) - 1)


def _in_fashion(names: list[str], band: int) -> list[str]:
    """The names of a list from old to young that an age band has, the commonest first."""
    start = round((len(AGE_BANDS) - 1 - band) / (len(AGE_BANDS) - 1) * (len(names) - _WINDOW))
    middle = (_WINDOW - 1) / 2
    window = names[start : start + _WINDOW]
    return [name for _, name in sorted((abs(i - middle), name) for i, name in enumerate(window))]


def _by_heritage(gender: str, age_band: str) -> list[list[str]]:
    """Given names, the commonest first: those of the long British lists, then of each other heritage."""
    windows = [_in_fashion(names, AGE_BANDS.index(age_band)) for names in _LISTS[gender]]
    british = [*(_EITHER if gender == "other" else []), *(name for row in zip(*windows, strict=True) for name in row)]
    theirs = {
        "woman": [row.women for row in _HERITAGES.values()],
        "man": [row.men for row in _HERITAGES.values()],
        "other": [f"{row.women} {row.men}" for row in _HERITAGES.values()],
    }[gender]
    return [british, *(names.split() for names in theirs)]


def given_names_of(gender: str, age_band: str) -> tuple[str, ...]:
    """The given names in use for a gender and an age band, the commonest first, other heritages' names at the end.

    >>> given_names_of("woman", "65+")[0] != given_names_of("woman", "18-24")[0]
    True
    """
    return tuple(dict.fromkeys(name for names in _by_heritage(gender, age_band) for name in names))


def _given_table() -> NDArray[np.int64]:
    """Given-name indices, shape (heritages, genders, age bands, slots)."""
    table = np.empty((len(_HERITAGE_WEIGHTS), len(GENDERS), len(AGE_BANDS), _SLOTS), dtype=np.int64)
    for g, gender in enumerate(GENDERS):
        for b, band in enumerate(AGE_BANDS):
            for h, names in enumerate(_by_heritage(gender, band)):
                ids = np.array([_GIVEN_AT[name] for name in names])
                table[h, g, b] = ids[_slots(1 / (np.arange(len(ids)) + 6.0))]
    return table


def _family_table() -> NDArray[np.int64]:
    """Family-name indices, shape (heritages, slots); frequency falls with rank as in Zipf's law."""
    rows = [_BRITISH_FAMILIES, *(row.families.split() for row in _HERITAGES.values())]
    ids = [np.array([_FAMILY_AT[name] for name in names]) for names in rows]
    return np.stack([names[_slots(1 / (np.arange(len(names)) + 20.0))] for names in ids])


_GIVEN, _FAMILY = _given_table(), _family_table()


def heritages_drawn(key: Key) -> NDArray[np.int64]:
    """Where each customer's names come from, 0 for the long British lists."""
    return choice(key, _HERITAGE_WEIGHTS)


def family_names_drawn(key: Key, heritage: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices into `FAMILY_NAMES`."""
    return _FAMILY[heritage, integers(key, _SLOTS)]


def given_names_drawn(
    key: Key, heritage: NDArray[np.int64], gender: NDArray[np.int64], age: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Indices into `GIVEN_NAMES`; one in three customers of another heritage has a given name from the long lists."""
    named_after = np.where(uniform(key.at(1)) < _OWN_NAMES, heritage, 0)
    return _GIVEN[named_after, gender, age, integers(key.at(2), _SLOTS)]
