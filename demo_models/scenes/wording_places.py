"""Words for places, times of day and weather."""

from __future__ import annotations

# Noun phrases with the article they take.
PLACE_NAMES: dict[str, tuple[str, ...]] = {
    "sea": ("the sea", "the sea", "the ocean", "the ocean", "the ocean", "a seascape", "the open sea",
            "the open ocean", "ocean waves", "the waves", "an ocean", "a rolling sea"),
    "beach": ("a beach", "a beach", "the beach", "the beach", "a sandy beach", "the seashore", "the shore",
              "the coast", "the seaside", "a tropical beach", "a sandy shore"),
    "mountains": ("the mountains", "the mountains", "mountains", "a mountain range", "mountain peaks", "the alps",
                  "a mountain", "snowy mountains", "high peaks", "a mountain landscape", "a range of mountains"),
    "desert": ("the desert", "the desert", "a desert", "a desert", "sand dunes", "the dunes", "a sandy desert",
               "a desert landscape", "the sahara", "dunes of sand"),
    "forest": ("a forest", "a forest", "the forest", "the forest", "the woods", "a woodland", "a pine forest",
               "a jungle", "a forest of tall trees", "a deep forest", "tall trees"),
    "field": ("a field", "a field", "the field", "a meadow", "a meadow", "a green field", "a grassy field",
              "a pasture", "farmland", "the countryside", "a wheat field", "a field of crops", "a cornfield"),
    "city": ("a city", "a city", "the city", "the city", "a cityscape", "a city skyline", "a skyline", "downtown",
             "a metropolis", "a big city", "skyscrapers", "a modern city", "tall buildings"),
    "futuristic city": ("a futuristic city", "a futuristic city", "a futuristic cityscape", "a futuristic cityscape",
                        "a sci-fi city", "a sci-fi metropolis", "a city of the future", "a futuristic skyline",
                        "a cyberpunk city", "a neon city", "a futuristic metropolis", "a science fiction city",
                        "futuristic towers"),
    "road": ("a road", "a road", "the road", "a street", "a highway", "a country road", "an empty road",
             "a long road", "the street", "a motorway", "a straight road"),
    "lake": ("a lake", "a lake", "the lake", "the lake", "a calm lake", "a pond", "a still lake", "a mountain lake",
             "a lake landscape", "a river", "the river"),
    "village": ("a village", "a village", "the village", "a small village", "a small town", "a hamlet", "a town",
                "a row of houses", "cottages", "a little town", "village houses"),
    "island": ("an island", "an island", "the island", "a tropical island", "a small island", "a desert island",
               "an islet", "an island in the sea", "a lonely island", "an island in the ocean"),
    "space": ("space", "space", "outer space", "outer space", "deep space", "the cosmos", "the universe",
              "a galaxy", "space with stars", "the starry universe"),
    "room": ("a library", "a library", "the library", "a room full of books", "a cozy library", "a study",
             "a room with bookshelves", "bookshelves", "a room with books", "a reading room", "an old library",
             "a library room"),
}  # fmt: skip
# Where a subject is.
WHERE: dict[str, tuple[str, ...]] = {
    "sea": ("on the sea", "on the sea", "at sea", "on the ocean", "on the ocean", "in the ocean", "in the sea",
            "on the open sea", "on the water", "on the waves", "in the middle of the ocean"),
    "beach": ("on the beach", "on the beach", "on a beach", "at the beach", "at the seaside", "on the shore",
              "by the sea", "on a sandy beach", "on the coast", "at the seashore"),
    "mountains": ("in the mountains", "in the mountains", "in front of mountains", "in the alps",
                  "before a mountain range", "with mountains behind", "near the mountains", "below snowy peaks"),
    "desert": ("in the desert", "in the desert", "in a desert", "among sand dunes", "in the sahara", "on the sand",
               "between the dunes", "in a sandy desert"),
    "forest": ("in the forest", "in the forest", "in a forest", "in the woods", "among trees", "in a pine forest",
               "in the jungle", "between the trees", "at the edge of the forest"),
    "field": ("in a field", "in a field", "in the field", "in a meadow", "on the grass", "on a meadow",
              "in the countryside", "on a green field", "on a pasture", "in the grass"),
    "city": ("in the city", "in the city", "in a city", "downtown", "in front of a skyline", "in a big city",
             "in town", "in front of skyscrapers", "among tall buildings", "in the metropolis"),
    "futuristic city": ("in a futuristic city", "in a futuristic city", "in the city of the future",
                        "in a sci-fi city", "in a futuristic metropolis", "in a cyberpunk city",
                        "in front of a futuristic skyline", "in a sci-fi metropolis", "in a future city",
                        "in a neon city"),
    "road": ("on a road", "on a road", "on the road", "on the street", "in the street", "on a highway",
             "on a country road", "along the road", "on the motorway", "on an empty road"),
    "lake": ("on a lake", "on a lake", "on the lake", "by a lake", "at the lake", "in a lake", "near a lake",
             "by the water", "on a pond", "on a river", "by the river"),
    "village": ("in a village", "in a village", "in the village", "in a small town", "among houses", "in a hamlet",
                "in front of cottages", "in a little village", "between the houses"),
    "island": ("on an island", "on an island", "on the island", "on a tropical island", "on a small island",
               "at an island", "by an island", "near an island", "on a desert island"),
    "space": ("in space", "in space", "in space", "in outer space", "in outer space", "in deep space",
              "among the stars", "in the universe", "in the cosmos", "floating in space"),
    "room": ("in a library", "in a library", "in the library", "in a cozy library", "in a room with bookshelves",
             "in front of bookshelves", "in a room full of books", "in a study", "in a reading room",
             "in front of books", "in an old library"),
}  # fmt: skip
# What is told of a place at night.
PLACE_TAILS_AT_NIGHT: dict[str, tuple[str, ...]] = {
    "city": ("with lit windows", "with lights in the windows", "with bright windows"),
    "village": ("with lit windows", "with lights in the windows", "with glowing windows"),
}
# What is said of a place beyond its name; it says nothing that is not already in the place.
PLACE_TAILS: dict[str, tuple[str, ...]] = {
    "sea": ("with waves", "with waves", "with waves crashing", "with gentle waves", "with waves rolling in",
            "with foaming waves", "where the waves roll"),
    "beach": ("with waves crashing on the shore", "with sand", "with waves", "with the sea behind", "and the sea",
              "where the waves break", "with waves rolling onto the sand"),
    "mountains": ("with snowy peaks", "with rocky slopes", "with white summits", "with high peaks",
    "with grass in front"),
    "desert": ("with sand dunes", "with dunes", "with endless sand", "full of sand", "with cacti", "with a cactus"),
    "forest": ("with pine trees", "with tall trees", "with green trees", "full of trees"),
    "field": ("with rows of crops", "with hills behind", "with a wide horizon", "of wheat"),
    "city": ("with tall buildings", "with skyscrapers", "full of towers", "with many windows", "with high-rises"),
    "futuristic city": ("with glowing towers", "with tall towers", "with neon lights", "with shining skyscrapers"),
    "road": ("to the horizon", "with road markings", "leading into the distance", "with trees on both sides",
    "through green grass"),
    "lake": ("with calm water", "with still water", "with clear water", "with reflections", "with mountains behind",
             "between mountains", "and mountains", "in front of mountains"),
    "village": ("with small houses", "with cottages", "with houses", "with red roofs", "with a church"),
    "island": ("in the sea", "surrounded by water", "in the middle of the ocean", "with a palm tree"),
    "space": ("with stars", "with many stars", "full of stars", "with planets"),
    "room": ("with books", "with shelves", "full of books", "with many old books", "with wooden shelves"),
}  # fmt: skip
PLACE_ADJECTIVES: tuple[str, ...] = (
    "beautiful", "beautiful", "quiet", "peaceful", "dramatic", "calm", "wild", "majestic", "distant", "stunning",
    "lonely", "dreamy", "magical", "vast", "wonderful", "lovely", "scenic", "picturesque", "serene", "pretty",
)  # fmt: skip

