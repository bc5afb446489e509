"""Style as product pages convey it: through its vocabulary rather than its name."""

from __future__ import annotations

from personakit.world.words.grammar import phrases

__all__ = ["FRAMES_OF_STYLE", "HOME_PAIRINGS", "HOOKS", "PAIRINGS", "STYLE_WORDS"]

STYLE_WORDS: dict[str, tuple[str, ...]] = {  # adjectives that carry a style without naming it
    "minimal": phrases(
        """pared-back | uncluttered | quiet | clean-lined | understated | spare | unfussy | pure | architectural |
        restrained"""
    ),
    "romantic": phrases(
        """dreamy | soft-edged | feminine | floaty | tender | delicate | lyrical | sweetheart | moonlit | gentle"""
    ),
    "classic": phrases(
        """timeless | tailored | polished | well-bred | traditional | elegant | proper | refined | dependable |
        buttoned-up"""
    ),
    "sporty": phrases(
        """athletic | dynamic | lively | fast-moving | active | training-ground | breathable | energetic |
        technical | agile"""
    ),
    "bohemian": phrases(
        """free-spirited | wandering | market-found | sun-drenched | artisan | eclectic | barefoot | festival |
        layered | nomadic"""
    ),
    "vintage": phrases(
        """retro | nostalgic | heirloom | mid-century | attic-found | tea-dance | old-world | archive | bygone |
        wartime-film"""
    ),
    "street": phrases(
        """urban | oversized | downtown | skate-park | edgy | after-dark | club-night | bold | city-hardened |
        off-duty"""
    ),
    "rustic": phrases(
        """homespun | country | rugged | farmhouse | hand-hewn | hearty | woodland | weathered | earthy | homely"""
    ),
}

HOOKS: dict[str, tuple[str, ...]] = {
    "minimal": phrases(
        """Nothing here that need not be | {A_word} {noun} that say{s} little and mean{s} it | One line, drawn
        well: that was the whole idea | We took away everything we could and stopped when it was right | For
        those who would rather have one good {noun_one} than five | Calm in a noisy room"""
    ),
    "romantic": phrases(
        """{A_word} {noun} for letters, gardens and second glances | Made for the kind of evening you remember |
        Like a line from an old love song | Soft in every sense | For those who still press petals in books | A
        little poetry for an ordinary Tuesday"""
    ),
    "classic": phrases(
        """{A_word} {noun} that will look right in ten years, as it would have thirty years ago | Some things were
        settled long ago, and settled well | The {noun_one} your grandmother would have approved of | Good
        manners, made up in {material} | Never the loudest in the room, always the best turned out"""
    ),
    "sporty": phrases(
        """Built to keep up | {A_word} {noun} for people who take the stairs | From warm-up to last train without a
        pause | Light on its feet, like you | Made for days that move | Start line, bus queue, sofa: it keeps
        pace"""
    ),
    "bohemian": phrases(
        """{A_word} {noun} with sand in its pockets, so to speak | As if found at the end of a dusty road | For
        long tables, bare feet and borrowed guitars | No two days alike, and no rules | Made by hands that like
        to take their time | Pack light, stay long"""
    ),
    "vintage": phrases(
        """Drawn from a pattern we found in a biscuit tin | {A_word} {noun} with a story to tell | As seen in the
        family album, third page | They made them like this once, so we do again | Put a record on | Our archive
        has a 1950s original; this is its grandchild"""
    ),
    "street": phrases(
        """{A_word} {noun} with the volume up | Straight from the corner, no appointment needed | Made for
        concrete, neon and night buses | Wear it wrong, it still works | Big attitude, short story | For the
        ones who set it off before the rest catch on"""
    ),
    "rustic": phrases(
        """{A_word} {noun} that smell{s} of woodsmoke before you even light the fire | Honest stuff for muddy boots
        and long tables | Made the slow way, near a stream | For people who own a wheelbarrow, or wish they did
        | Rough round the edges in the best sense | Better with every scrape"""
    ),
}

FRAMES_OF_STYLE = phrases(
    """The mood is {word} and {word2} | There is something {word} about the way {it} {come} together | Think
    {word}, with {a_word2} streak | {One_word}, {word2} piece by {brand} | {brand} at its most {word} | We would
    call {them} {word}; others say {word2} | {One_word} touch from {brand}"""
)

PAIRINGS: dict[str, tuple[str, ...]] = {
    "minimal": phrases(
        """Leave the rest simple and let the proportions do the talking | Goes with whatever has no logo on it |
        Give it space; it needs no company"""
    ),
    "romantic": phrases(
        """Lovely beside lace, candlelight and anything with a ribbon | Add a loose braid, or fresh peonies | Best
        enjoyed at dusk"""
    ),
    "classic": phrases(
        """At home with pearls, brogues or a well-kept library | Goes with everything your tailor ever told you to
        buy | Right for boardroom and christening alike"""
    ),
    "sporty": phrases(
        """Add a water bottle and a playlist | Goes from the track to brunch without changing gear | Pair with
        whatever you run in"""
    ),
    "bohemian": phrases(
        """Layer with beads, fringes and stories | Happy among rattan, kilims and mismatched chairs | Add a hat
        with a feather you found yourself"""
    ),
    "vintage": phrases(
        """Try with a headscarf, a bicycle or a jukebox | Sits well beside bakelite, teak and old paperbacks | Add
        bright lipstick or your grandfather's watch"""
    ),
    "street": phrases(
        """Stack with chunky soles and a cap turned backwards | Turn the bass up and add a chain | Mix with
        whatever your friends are not wearing"""
    ),
    "rustic": phrases(
        """At home with log baskets, dogs and thick socks | Goes with a stove, a stew and a walking stick | Keep by
        the back door with the wellingtons"""
    ),
}

HOME_PAIRINGS: dict[str, tuple[str, ...]] = {
    "minimal": phrases(
        """Happiest on an empty shelf, by a window | Give {them} space; {it} need{s} no company | Made for rooms
        with more light than furniture"""
    ),
    "romantic": phrases(
        """Lovely beside lace curtains, candlelight and fresh peonies | Best enjoyed at dusk, with music from the
        next room | Made for breakfast in bed"""
    ),
    "classic": phrases(
        """At home in a library, a panelled hall or a well-kept flat | Will look as right on an heirloom sideboard
        as on a new one | Goes with good china and old friends"""
    ),
    "sporty": phrases(
        """For homes with a bicycle in the hall and trainers by the door | Takes knocks from balls, dogs and
        toddlers | Bright company for an early start"""
    ),
    "bohemian": phrases(
        """Happy among rattan, kilims and mismatched chairs | Mix with whatever you carried home from far away |
        Made for floor cushions, incense and long talks"""
    ),
    "vintage": phrases(
        """Sits well beside bakelite, teak and old paperbacks | Looks as if it came with the house | Add a record
        player and a pot of tea"""
    ),
    "street": phrases(
        """For flats with a view of the tracks | Looks right against bare brick and loud posters | Put it where the
        party ends up"""
    ),
    "rustic": phrases(
        """At home with log baskets, dogs and scrubbed pine | Belongs next to a stove with a stew on it | For
        kitchens with a back door that is never locked"""
    ),
}
