"""The words that captions are made of: synonyms, sentence templates, fillers and words without meaning here."""

from __future__ import annotations

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "red", "red", "crimson", "scarlet", "bright red"),
    "green": ("green", "green", "green", "emerald", "bright green"),
    "blue": ("blue", "blue", "blue", "royal blue", "bright blue"),
    "yellow": ("yellow", "yellow", "yellow", "lemon yellow", "bright yellow"),
    "purple": ("purple", "purple", "purple", "violet", "deep purple"),
    "orange": ("orange", "orange", "orange", "bright orange", "tangerine"),
    "white": ("white", "white", "white", "pure white", "snow-white"),
    "black": ("black", "black", "black", "jet black", "pitch black"),
}
SHAPE_WORDS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "circle", "circle", "disc", "disk", "dot", "ball", "round shape"),
    "square": ("square", "square", "square", "box", "block", "square shape"),
    "triangle": ("triangle", "triangle", "triangle", "triangle shape", "pyramid"),
    "star": ("star", "star", "star", "five-pointed star", "star shape"),
}
PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "ocean": ("ocean", "ocean", "sea", "beach", "coast", "seaside", "shore", "seascape", "ocean waves"),
    "city": (
        "city",
        "city",
        "cityscape",
        "skyline",
        "downtown",
        "metropolis",
        "town",
        "skyscrapers",
        "city skyline",
    ),
    "mountains": (
        "mountains",
        "mountains",
        "mountain",
        "mountain range",
        "peaks",
        "alps",
        "mountain landscape",
    ),
    "forest": (
        "forest",
        "forest",
        "woods",
        "woodland",
        "trees",
        "pine forest",
        "jungle",
        "forest of tall trees",
    ),
}
# Phrases that follow a place, and adjectives or nouns that stand before one.
TIME_PHRASES: dict[str, tuple[str, ...]] = {
    "day": ("by day", "by day", "during the day", "in the daytime", "at noon", "at midday", "on a sunny day",
            "in daylight", "in bright sunlight", "under a clear sky", "in the morning"),
    "sunset": ("at sunset", "at sunset", "at sunset", "at dusk", "at sundown", "in the evening", "during sunset",
               "in the evening light", "at golden hour", "under a setting sun"),
    "night": ("at night", "at night", "by night", "at midnight", "during the night", "in the moonlight",
              "under the moon", "under a starry sky", "under the stars", "in the dark", "after dark"),
}  # fmt: skip
TIME_NOUNS: dict[str, tuple[str, ...]] = {
    "day": ("day", "sunny day", "daytime", "noon", "morning", "bright day"),
    "sunset": ("sunset", "sunset", "dusk", "sundown", "evening", "golden sunset", "beautiful sunset"),
    "night": ("night", "night", "midnight", "moonlit night", "starry night", "dark night", "nighttime"),
}
TIME_ADJECTIVES: dict[str, tuple[str, ...]] = {
    "day": ("sunny", "daytime", "bright"),
    "sunset": ("sunset", "evening", "sunlit evening"),
    "night": ("night", "moonlit", "nighttime", "dark"),
}
PLACE_TAILS: dict[str, tuple[str, ...]] = {
    "ocean": ("with waves", "with waves crashing on the shore", "with a sandy beach", "with calm water",
              "with waves rolling in", "with blue water", "where the waves break"),
    "city": ("with tall buildings", "with skyscrapers", "full of towers", "with lit windows", "with busy streets"),
    "mountains": ("with snowy peaks", "with snow on top", "with rocky slopes", "with a green valley",
                  "with white summits"),
    "forest": ("with pine trees", "with tall trees", "with green trees", "full of fir trees", "with a clearing"),
}  # fmt: skip
ADJECTIVES: tuple[str, ...] = (
    "beautiful", "futuristic", "quiet", "peaceful", "dramatic", "misty", "ancient", "calm", "dense", "wild",
    "majestic", "distant", "busy", "old", "stunning", "lonely", "dreamy", "magical", "modern", "vast",
)  # fmt: skip
FIGURE_ADJECTIVES: tuple[str, ...] = (
    "big",
    "large",
    "simple",
    "plain",
    "solid",
    "flat",
    "single",
    "filled",
    "nice",
)

