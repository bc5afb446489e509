"""What Larkspur sells and what people write about: the lists that catalogue, words and pictures share.

Everything here is a tuple whose order is part of the data: an attribute is stored as its index, and adding to the end
of a list changes nothing that exists.
"""

from __future__ import annotations

import colorsys
from typing import NamedTuple

__all__ = [
    "AGE_BANDS",
    "ASPECTS",
    "BRANDS",
    "COLOURS",
    "EMOTIONS",
    "INTENTS",
    "LEAVES",
    "MATERIALS",
    "MOODS",
    "PATTERNS",
    "STYLES",
    "Brand",
    "Colour",
    "Leaf",
    "Material",
]


class Leaf(NamedTuple):
    """A leaf of the category tree.

    `noun` is what one calls the thing, `plural` whether it takes a plural verb, `shape` the silhouette of its picture,
    `base_price` in pounds, `season` from -1 (high summer) over 0 (all year) to 1 (deep winter), `sizes` a size range or
    "one size".
    """

    department: str
    category: str
    subcategory: str
    noun: str
    plural: bool
    shape: str
    base_price: float
    season: float
    sizes: str
    materials: tuple[str, ...]
    uses: tuple[str, ...]


class Brand(NamedTuple):
    """An invented brand: the style it leans to and what its name adds to the price."""

    name: str
    style: str
    price_factor: float


class Material(NamedTuple):
    """A material: `warmth` from -1 (cool) to 1 (warm), whether it is `natural`, and what it does to the price."""

    name: str
    warmth: float
    natural: bool
    price_factor: float


class Colour(NamedTuple):
    """A named colour, RGB 0 to 255."""

    name: str
    rgb: tuple[int, int, int]

    @property
    def hue(self) -> float:
        """Hue in degrees, 0 to 360.

        >>> Colour("red", (255, 0, 0)).hue
        0.0
        """
        return 360.0 * colorsys.rgb_to_hls(*(part / 255 for part in self.rgb))[0]

    @property
    def lightness(self) -> float:
        """Lightness of HLS, 0 (black) to 1 (white)."""
        return colorsys.rgb_to_hls(*(part / 255 for part in self.rgb))[1]

    @property
    def saturation(self) -> float:
        """Saturation of HLS, 0 (grey) to 1 (pure)."""
        return colorsys.rgb_to_hls(*(part / 255 for part in self.rgb))[2]

    @property
    def hex(self) -> str:
        """The colour as `#rrggbb`.

        >>> Colour("red", (255, 0, 0)).hex
        '#ff0000'
        """
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


STYLES = ("minimal", "romantic", "classic", "sporty", "bohemian", "vintage", "street", "rustic")

MATERIALS = (
    Material("cotton", 0.0, True, 0.95),
    Material("organic cotton", 0.0, True, 1.05),
    Material("linen", -0.9, True, 1.10),
    Material("merino wool", 0.7, True, 1.25),
    Material("lambswool", 0.9, True, 1.15),
    Material("cashmere blend", 0.8, True, 1.45),
    Material("silk", -0.4, True, 1.40),
    Material("viscose", -0.5, False, 0.90),
    Material("jersey", -0.1, False, 0.90),
    Material("recycled polyester", 0.1, False, 0.90),
    Material("denim", 0.1, True, 1.00),
    Material("corduroy", 0.5, True, 1.05),
    Material("leather", 0.3, True, 1.35),
    Material("suede", 0.4, True, 1.25),
    Material("canvas", 0.0, True, 0.90),
    Material("velvet", 0.5, False, 1.10),
    Material("stoneware", 0.0, True, 1.00),
    Material("glass", -0.2, False, 1.00),
    Material("brass", 0.1, False, 1.15),
    Material("sterling silver", 0.0, False, 1.40),
    Material("oak", 0.2, True, 1.20),
    Material("soy wax", 0.3, True, 1.00),
)

