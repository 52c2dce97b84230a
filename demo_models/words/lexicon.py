"""The English that the T5 is taught: closed word classes, open ones with examples, and words kept for judging.

Function words and fillers are never tags. Everything else that names or describes is one, known or not, which is why
most nouns of the training data are invented (see ``pseudo``).
"""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The words of ``text``, which spaces and line breaks separate."""
    return tuple(text.split())


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Those of ``text`` as pairs of what stands before and after a stroke."""
    return tuple((first, second) for first, _, second in (word.partition("/") for word in words(text)))


FUNCTION_WORDS: frozenset[str] = frozenset(
    words(
        """
        a about above across after again against all almost am along also among an and another any anybody anything are
        around as at away back be been before behind being below beneath beside besides between beyond both but by can
        could do does doing done down during each every everyone everything everywhere far few five for four from full
        had has have he her here hers high him his how i if in inside into is it its itself just like lots many me more
        most much my near nearly next no nobody none not nothing now of off on once one only onto or other others our
        out outside over own part past rather really round same seen set several shall she should since so some somebody
        someone something somewhere still such than that the their them then there these they this those three through
        till to together too toward towards two under until up upon us very was we were what when where which while who
        whose why will with within without would yet you your
        """
    )
)
# Words that say that something is wanted or how it is shown, or praise it: they tell nothing of what it is.
FILLER_WORDS: frozenset[str] = frozenset(
    words(
        """
        4k 8k ambiance ambience amazing art artstation artwork atmosphere awesome background beautiful best cinematic
        cool create description describe detailed details digital draw drawing explain focus feel feeling feelings
        generate give gorgeous great highly hd hear haiku illustration image kind lighting lovely made make masterpiece
        mood nice noise paint painting paragraph perfect photo photograph photorealistic picture please poem pretty
        quality realistic recording render resolution scene sentence sharp short show something sort sound sounds
        soundscape stunning story style tell text think tone trending ultra vibe view wallpaper want wonderful write
        """
    )
)
# A word and the tag that stands for it; any other word is its own tag.
CONCEPTS: dict[str, str] = {
    "seaside": "sea", "seashore": "sea", "seascape": "sea", "cityscape": "city", "skyline": "city",
    "beachside": "beach", "lakeside": "lake", "riverside": "river", "riverbank": "river", "mountainside": "mountain",
    "hillside": "hill", "roadside": "road", "fireside": "fire", "campfire": "fire", "bonfire": "fire",
    "rainy": "rain", "rainfall": "rain", "raindrops": "rain", "snowy": "snow", "snowfall": "snow",
    "snowflakes": "snow", "stormy": "storm", "thunderstorm": "storm", "windy": "wind", "breezy": "wind",
    "foggy": "fog", "misty": "mist", "sunny": "sun", "sunlit": "sun", "sunlight": "sun", "sunshine": "sun",
    "moonlit": "moon", "moonlight": "moon", "starry": "stars", "starlight": "stars", "cloudy": "clouds",
    "woodland": "forest", "woods": "forest", "nighttime": "night", "bike": "bicycle", "automobile": "car",
    "birdsong": "birds", "chirping": "birds",
}  # fmt: skip