# Phrases that say when, fit for any weather.
WHEN: dict[str, tuple[str, ...]] = {
    "day": ("by day", "by day", "during the day", "in the daytime", "at noon", "at midday", "in daylight",
            "in the afternoon"),
    "dawn": ("at dawn", "at dawn", "at dawn", "at sunrise", "at sunrise", "in the early morning", "at daybreak",
             "in the morning", "at first light", "during sunrise"),
    "sunset": ("at sunset", "at sunset", "at sunset", "at dusk", "at dusk", "at sundown", "in the evening",
               "during sunset", "in the evening light", "at twilight", "at nightfall"),
    "night": ("at night", "at night", "at night", "by night", "at midnight", "during the night", "in the dark",
              "after dark", "late at night"),
}  # fmt: skip
# The same under a clear sky.
WHEN_CLEAR: dict[str, tuple[str, ...]] = {
    "day": ("on a sunny day", "in bright sunlight", "in the sun", "under a blue sky", "in the sunshine"),
    "dawn": ("under the rising sun", "in the soft morning light", "as the sun rises", "in the morning sun"),
    "sunset": ("at golden hour", "under a setting sun", "as the sun sets", "in the evening sun"),
    "night": ("in the moonlight", "under the moon", "under a starry sky", "under the stars", "under the night sky",
              "on a moonlit night"),
}  # fmt: skip
TIME_NOUNS: dict[str, tuple[str, ...]] = {
    "day": ("day", "daytime", "noon", "midday", "afternoon"),
    "dawn": ("dawn", "dawn", "sunrise", "sunrise", "early morning", "daybreak"),
    "sunset": ("sunset", "sunset", "sunset", "dusk", "sundown", "evening", "twilight"),
    "night": ("night", "night", "night", "midnight", "dark night", "nighttime"),
}
TIME_NOUNS_CLEAR: dict[str, tuple[str, ...]] = {
    "day": ("sunny day", "bright day", "beautiful day"),
    "dawn": ("golden sunrise", "beautiful sunrise", "clear morning"),
    "sunset": ("golden sunset", "beautiful sunset", "glowing sunset", "red sunset"),
    "night": ("moonlit night", "starry night", "clear night"),
}
TIME_ADJECTIVES: dict[str, tuple[str, ...]] = {
    "day": ("daytime", "daylight"),
    "dawn": ("dawn", "morning", "sunrise"),
    "sunset": ("sunset", "evening", "twilight"),
    "night": ("night", "nighttime", "dark", "nocturnal"),
}
WEATHER_PHRASES: dict[str, tuple[str, ...]] = {
    "clear": ("under a clear sky", "with a clear sky", "in clear weather", "under a cloudless sky"),
    "clouds": ("under a cloudy sky", "under clouds", "with clouds", "with clouds in the sky", "in cloudy weather",
               "under an overcast sky", "with many clouds", "under grey clouds"),
    "rain": ("in the rain", "in the rain", "in the rain", "while it rains", "in heavy rain", "in rainy weather",
             "with rain falling", "in a downpour", "in the pouring rain", "during a rain shower", "in a storm"),
    "snow": ("in the snow", "in the snow", "while it snows", "in falling snow", "with snow falling", "in winter",
             "in a snowstorm", "in snowy weather", "during a snowfall"),
}  # fmt: skip
WEATHER_NOUNS: dict[str, tuple[str, ...]] = {
    "clear": ("clear sky", "clear weather"),
    "clouds": ("clouds", "clouds", "cloudy sky", "grey clouds", "overcast sky"),
    "rain": ("rain", "rain", "rain", "heavy rain", "bad weather", "pouring rain"),
    "snow": ("snow", "snow", "snow", "snowfall", "falling snow", "winter"),
}
WEATHER_ADJECTIVES: dict[str, tuple[str, ...]] = {
    "clear": ("clear",),
    "clouds": ("cloudy", "cloudy", "overcast"),
    "rain": ("rainy", "rainy", "wet", "stormy"),
    "snow": ("snowy", "snowy", "wintry", "snow-covered"),
}

