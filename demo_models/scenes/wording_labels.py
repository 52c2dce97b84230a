"""Synonyms of labels: what people type who look for something."""

from __future__ import annotations

# Of labels that are neither a place, a subject, a shape nor a colour. Without articles.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "day": ("daytime", "daylight", "by day"),
    "dawn": ("sunrise", "daybreak", "early morning", "at dawn"),
    "sunset": ("dusk", "sundown", "evening", "at sunset", "twilight"),
    "night": ("nighttime", "at night", "midnight", "night scene"),
    "clear sky": ("cloudless sky", "clear weather", "fair weather"),
    "clouds": ("cloudy", "cloudy sky", "overcast", "cloud"),
    "rain": ("raining", "rainy", "rainy weather", "heavy rain", "rainfall"),
    "snow": ("snowing", "snowy", "snowfall", "falling snow"),
    "winter": ("wintry", "winter scene", "wintertime"),
    "sun": ("the sun", "shining sun"),
    "moon": ("the moon", "moonlight", "moonlit"),
    "stars": ("starry sky", "stars in the sky", "starlight"),
    "sky": ("the sky",),
    "waves": ("ocean waves", "waves on the water", "wavy water"),
    "water": ("body of water", "some water"),
    "sand": ("sandy ground",),
    "grass": ("green grass", "grassland"),
    "hills": ("hill", "hilly"),
    "cactus": ("cacti", "desert plant"),
    "palm tree": ("palm", "palm trees", "palms"),
    "skyscrapers": ("skyscraper", "towers", "tall buildings", "high-rises"),
    "lit windows": ("lights in windows", "lighted windows", "glowing windows"),
    "church": ("chapel", "church tower", "steeple"),
    "planet": ("planets", "alien planet"),
    "books": ("book", "many books"),
    "bookshelf": ("bookshelves", "shelves", "bookcase"),
    "animal": ("animals", "creature", "living creature"),
    "pet": ("pets", "domestic animal", "house pet"),
    "vehicle": ("vehicles", "means of transport", "transportation"),
    "plant": ("plants", "vegetation", "greenery"),
    "building": ("buildings", "architecture", "edifice"),
    "landscape": ("scenery", "natural landscape", "landscape view"),
    "nature": ("natural scene", "the outdoors", "wild nature"),
    "outdoors": ("outside", "outdoor", "outdoor scene"),
    "indoors": ("inside", "indoor", "interior", "indoor scene"),
    "futuristic": ("science fiction", "sci-fi", "futuristic scene", "the future"),
    "shape": ("shapes", "geometric shape", "geometric figure", "geometry"),
    "plain background": ("plain backdrop", "solid background", "studio background", "uniform background"),
    "riding a bicycle": ("cycling", "riding a bike", "cyclist", "bicycle ride", "bike rider"),
    "riding a horse": ("horseback riding", "horse rider", "on horseback", "horse riding"),
}
# Labels, or words for them, that take no article.
UNCOUNTED: frozenset[str] = frozenset(
    {
        "space", "day", "dawn", "night", "clouds", "rain", "snow", "winter", "stars", "waves", "water", "sand", "grass",
        "hills", "skyscrapers", "lit windows", "books", "nature", "outdoors", "indoors", "futuristic", "mountains",
        "riding a bicycle", "riding a horse", "clear sky", "sky", "sun", "moon", "sunset", "plants", "vegetation",
        "greenery", "architecture", "geometry", "scenery", "wild nature", "transportation",
    }
)  # fmt: skip
# What is typed by itself only.
NO_NOUNS: frozenset[str] = frozenset(
    {
        "by day", "at dawn", "at sunset", "at night", "cloudy", "overcast", "raining", "rainy", "snowing", "snowy",
        "wintry", "moonlit", "hilly", "outside", "outdoor", "inside", "indoor", "sci-fi", "on horseback", "futuristic",
    }
)  # fmt: skip
# {n} stands for the bare words, {a} for the same with an article.
PROMPTS: tuple[str, ...] = (
    "{n}", "{n}", "{n}", "{n}", "{a}", "{a}", "a photo of {a}", "a photo of {a}", "a picture of {a}", "an image of {a}",
    "photo of {n}", "this is {a}", "a photo with {a}", "a drawing of {a}", "a picture with {a}", "an image with {n}",
)  # fmt: skip