LIVING: tuple[str, ...] = words(
    """
    cat dog bird fish horse fox rabbit bear wolf owl lion tiger elephant mouse duck swan frog turtle whale dolphin
    deer sheep goat cow pig chicken butterfly bee kitten puppy dragon unicorn robot astronaut wizard knight princess
    king queen pirate ninja superhero man woman boy girl child person farmer sailor dancer painter musician chef
    teacher student couple family friend monster ghost fairy giant alien penguin monkey
    """
)
THINGS: tuple[str, ...] = words(
    """
    bicycle car boat balloon house tree flower ship train rocket bus truck plane bridge tower castle lighthouse
    windmill fence window door lamp lantern candle table chair book cup teapot bottle mirror clock umbrella hat ball
    kite guitar piano violin drum bell box suit shirt crown sword shield map letter camera computer telescope apple
    banana orange lemon cake bread cheese leaf rose mushroom circle square triangle star planet statue fountain
    wheel tent ladder basket carpet
    """
)
PLACES: tuple[str, ...] = words(
    """
    sea ocean beach shore coast mountain mountains hill hills desert forest jungle field meadow garden park city
    town village street road path river lake island valley waterfall harbour cave room kitchen library studio cafe
    market station school temple church museum space galaxy farm pond swamp canyon glacier volcano seaside riverside
    lakeside cityscape skyline woods woodland countryside
    """
)
WEATHERS: tuple[str, ...] = words("rain snow fog mist storm wind sunshine sunlight moonlight rainfall snowfall")
TIMES: tuple[str, ...] = words("day dawn sunrise morning noon sunset dusk evening night midnight")
SEASONS: tuple[str, ...] = words("spring summer autumn winter")
COLOURS: tuple[str, ...] = words(
    "red green blue yellow purple orange white black pink brown grey golden silver turquoise crimson"
)
ADJECTIVES: tuple[str, ...] = words(
    """
    big small tiny huge tall little old young new ancient modern futuristic abandoned lonely happy sad angry sleepy
    hungry brave clever curious friendly fluffy furry shiny rusty broken wooden stone glass metal round long dark
    bright colourful wild magical mysterious enchanted haunted frozen sunny rainy snowy stormy windy foggy misty
    cloudy starry moonlit sunlit snow-capped crowded empty busy distant giant cute funny elegant
    """
)
# Adjectives that look like verbs, and adjectives that are nothing else.
ING_ADJECTIVES: tuple[str, ...] = words(
    "glowing flying sleeping smiling shining floating burning falling running dancing sparkling"
)
MOODS: tuple[str, ...] = words(
    """
    calm relaxing peaceful soothing gentle quiet soft slow fast energetic happy joyful cheerful sad melancholic dark
    gloomy mysterious epic dramatic tense scary romantic dreamy warm bright playful uplifting upbeat serene tranquil
    meditative ambient deep loud rhythmic powerful hypnotic nostalgic
    """
)
SOUND_NOUNS: tuple[str, ...] = words(
    """
    waves rain wind thunder fire birds crickets bells drums piano guitar violin flute harp bass drone melody music
    song beat chords strings choir river stream waterfall leaves footsteps engine traffic whispers laughter seagulls
    frogs owls chimes storm campfire birdsong rainfall
    """
)
SOUND_PLACES: tuple[str, ...] = ("seaside", "beachside", "seashore", "riverside", "lakeside", "woodland", "fireside")
STYLES: tuple[str, ...] = words("watercolor watercolour cartoon anime sketch cyberpunk minimalist vintage")
QUALITIES: tuple[str, ...] = (
    "highly detailed", "4k", "8k", "hd", "masterpiece", "best quality", "high quality", "high resolution",
    "trending on artstation", "beautiful", "stunning", "digital art", "cinematic lighting", "sharp focus",
    "photorealistic", "ultra realistic", "wallpaper", "artwork",
)  # fmt: skip

# Present participle and third person, without and with an object.
VERBS: tuple[tuple[str, str], ...] = pairs(
    """
    running/runs walking/walks sitting/sits standing/stands sleeping/sleeps jumping/jumps flying/flies
    swimming/swims dancing/dances resting/rests waiting/waits playing/plays hiding/hides smiling/smiles
    singing/sings travelling/travels wandering/wanders floating/floats shining/shines glowing/glows
    """
)
OBJECT_VERBS: tuple[tuple[str, str], ...] = pairs(
    """
    riding/rides chasing/chases holding/holds watching/watches carrying/carries eating/eats reading/reads
    painting/paints wearing/wears driving/drives finding/finds playing/plays following/follows building/builds
    pulling/pulls catching/catches exploring/explores guarding/guards feeding/feeds crossing/crosses
    """
)
SOUND_VERBS: tuple[str, ...] = words("falling playing crackling crashing ringing rolling blowing singing")
PLACE_PREPOSITIONS: tuple[str, ...] = ("in", "on", "at", "near", "by", "beside", "above", "under", "behind", "over")
MASS_NOUNS: frozenset[str] = frozenset(
    {*WEATHERS, *TIMES, *SEASONS, *STYLES, "space", "music", "thunder", "traffic", "laughter", "fire", "bread",
     "birdsong", "mountains", "hills", "woods", "countryside"}
)  # fmt: skip

# Real words that no training example holds: what copying of unknown words is judged on.
HELD_OUT_NOUNS: tuple[str, ...] = words(
    """
    hedgehog squirrel octopus jellyfish kangaroo giraffe zebra peacock flamingo hamster otter badger raccoon camel
    crocodile lobster spider beetle dragonfly parrot pigeon sparrow gorilla panda koala leopard samurai vampire
    witch mermaid nurse plumber carpenter detective gardener acrobat juggler scooter tractor helicopter submarine
    canoe skateboard wagon trumpet saxophone accordion trombone banjo hammer scissors pencil notebook bucket pillow
    blanket curtain chimney staircase balcony cathedral pyramid palace cottage barn igloo treehouse greenhouse
    aquarium playground carnival bakery cinema stadium airport subway tunnel orchard vineyard prairie savanna lagoon
    reef cliff geyser iceberg comet asteroid satellite pumpkin carrot tomato strawberry pineapple avocado broccoli
    pancake sandwich noodle pretzel biscuit chocolate sunflower tulip orchid cactus bamboo willow maple snowman
    scarecrow puppet origami mosaic compass anchor parachute hammock suitcase necklace helmet backpack keyboard
    microscope
    """
)