# Where the first subject needs words of its own: boats and fish at the coast, fish and what walks at the water.
WHERE_AFLOAT: dict[str, tuple[str, ...]] = {
    "beach": ("at the beach", "off the beach", "near the shore", "by a sandy beach", "on the sea by the beach",
              "at the seaside", "along the coast"),
    "island": ("near an island", "by an island", "off an island", "near a tropical island", "in front of an island",
               "around a small island"),
}  # fmt: skip
WHERE_SWIMMING: dict[str, tuple[str, ...]] = {
    "sea": ("in the sea", "in the sea", "in the ocean", "in the ocean", "in the water", "in the waves", "at sea"),
    "lake": ("in a lake", "in the lake", "in a pond", "in the water", "in a river"),
}
WHERE_ASHORE: dict[str, tuple[str, ...]] = {
    "lake": ("by a lake", "by the lake", "at a lake", "near a lake", "by the water", "beside a pond", "by a river",
             "on the shore of a lake"),
}  # fmt: skip
# {p} stands for a place's name, {b} for the backdrop's colour.
WHERE_FLYING: tuple[str, ...] = ("over {p}", "above {p}", "flying over {p}", "in the sky over {p}", "high above {p}")
WHERE_STUDIO: tuple[str, ...] = (
    "on a {b} background", "on a {b} background", "on a {b} background", "in front of a {b} backdrop",
    "against a {b} wall", "with a {b} background", "on {b}", "in front of a {b} wall", "on a plain {b} background",
    "against {b}", "in a {b} studio",
)  # fmt: skip

