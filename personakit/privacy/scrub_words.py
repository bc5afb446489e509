"""Names that are words as well, and the words that stand where a name could.

The lists are of general English, made without a look at any data set that scrubbing is measured on.
"""

from __future__ import annotations

__all__ = ["CALENDAR", "NICKNAMES", "NO_NAMES", "PARTICLES", "SHORT_WORDS", "WORDS", "words_of"]


def words_of(text: str) -> frozenset[str]:
    """The different words of a text.

    >>> sorted(words_of("rose lily rose"))
    ['lily', 'rose']
    """
    return frozenset(text.split())


# A name on this list is taken for a name only where its capital letter and its neighbours say so.
WORDS: frozenset[str] = words_of(
    """
    baker brewer brice carver coleman collier draper drover farmer ferry goldsmith hooper joiner keeper parsons pilot
    porter reader rider roper sadler sawyer spicer steward tiler usher waller warden webber woodman workman
    abbey able alma amber an angel any apple archer archie art as ash ashes aspen aster at aurora autumn avery ball
    bank banks barber barn baron basil bay be beacon bean bear beau beck bee bell belle berry bess best bill billy
    bird bishop black blake bliss bloom blue bluebell bob bolt bond bonnie booth box boy boyle boys brand brandy
    bray brent briar bridge bridges bright brook brooke brooks brown buck bud buddy bull bunny burn burns burr bush
    butcher butler buttercup butterfly by camp candy cane cannon card care carol carpenter carry carter case casey
    cash castle cat chain chambers chance chandler chapel chapman charity charlie charm chase cherry chester child
    christian chuck church city clay clement cliff close cloud clover coal coat coats cole comfort constance cook
    cool cooper coral cotton cove cox craft crane crew crisp cross crow crown crystal cuff curry cypress daisy dale
    dash day days dean dear deer destiny dick dime dixie do dolly don dot dove down downs drake draper drew
    duke dusty dyer eagle earl early earnest east echo eden edge ember emerald english ernest eve even ever fair
    fairy faith fall farm farmer fate fawn fern field fields fin finch finish fish fisher flint flora flower flowers
    foot ford forest forrest foster fox frank franks freeman french fresh friend frost
    fry fuller gale garden gardener gardner garland gates gay gem gene gentle gentry ginger given glass glen glory
    glover gold golden good goodman gore grace grand granger grant gray great green grey grove gull gun guy
    ha hail hale hall ham hammer hand hands handy hang happy harbour hardy harmony harp harper harry hart harvest
    haven hawk hawthorn hay hazel he head heart heath heather henna her herb heron hick high hill hills his holder
    holiday holland holly honey hong honor honour hood hook hope hopper horn house hubby hug hui hung hunt hunter i
    if in indigo iris is it ivory ivy jack jade jam jasmine jasper jay jean jeans jersey jet jewel job jock
    jolly josh joy judge june just karma keen keep key keys kid kim kind king kings kirk kit kitty knight lace
    lad lady lake lamb lance land lane large lark laurel lavender law lawn lay leaf lee lemon less levy lexi light
    lilac lily lime linden line lion little loan lock london long lord lot lotus love lovely low lucky lung lyric
    mace magnolia mail main major man manly maple march marigold mark market marks marsh marshal marshall martin
    mason mast may me meadow mean melody mercer mercy merit merry mica might mild miles mill miller mills mine ming
    mint mist misty mo moody moon moor moss most mount mule my myrtle nail new ng nick nickel no noble
    noon north nova nun oak ocean odd of old olive ollie olly on opal or orchard orchid our page pain paint painter
    palm pansy paris parish park parker parks pass pat patch patience patsy patty peace peach pearl pearly peel
    penny pepper perch perry petal pick pike pine pink piper pitt place plain plant plum pole pond pool poole pope
    poppy port porter post potter pound powder power powers price pride priest prim primrose prince princess
    prosper prudence pure queen quick quill quince rain raven ray read reading red reed reef rest rice rich ride
    ring river rivers rob robin rock rocky rod rook root rose rosemary roses rosy rowan royal ruby rue rule
    rush russet rust rusty rye saffron sage sail sailor saint salt sand sandal sands sandy satin savage
    scarlet sea seal season sellers senior serenity sergeant shade sharp she shepherd sherry shoe shore
    short sierra silver sky skye slate sleep small smart snow so sol song sonny south spark sparks spear speed
    spice spring star stark steel stew still stock stone storm story street stretch strong
    sue summer summers sun sunday sunny swan sweet swift ta tab tailor tanner tate teal temple tern terry
    than the they thing this thistle thorn tide tiger timber to topaz tower town trace tree
    trinity true tu tucker tulip turner twin un unity us vale van velvet victor
    vine viola violet wade waite walker wall walls wan ward warm warner wash water waters way we weaver wells
    were west what wheat wheeler white wick will willow wills win wind window wine wing winner winter winters wise
    wish wolf wood woods woody woolly worth wren yale yarrow yes yet you young youth
       """
)

