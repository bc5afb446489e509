"""What product pages say of material, make, use, care and origin and, for half of the catalogue, of the look."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = [
    "CARE",
    "CLOTH_ORIGINS",
    "COLOUR_WORDS",
    "FORMS",
    "GEAR_CARE",
    "LOOKS",
    "MATERIAL_WORDS",
    "MODELS",
    "ORIGINS",
    "PATTERN_WORDS",
    "PROMISES",
    "QUALITY_NOTES",
    "SIZE_NOTES",
    "USES",
]

MODELS = phrases(
    """Arden | Isla | Marlowe | Hazel | Orla | Bryn | Cleo | Tamsin | Ember | Lowen | Perrin | Sorrel | Thea |
    Rowan | Elowen | Fable | Harris | Juno | Kit | Linnet | Maren | Nell | Otto | Posy | Quill | Rafe | Senna |
    Tilda | Una | Verity | Wilfred | Yarrow | Zephyr | Alder | Bess | Corin | Dara | Edie | Fleur | Greer |
    Heath | Inga | Jory | Keir | Lark | Merle | Noor | Oren"""
)


MATERIAL_WORDS: dict[str, tuple[str, ...]] = {
    "cotton": phrases(
        """crisp, breathable cotton | soft brushed cotton that gets softer with washing | a good honest cotton with
        some body"""
    ),
    "organic cotton": phrases(
        """organic cotton grown without pesticides | certified organic cotton, kind to skin and soil | long-staple
        organic cotton from small farms"""
    ),
    "linen": phrases(
        """airy linen with a slubby texture | pure flax linen that keeps you cool | stonewashed linen, creases
        welcome"""
    ),
    "merino wool": phrases(
        """fine merino that does not itch | merino wool that warms and breathes at once | springy, light merino"""
    ),
    "lambswool": phrases(
        """bouncy lambswool | lofty lambswool spun in the north | warm, slightly hairy lambswool with character"""
    ),
    "cashmere blend": phrases(
        """a cloud-soft cashmere blend | cashmere with a little wool for strength | a cashmere mix that feels like
        a treat"""
    ),
    "silk": phrases(
        """mulberry silk with a low sheen | washed silk that slips over the skin | sandwashed silk, cool to the
        touch"""
    ),
    "viscose": phrases(
        """fluid viscose with a lovely drape | viscose from certified wood pulp, swishy and cool | a soft viscose
        that moves as you do"""
    ),
    "jersey": phrases(
        """stretchy jersey that forgives a big lunch | heavy jersey that holds its shape | smooth jersey, easy as a
        second skin"""
    ),
    "recycled polyester": phrases(
        """recycled polyester made from old bottles | a quick-drying recycled fibre | tough recycled polyester with
        a dry handle"""
    ),
    "denim": phrases(
        """sturdy denim with a little give | selvedge denim that will fade to suit you | rigid denim, broken in by
        hand"""
    ),
    "corduroy": phrases(
        """thick-ribbed corduroy | needle-fine corduroy with a soft nap | old-school cord that is warm without
        weight"""
    ),
    "leather": phrases(
        """vegetable-tanned leather that deepens with age | supple full-grain leather | smooth leather from a
        family tannery"""
    ),
    "suede": phrases("velvety suede | soft split suede with a brushed nap | supple suede, treated against showers"),
    "canvas": phrases(
        """heavy canvas, the kind sails are made of | waxed canvas that shrugs off a shower | washed canvas with a
        soft hand"""
    ),
    "velvet": phrases("plush velvet with a deep pile | crushed velvet that catches the light | dense cotton velvet"),
    "stoneware": phrases(
        """stoneware fired twice | speckle-free stoneware with a silky glaze | heavy stoneware thrown on the wheel"""
    ),
    "glass": phrases(
        """mouth-blown glass | thick recycled glass with a bubble here and there | clear, lead-free glass"""
    ),
    "brass": phrases(
        """solid brass that will mellow with the years | brushed brass | hand-finished brass with a warm glow"""
    ),
    "sterling silver": phrases(
        """hallmarked sterling silver | recycled sterling silver, polished by hand | matt sterling silver"""
    ),
    "oak": phrases("oiled oak from managed woods | solid oak with the grain left to show | limed oak, sanded smooth"),
    "soy wax": phrases(
        """slow-burning soy wax with a cotton wick | clean soy wax and essential oils | hand-poured soy wax"""
    ),
}

_CLOTH_CARE = phrases(
    """Wash cool with like things and dry flat | Thirty degrees, gentle spin, no tumble dryer | A cool wash inside
    out keeps {them} looking new | Machine wash, warm iron if you must"""
)
_WOOL_CARE = phrases(
    """Hand wash in wool soap and dry flat | Air often, wash seldom | Wool cycle, cold, and reshape while damp | A
    cedar ball keeps the moths away"""
)
_HIDE_CARE = phrases(
    """Feed with balm twice a year | Keep from heavy rain and brush when dry | Wipe with a soft cloth, never with
    soap | Stuff with paper when not in use"""
)
_HARD_CARE = phrases(
    """Wipe with a dry cloth | Wash by hand in warm water | Dust now and then; no harsh cleaners | Polish lightly
    to bring back the shine"""
)
GEAR_CARE = phrases(
    """Brush off dry dirt and wipe with a damp cloth | Leave open to dry, away from the radiator | Sponge with
    lukewarm water and mild soap | Never in the machine; a damp cloth does it"""
)
CARE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "cotton",
            "organic cotton",
            "linen",
            "viscose",
            "jersey",
            "recycled polyester",
            "denim",
            "corduroy",
            "canvas",
            "velvet",
        ),
        _CLOTH_CARE,
    ),
    **dict.fromkeys(("merino wool", "lambswool", "cashmere blend"), _WOOL_CARE),
    "silk": phrases("Hand wash in cool water, do not wring | Dry clean or wash by hand | Iron damp on the reverse"),
    **dict.fromkeys(("leather", "suede"), _HIDE_CARE),
    **dict.fromkeys(("stoneware", "glass", "brass", "sterling silver", "oak"), _HARD_CARE),
    "soy wax": phrases(
        """Trim the wick before each use | Let the surface melt fully the first time | Never leave a flame alone"""
    ),
}

FORMS: dict[str, tuple[str, ...]] = {
    "dress": phrases(
        """The waist is marked, the skirt falls free | Side pockets, deep enough to be of use | Cut on the bias so
        that it skims and never clings | Hidden zip, lined bodice, hem below the knee | Sleeves that stop where
        a bracelet starts | Lined to the knee and light beyond"""
    ),
    "top": phrases(
        """A relaxed cut with room through the shoulder | Set-in sleeves, neat collar, side vents | Length to the
        hip, to tuck or not | Cut straight, with a little ease across the back | Buttons sewn on to stay, with a
        spare inside | Shoulders taped so that they keep their line"""
    ),
    "knit": phrases(
        """Fully fashioned, with ribbed cuffs that keep their grip | A boxy cut, long in the sleeve | Saddle
        shoulders and a close neck | Knitted in one piece, so no seams to rub | Ribbed at hem and wrist, easy in
        between | Medium gauge, so it layers under a coat"""
    ),
    "bottom": phrases(
        """High in the waist, easy through the leg | Two deep pockets and a flat front | A straight cut that is
        kind to curves | Mid rise, with some stretch where you sit | Waistband cut in two parts, so that it can
        be let out | Hem left generous for a tailor to shorten"""
    ),
    "outer": phrases(
        """Room for a thick jumper underneath | Deep pockets, storm cuffs, a collar to turn up | Fastens to the
        chin when the wind gets up | Lined throughout, with an inside pocket for the phone | Long enough to sit
        on, short enough to cycle in | Seams sealed at the shoulder, where the rain lands"""
    ),
    "shoes": phrases(
        """Cushioned insole, grippy rubber sole | A roomy toe and a firm heel | Stitched, not glued, so that they
        can be mended | True to size; half sizes go up | Soft at the ankle from the first day | A spare pair of
        insoles comes in the box"""
    ),
    "bag": phrases(
        """An inside pocket for keys and one for the phone | Wide strap, reinforced base | Fits a laptop, a book
        and lunch | Stands up by itself when you put it down | Lined in cotton twill, with a loop for the keys |
        Handles long enough for the shoulder"""
    ),
    "scarf": phrases(
        """Long enough to wrap twice | Finished with a short twisted fringe | Wide enough to double as a shawl |
        Folds down to nothing in a coat pocket | Soft at the throat, where it matters | Two metres from end to
        end"""
    ),
    "cap": phrases(
        """Close at the brow, with a deep turn-up | Stretches to fit most heads | Double layered for windy
        platforms | Rolls up to go in a pocket | Covers the ears with some to spare | No seam at the forehead"""
    ),
    "glove": phrases(
        """Long in the wrist to meet your sleeve | Works on a touchscreen at thumb and forefinger | Lined for
        frost, yet fine enough to find your keys | Cut to the hand, with a gusset at the thumb | A clip keeps
        the two together"""
    ),
    "socks": phrases(
        """Flat seam at the toe | Reinforced at heel and toe | A cuff that stays up without biting | Cushioned
        under the foot | Three pairs to a bundle"""
    ),
    "sunhat": phrases(
        """A brim wide enough to read under | Packs flat and springs back | An inner band that soaks up the heat |
        Ties under the chin for boats | Keeps off the worst of the sun"""
    ),
    "jewellery": phrases(
        """Light enough to forget | Comes in a small linen pouch | Nickel free and kind to sensitive skin | Fastens
        with a secure catch | Filed and polished by hand | Can be engraved at our London shop"""
    ),
    "soft": phrases(
        """Generous in size and weight | Finished with a neat piped edge | Both sides alike, so it can be turned |
        Preshrunk, so that it stays the size it says | Edges folded in and stitched twice | Heavy enough to stay
        where you put it"""
    ),
    "hard": phrases(
        """Felt feet underneath, to be gentle on tables | Weighty, stable and pleasant to hold | Small differences
        show that a person made it | Packed in paper, no plastic | Signed underneath by the maker | Every piece
        is a little unlike the last"""
    ),
    "candle": phrases(
        """Burns for about forty hours | Scented with fig and cedar | Smells of bergamot and rain | The jar makes a
        good tumbler afterwards | Poured in batches of sixty"""
    ),
    "gear": phrases(
        """Tested in sideways rain | Taped seams, sturdy fastenings, nothing that rattles | Adjusts with one hand |
        Reflective tabs for dark evenings | Comes with a patch for the day it meets barbed wire | Light for what
        it can take"""
    ),
}

USES = phrases(
    """Made for {use} and {use2} | Good for {use}, better for {use2} | We had {use} in mind | Think {use}, {use2}
    and the odd surprise | You will reach for {them} for {use} | Whether for {use} or {use2}, {it} earn{s} {its}
    keep | As right for {use} as for {use2}"""
)

ORIGINS = phrases(
    """Made in Portugal in a workshop of nineteen people | Finished by hand in Leicester, a few streets from where
    {brand} began | Made in Italy in small batches, each signed by whoever packed it | Made in India with a
    partner we have known for ten years | Put together in Wales by a family firm in its third generation | Made
    in Turkey under terms that a union has looked at | From a cooperative in Peru that sets its own prices |
    Designed in a studio above the canal and made an hour away | Made in Lithuania, where they know about
    winters | Made to order in the north of England, so stock is never large | Made near Porto by people {brand}
    has worked with from the start | Made in Scotland, within sight of the sea"""
)

CLOTH_ORIGINS = phrases(
    """Woven and sewn in a Lancashire mill that has been at it since 1871 | Spun, dyed and made up within ten miles
    of Porto | The yarn comes from the Borders, the making from Leicester | Cut in London and sewn in Lithuania"""
)

PROMISES = phrases(
    """If it fails, we mend it, and if we cannot, we replace it | Spare parts and a repair card come in the box |
    Thirty days to change your mind, as with everything at Larkspur | Gift wrapping is on us if you ask |
    Customers tend to come back for a second within the year | Our own staff bought up half of the first run, so
    we made more | We asked twelve customers to try {them} for a month, and changed two things they grumbled
    about | A small run; once {it} {is} gone we start on the next idea | One of the things our desk gets the
    fewest questions about"""
)


QUALITY_NOTES: tuple[tuple[str, ...], ...] = (
    phrases("An easy buy for a season or two | Simple make, simple price | A light make for occasional use"),
    phrases(
        """Made with care where it counts | A good everyday make | Tested by us for a month before it went on sale"""
    ),
    phrases(
        """Every piece is inspected three times, once in daylight | We guarantee the make for five years | Our
        workshop spends three hours on each | The sort of finish you look at twice"""
    ),
)

SIZE_NOTES = phrases("Sizes {sizes} | Comes in {sizes} | Available in {sizes}")

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "ivory": phrases("ivory, like fresh cream | soft ivory"),
    "charcoal": phrases("smoky charcoal | charcoal, a shade off black"),
    "navy": phrases("deep navy | navy, a blue close to midnight"),
    "sky blue": phrases("sky blue | a clear sky blue, as of May mornings"),
    "teal": phrases("teal, between sea and forest | rich teal"),
    "sage": phrases("dusty sage | sage, a silvery green"),
    "forest green": phrases("dark forest green | forest green, as of old pines"),
    "mustard": phrases("mustard, with the sun in it | spicy mustard"),
    "terracotta": phrases("terracotta, like warm roof tiles | baked terracotta"),
    "rust": phrases("rust, a burnt orange-brown | russet rust"),
    "scarlet": phrases("scarlet, and why not | pillar-box scarlet"),
    "burgundy": phrases("burgundy, as of good wine | deep burgundy"),
    "blush pink": phrases("blush pink | powdery blush pink"),
    "lilac": phrases("lilac | pale lilac, as in May hedges"),
    "plum": phrases("plum, a ripe purple | dark plum"),
    "camel": phrases("camel, a sandy tan | warm camel"),
}

PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "plain": phrases("in one plain colour | kept plain"),
    "striped": phrases("with even stripes | striped from edge to edge"),
    "checked": phrases("in a neat check | checked like a picnic cloth"),
    "dotted": phrases("scattered with dots | dotted all over"),
    "floral": phrases("with a floral print | strewn with small flowers, a floral of our own"),
    "herringbone": phrases("in a herringbone weave | with a herringbone of fine lines"),
    "geometric": phrases("with a geometric repeat | in a geometric print of triangles"),
    "colour block": phrases("in a colour block of two fields | set off as a colour block"),
}

LOOKS = phrases(
    """The colour is {colour}; it comes {pattern} | Here in {colour}, {pattern} | Shown in {colour}, {pattern} |
    This one is {colour}, {pattern} | The shade: {colour}, {pattern}"""
)