# Sentences about a view. {p} the place with its article, {q} without; {a} the place with an adjective, {v} with the
# weather's, {d} with that of the time; {i} where; {t} when, {n} a noun of time, {m} one with the weather's adjective;
# {w} the weather as a phrase, {o} as a noun, {r} as an adjective; {j} any adjective.
SCENERY: dict[str, tuple[str, ...]] = {
    "ptw": (
        "{p} {t} {w}", "{p} {t} {w}", "{p} {w} {t}", "{p}, {t}, {w}", "a {m} over {p}", "a {m} {i}", "a {m} {i}",
        "{v} {t}", "{v} {t}", "{d} {w}", "{n} over {p} {w}", "{p} on a {m}", "{w}, {p} {t}", "{t}, {p} {w}",
        "{a} {t} {w}", "{n} {i} {w}", "{q}, {n}, {o}", "{o}, {n}, {q}", "{q} {n} {o}", "{n} and {o} over {p}",
        "a view of {p} {t} {w}", "{m}, {q}", "{o} {i} {t}", "{o} over {p} {t}",
    ),
    "pt": (
        "{p} {t}", "{p} {t}", "{p} {t}", "{a} {t}", "{a} {t}", "{q}, {n}", "{n}, {q}", "{t}, {p}", "{n} over {p}",
        "{n} over {p}", "a {j} {n} over {p}", "a {j} {n} over {p}", "{n} over {a}", "{n} {i}",
        "a {j} {n} {i}", "{d}", "{d}", "a view of {p} {t}", "a view over {d}", "{q} {n}", "{n} {q}", "{p} during {n}",
        "{q} {t}", "{n} and {p}", "{p} and a {j} {n}", "a {n} scene with {p}", "{j} {n}, {q}",
        "a landscape with {p} {t}",
    ),
    "pw": (
        "{p} {w}", "{p} {w}", "{v}", "{v}", "{a} {w}", "{w}, {p}", "{q}, {o}", "{o}, {q}", "{o} {i}", "{o} over {p}",
        "a view of {p} {w}", "{q} {w}", "a landscape with {p} {w}",
    ),
    "tw": ("a {m}", "{m}", "{n} {w}", "{t} {w}", "{w} {t}", "{o}, {n}", "a {j} {m}", "a scene {t} {w}", "{o} {t}"),
    "p": ("{p}", "{p}", "{q}", "{a}", "{a}", "a view of {p}", "a scene with {p}", "{q}, {j}",
        "a view over {a}"),
    "t": ("{n}", "a {j} {n}", "a {n} scene", "the sky {t}", "a {n} sky", "{t}", "it is {n}", "a {j} scene {t}"),
    "w": ("{o}", "{w}", "a {r} scene", "a {r} sky", "{r} weather", "{o} outside"),
}  # fmt: skip
# The same when a subject {s} is in it; the sentence about the place {e} comes from SCENERY.
SCENERY_WITH_SUBJECT: tuple[str, ...] = (
    "{e} with {s}", "{e}, {s}", "{e} and {s}", "{e} with {s} in front", "{s}, {e}", "{s} and {e}", "{e}: {s}",
)  # fmt: skip
# Words whose mention states a label, wherever they come from.
MENTIONS: tuple[tuple[str, str], ...] = (
    ("moon", "moon"), ("stars", "stars"), ("starry", "stars"), ("wave", "waves"), ("palm tree", "palm tree"),
    ("skyscraper", "skyscrapers"), ("hills", "hills"), ("planet", "planet"), ("books", "books"), ("grass", "grass"),
    ("bookshel", "bookshelf"), ("the sun ", "sun"), ("sunny", "sun"), ("clear sky", "clear sky"), ("water", "water"),
    ("cloudless", "clear sky"), ("blue sky", "clear sky"), (" sky", "sky"), ("sand", "sand"), ("trees", "tree"),
    ("the sea", "sea"), ("mountain", "mountains"), ("cact", "cactus"), ("lit windows", "lit windows"),
    ("in the windows", "lit windows"), ("church", "church"), ("landscape",
    "landscape"), ("ocean", "sea"), ("plain background", "plain background"),
)  # fmt: skip