# Names of three letters that are words as well, when they have no capital: a tan bag, a sim card.
SHORT_WORDS: frozenset[str] = words_of(
    """
    abs ace act add ado aft age ago aid ail aim air ale all amp and ant any ape app apt arc are ark arm art ash ask asp
    ate awe axe bad bag ban bar bat bay bed bee beg bet bib bid big bin bit boa bob bog boo bow box boy bra bud bug bun
    bus but buy bye cab cam can cap car cat cob cod cog con coo cop cot cow coy cry cub cue cup cut dab dad dam day den
    dew did die dig dim din dip doe dog don dot dry dub due dug duo dye ear eat ebb eel egg ego elf elk elm end era eve
    ewe eye fab fad fan far fat fax fed fee fen few fib fig fin fir fit fix flu fly foe fog for fox fry fun fur gab gag
    gap gas gel gem get gig gin god got gum gun gut guy gym had ham has hat hay hem hen her hex hey hid him hip his hit
    hob hoe hog hop hot how hub hue hug hum hut ice icy ill imp ink inn ion ire irk its ivy jab jam jar jaw jet jig job
    jog jot joy jug keg ken key kid kin kit lab lad lag lap law lax lay led lee leg let lid lie lip lit log lot low lug
    mad man map mar mat max may men met mid min mix mob mod mom mop mow mud mug mum nab nag nan nap net new nil nip nit
    nod nor not now nun nut oak oar oat odd off oft oil old one opt orb ore our out owe owl own pad pal pan par pat paw
    pay pea peg pen pep per pet pew pie pig pin pit pix ply pod pop pot pro pub pug pun pup put rag ram ran rap rat raw
    ray red ref rep rib rid rig rim rip rob rod roe rot row rub rue rug rum run rut rye sad sag sap sat saw sax say sea
    see set sew sex she shy sim sin sip sir sis sit six ski sky sly sob sod son soy spa spy sty sub sue sum sun tab tad
    tag tan tap tar tax tea tee ten the tie tin tip toe ton too top tot tow toy try tub tug two ump urn use van vat vet
    via vie vim vow wad wag wan war was wax way web wed wee wet who why wig wig win wit woe wok won woo wow yak yam yap
    yen yes yet yew you zap zen zip zoo
    """
)

# Of these, a capital letter says nothing: they have one in any sentence.
CALENDAR: frozenset[str] = words_of(
    """
    april august autumn christian christmas easter english french friday german january july june london march may
    monday paris saturday spring summer sunday thursday tuesday wednesday winter
    """
)

# Parts of names that are names only beside another.
PARTICLES: frozenset[str] = words_of(
    """
    al ap ben bin bint da de del della den der di dos du el ibn la las le los mac mc o of san st ter und van von y
    """
)

# What stands where a name would: after a greeting, a thank-you or at the end of a letter.
NO_NAMES: frozenset[str] = words_of(
    """
    advance again all always and anybody anyone anyway best bye captain cheers colleague colleagues concern customer
    customers dear desk everybody everyone faithfully folks for friend friendly friends from gents goodbye guys
    hello help helpdesk hey hi hiya i in indeed kind kindest ladies lads later loads lots love madam management
    manager many mate mates me morning much my none not once one please regards sender shop sincerely sir sirs so
    soon sorry staff store support team thank thanks that the there this to tomorrow truly very warm wishes with x
    xo xox xx xxx you your yours
    """
)

_SHORT = """
    abigail: abby; alexander: alex sandy; alexandra: alex sandra; alfred: alf alfie; amanda: mandy; andrew: andy
    drew; anthony: tony; barbara: barb babs; benjamin: ben benny; beverley: bev; catherine: cath cathy kate katie;
    charles: charlie chas; charlotte: lottie charlie; christine: chris chrissie; christopher: chris kit; daniel: dan
    danny; david: dave davy; deborah: deb debbie; dominic: dom; dorothy: dot dolly; edward: ed eddie ted; eleanor:
    ellie nell; elizabeth: liz lizzie beth betty eliza; frances: fran; francis: frank; frederick: fred freddie;
    geoffrey: geoff; gerald: gerry; gillian: gill; gregory: greg; harold: harry; henry: harry; isabella: bella izzy;
    jacqueline: jackie; james: jim jimmy jamie; jennifer: jen jenny; jessica: jess; john: johnny jack; jonathan:
    jon; joseph: joe; joshua: josh; katherine: kath kathy kate katie; kenneth: ken kenny; leonard: len lenny;
    margaret: maggie meg peggy; matthew: matt; michael: mike mick micky; mohammed: mo; nicholas: nick nicky; nicola:
    nicky; oliver: ollie olly; pamela: pam; patricia: pat patsy trish; patrick: pat paddy; peter: pete; philip:
    phil; raymond: ray; rebecca: becky becca; richard: rich rick dick; robert: bob rob bobby robbie bert; roger:
    rog; ronald: ron; samantha: sam; samuel: sam; sarah: sally; simon: si; stephanie: steph; stephen: steve; steven:
    steve; stuart: stu; susan: sue susie; terence: terry; theodore: theo ted; theresa: terry tess; thomas: tom
    tommy; timothy: tim; valerie: val; victoria: vicky tori; vincent: vince; vivienne: viv; walter: wally; william:
    will bill billy liam
"""

# The short forms of a full name; where the full name is known, they are looked for, too.
NICKNAMES: dict[str, tuple[str, ...]] = {
    full.strip(): tuple(short.split()) for full, short in (entry.split(":") for entry in _SHORT.split(";"))
}