COLOURS = (
    Colour("ivory", (238, 230, 208)),
    Colour("charcoal", (62, 66, 72)),
    Colour("navy", (32, 48, 98)),
    Colour("sky blue", (122, 182, 226)),
    Colour("teal", (20, 126, 132)),
    Colour("sage", (148, 172, 138)),
    Colour("forest green", (34, 88, 54)),
    Colour("mustard", (214, 164, 38)),
    Colour("terracotta", (196, 98, 64)),
    Colour("rust", (146, 62, 26)),
    Colour("scarlet", (204, 34, 40)),
    Colour("burgundy", (108, 22, 48)),
    Colour("blush pink", (236, 176, 180)),
    Colour("lilac", (182, 154, 212)),
    Colour("plum", (98, 46, 104)),
    Colour("camel", (190, 148, 100)),
)

PATTERNS = ("plain", "striped", "checked", "dotted", "floral", "herringbone", "geometric", "colour block")

BRANDS = (
    Brand("Halewick", "classic", 1.15),
    Brand("Fennel & Rook", "rustic", 1.05),
    Brand("Tansy Mill", "romantic", 1.00),
    Brand("Ninefold", "minimal", 1.20),
    Brand("Merrow Lane", "bohemian", 0.95),
    Brand("Corvane", "street", 1.00),
    Brand("Strideholm", "sporty", 1.10),
    Brand("Penhallow Attic", "vintage", 0.95),
    Brand("Ashby Thorne", "classic", 1.40),
    Brand("Plainsong", "minimal", 0.90),
    Brand("Wrenfield", "rustic", 0.85),
    Brand("Odelune", "romantic", 1.30),
    Brand("Kestrel Yard", "street", 0.85),
    Brand("Juniper Vale", "bohemian", 1.10),
    Brand("Velodane", "sporty", 0.95),
    Brand("Lacey & Finch", "vintage", 1.10),
    Brand("Stonebarrow", "rustic", 1.20),
    Brand("Quillon", "minimal", 1.45),
    Brand("Rosamere", "romantic", 0.85),
    Brand("Underhay", "street", 1.15),
    Brand("Pacewell", "sporty", 0.80),
    Brand("Saffron Quay", "bohemian", 0.85),
    Brand("Dunmorrow", "classic", 0.90),
    Brand("Threadgold Row", "vintage", 0.80),
)

_WOMEN, _MEN, _WAIST, _SHOES = "6-22", "S-XXL", "28-40", "3-12"


def _leaf(path: str, noun: str, shape: str, price: float, season: float, sizes: str, materials: str, uses: str) -> Leaf:
    department, category, subcategory = path.split(" / ")
    plural = noun.endswith("s") and not noun.endswith("ss")
    listed = tuple(materials.split(", ")), tuple(uses.split(", "))
    return Leaf(department, category, subcategory, noun, plural, shape, price, season, sizes, *listed)