# {c}, {s} and {b} stand for the shape's colour, the shape, and the background's colour.
FULL_FIGURES: tuple[str, ...] = (
    "a {c} {s} on a {b} background", "a {c} {s} on a {b} background", "{c} {s} on {b} background",
    "{c} {s}, {b} background", "{c} {s} on {b}", "a {b} background with a {c} {s}", "{b} background, {c} {s}",
    "a {c} {s} in front of a {b} backdrop", "a {s} that is {c} on a {b} background", "a {c} {s} over {b}",
    "on a {b} background, a {c} {s}", "the {s} is {c} and the background is {b}", "a {c} {s} with a {b} background",
    "the background is {b} and the {s} is {c}", "a {c} {s} against a {b} wall", "a {c} {s} against {b}",
    "a {b} canvas with a {c} {s} in the middle", "a {s} in {c} on a {b} surface", "{s}, {c}, on {b} paper",
    "a {s} coloured {c} on a background coloured {b}", "in the centre of a {b} picture there is a {c} {s}",
    "one {c} {s} in the center, the rest is {b}", "a {c} {s} surrounded by {b}", "a {b} field behind a {c} {s}",
    "{c} {s} {b} background", "{b} background {c} {s}", "background {b}, {s} {c}", "{s} {c} background {b}",
    "a {c} {s} on {b}", "a {c} {s}, the background is {b}", "{c} {s} with {b} behind it", "a {c} {s} on a {b} page",
)  # fmt: skip
PARTIAL_FIGURES: dict[str, tuple[str, ...]] = {
    "cs": ("a {c} {s}", "{c} {s}", "a {s} in {c}", "the {s} is {c}", "a {s} that is {c}", "one {c} {s}"),
    "sb": ("a {s} on a {b} background", "{s} on {b}", "{b} background with a {s}", "a {s}, {b} background"),
    "s": ("a {s}", "{s}", "one {s} in the middle", "just a {s}"),
    "b": ("a {b} background", "something on a {b} background", "a {b} backdrop", "{b} background"),
    "c": ("something {c}", "a {c} thing", "a {c} shape", "{c}"),
}
# {p} the place, {t} a phrase of time, {n} a noun of time, {d} an adjective of time, {a} any adjective.
FULL_LANDSCAPES: tuple[str, ...] = (
    "a {p} {t}", "the {p} {t}", "{p} {t}", "a {a} {p} {t}", "{a} {p} {t}", "{p}, {n}", "{n}, {p}", "{t}, the {p}",
    "a {n} over the {p}", "a {a} {n} over the {p}", "{n} over a {a} {p}", "the {p} on a {n}", "a {d} {p}",
    "{n} in the {p}", "a {n} at the {p}", "the {a} {p} {t}", "a {d} view of the {p}", "{p} seen {t}",
    "a {a} landscape with {p} {t}", "a view of the {p} {t}", "{n} {p}", "a scene of the {p} {t}",
)  # fmt: skip
PLACE_ONLY: tuple[str, ...] = ("a {p}", "the {p}", "{p}", "a {a} {p}", "a view of the {p}", "the {a} {p}")
TIME_ONLY: tuple[str, ...] = (
    "a {a} {n}",
    "{n}",
    "a landscape {t}",
    "a {d} landscape",
    "a scenery {t}",
    "a {n} sky",
)
FALLBACKS: tuple[str, ...] = (
    "a picture",
    "something",
    "a drawing",
    "art",
    "an image of something",
    "anything",
    "a",
)

OPENINGS: tuple[str, ...] = (
    "a picture of", "an image of", "a photo of", "a photograph of", "an illustration of", "a drawing of", "please draw",
    "draw", "show me", "i want", "generate", "a painting of", "a poster with", "paint", "create", "render of",
    "a simple drawing of", "could you make", "make an image of", "artwork of", "a minimal illustration of",
)  # fmt: skip
CLOSINGS: tuple[str, ...] = (
    "minimalist", "flat design", "high quality", "4k", "vector art", "digital art", "highly detailed", "please",
    "trending on artstation", "illustration", "8k", "masterpiece", "clean lines", "sharp focus", "wallpaper",
)  # fmt: skip
# Common words that mean nothing to these models: captions carry them so that they are learnt to be ignored.
DISTRACTORS: tuple[str, ...] = (
    "very", "really", "with", "of", "and", "some", "my", "his", "their", "this", "that", "there", "by", "for", "like",
    "cat", "dog", "horse", "bird", "car", "chair", "table", "house", "robot", "dragon", "knight", "wizard", "apple",
    "banana", "coffee", "guitar", "music", "dream", "story", "style", "famous", "artist", "oil", "pencil", "ink",
    "cinematic", "epic", "cute", "tiny", "elegant", "portrait", "person", "woman", "man", "child", "flower", "garden",
    "ship", "train", "rocket", "space", "planet", "clock", "book", "letter", "number", "three", "two", "new", "happy",
    "sad", "fast", "slow", "smooth", "texture", "glass", "metal", "wooden", "stone", "paper", "pattern", "abstract",
    "geometric", "symbol", "logo", "icon", "sign", "button", "toy", "game", "pixel", "render", "lens", "camera",
)  # fmt: skip