LEAVES = (
    _leaf("Women / Dresses / Midi dresses", "midi dress", "dress", 52, -0.3, _WOMEN,
          "viscose, cotton, linen, silk, jersey", "weddings, the office, long lunches, evenings out"),
    _leaf("Women / Dresses / Maxi dresses", "maxi dress", "maxi", 60, -0.8, _WOMEN,
          "viscose, cotton, linen, silk", "holidays, garden parties, summer evenings, festivals"),
    _leaf("Women / Tops / Blouses", "blouse", "shirt", 36, -0.1, _WOMEN,
          "silk, viscose, cotton, linen", "the office, dinners, interviews, Sunday visits"),
    _leaf("Women / Tops / T-shirts", "T-shirt", "tee", 18, -0.5, _WOMEN,
          "cotton, organic cotton, jersey, linen", "weekends, travelling, layering, the gym"),
    _leaf("Women / Knitwear / Jumpers", "jumper", "jumper", 45, 0.8, _WOMEN,
          "merino wool, lambswool, cashmere blend, cotton",
          "cold mornings, country walks, working from home, evenings in"),
    _leaf("Women / Knitwear / Cardigans", "cardigan", "cardigan", 46, 0.5, _WOMEN,
          "merino wool, lambswool, cashmere blend, organic cotton",
          "layering, the office, spring evenings, travelling"),
    _leaf("Women / Bottoms / Skirts", "skirt", "skirt", 38, -0.3, _WOMEN,
          "viscose, denim, corduroy, linen, leather", "the office, dancing, weekends, city breaks"),
    _leaf("Women / Bottoms / Wide-leg trousers", "wide-leg trousers", "wide_trousers", 46, 0.0, _WOMEN,
          "linen, viscose, cotton, corduroy", "the office, travelling, evenings out, weekends"),
    _leaf("Women / Outerwear / Winter coats", "winter coat", "coat", 135, 1.0, _WOMEN,
          "lambswool, merino wool, cashmere blend, recycled polyester",
          "the commute, winter walks, city breaks, frosty mornings"),
    _leaf("Men / Shirts / Casual shirts", "casual shirt", "shirt", 38, -0.2, _MEN,
          "cotton, organic cotton, linen, denim, corduroy", "weekends, the pub, the office, holidays"),
    _leaf("Men / Shirts / Polo shirts", "polo shirt", "polo", 28, -0.7, _MEN,
          "cotton, organic cotton, jersey, recycled polyester", "golf, barbecues, casual Fridays, holidays"),
    _leaf("Men / Knitwear / Crew-neck jumpers", "crew-neck jumper", "jumper", 48, 0.8, _MEN,
          "merino wool, lambswool, cashmere blend, cotton", "cold mornings, the pub, dog walks, layering"),
    _leaf("Men / Trousers / Chinos", "chinos", "trousers", 44, -0.1, _WAIST,
          "cotton, organic cotton, linen, corduroy", "the office, weekends, dinners, travelling"),
    _leaf("Men / Trousers / Jeans", "jeans", "trousers", 50, 0.2, _WAIST,
          "denim, organic cotton, cotton", "every day, weekends, gigs, DIY"),
    _leaf("Men / Outerwear / Parkas", "parka", "parka", 115, 0.9, _MEN,
          "recycled polyester, cotton, canvas", "the school run, football matches, winter walks, the commute"),
    _leaf("Men / Basics / Socks", "socks", "socks", 15, 0.4, "6-12",
          "cotton, organic cotton, merino wool, lambswool", "walking, the office, lazy Sundays, the gym"),
    _leaf("Footwear / Boots / Ankle boots", "ankle boots", "boot", 84, 0.7, _SHOES,
          "leather, suede, velvet", "the office, city breaks, evenings out, autumn walks"),
    _leaf("Footwear / Shoes / Trainers", "trainers", "trainer", 64, -0.1, _SHOES,
          "canvas, leather, suede, recycled polyester", "running errands, the gym, travelling, weekends"),
    _leaf("Footwear / Shoes / Loafers", "loafers", "shoe", 68, 0.0, _SHOES,
          "leather, suede, velvet", "the office, weddings, dinners, city breaks"),
    _leaf("Footwear / Sandals / Flat sandals", "flat sandals", "sandal", 38, -1.0, _SHOES,
          "leather, suede, canvas", "the beach, holidays, garden parties, hot days in town"),
    _leaf("Footwear / Indoor / Slippers", "slippers", "slipper", 24, 0.8, _SHOES,
          "lambswool, suede, velvet, cotton", "lazy Sundays, cold floors, working from home, evenings in"),
    _leaf("Accessories / Bags / Tote bags", "tote bag", "tote", 32, -0.2, "one size",
          "canvas, leather, organic cotton, linen", "the market, the beach, the office, the library"),
    _leaf("Accessories / Bags / Shoulder bags", "shoulder bag", "bag", 56, 0.0, "one size",
          "leather, suede, canvas, velvet", "the office, evenings out, weddings, travelling"),
    _leaf("Accessories / Winter accessories / Scarves", "scarf", "scarf", 26, 0.9, "one size",
          "merino wool, lambswool, cashmere blend, silk", "the commute, winter walks, travelling, evenings out"),
    _leaf("Accessories / Winter accessories / Beanies", "beanie", "beanie", 16, 1.0, "one size",
          "merino wool, lambswool, cashmere blend, cotton", "dog walks, the commute, camping, football matches"),
    _leaf("Accessories / Winter accessories / Gloves", "gloves", "glove", 22, 1.0, "S-L",
          "leather, suede, merino wool, lambswool", "the commute, cycling, frosty mornings, driving"),
    _leaf("Accessories / Summer accessories / Sun hats", "sun hat", "hat", 22, -1.0, "S-L",
          "cotton, canvas, linen", "the beach, gardening, festivals, holidays"),
    _leaf("Accessories / Jewellery / Earrings", "earrings", "earrings", 19, 0.0, "one size",
          "sterling silver, brass, glass", "birthdays, the office, weddings, every day"),
    _leaf("Accessories / Jewellery / Necklaces", "necklace", "necklace", 28, 0.0, "one size",
          "sterling silver, brass, glass", "anniversaries, evenings out, weddings, every day"),
    _leaf("Home / Living room / Cushions", "cushion", "cushion", 24, 0.1, "one size",
          "cotton, linen, velvet, lambswool", "the sofa, a reading corner, the guest room, the window seat"),
    _leaf("Home / Living room / Throws", "throw", "throw", 39, 0.8, "one size",
          "lambswool, merino wool, cotton, recycled polyester", "film nights, the end of the bed, the sofa, picnics"),
    _leaf("Home / Living room / Table lamps", "table lamp", "lamp", 49, 0.3, "one size",
          "brass, stoneware, oak, glass", "a reading corner, the bedside, the hall, a home desk"),
    _leaf("Home / Living room / Vases", "vase", "vase", 26, -0.3, "one size",
          "stoneware, glass, brass", "the dining table, the mantelpiece, fresh tulips, dried grasses"),
    _leaf("Home / Living room / Candles", "scented candle", "candle", 18, 0.6, "one size",
          "soy wax", "long baths, dinners, evenings in, presents"),
    _leaf("Home / Kitchen / Mugs", "mug", "mug", 15, 0.3, "one size",
          "stoneware, glass", "the first coffee, tea at the desk, hot chocolate, presents"),
    _leaf("Home / Kitchen / Serving bowls", "serving bowl", "bowl", 29, -0.1, "one size",
          "stoneware, glass, oak", "Sunday lunch, salads, parties, the fruit on the sideboard"),
    _leaf("Home / Bedroom / Duvet covers", "duvet cover", "bedding", 54, 0.1, "single to super king",
          "cotton, organic cotton, linen", "the main bedroom, the guest room, hot nights, a first flat"),
    _leaf("Outdoor / Rainwear / Rain jackets", "rain jacket", "jacket", 76, 0.2, "XS-XXL",
          "recycled polyester, cotton", "hill walks, festivals, the school run, cycling"),
    _leaf("Outdoor / Rainwear / Umbrellas", "umbrella", "umbrella", 23, 0.3, "one size",
          "recycled polyester, cotton", "the commute, weddings, city breaks, the car boot"),
    _leaf("Outdoor / Carrying / Backpacks", "backpack", "backpack", 54, -0.1, "one size",
          "canvas, recycled polyester, leather", "hill walks, the commute, weekends away, cycling"),
)  # fmt: skip

ASPECTS = ("fit", "quality", "delivery", "price", "service")

INTENTS = (
    "where_is_my_order",
    "return_item",
    "exchange_size",
    "refund_status",
    "damaged_item",
    "wrong_item",
    "product_question",
    "change_address",
    "cancel_order",
    "discount_problem",
    "complaint_service",
    "praise",
    "unsubscribe",
    "privacy_request",
)

EMOTIONS = ("neutral", "happy", "disappointed", "angry", "worried", "confused")

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")

MOODS = ("cheerful", "matter-of-fact", "grumpy", "chatty")
