"""Prompts that the studio proposes: examples beside the form, and surprises.

The demo models know a small world (docs/guide.md): a surprise for them stays within it, so that the result is what the
prompt says. Other models are asked for more.
"""

import random
from collections.abc import Callable

from generation.models import JobKind

EXAMPLES: dict[JobKind, tuple[str, ...]] = {
    JobKind.IMAGE: ("a red circle on a blue background", "the ocean at sunset", "a forest at night"),
    JobKind.IMAGE_TO_IMAGE: ("the ocean at sunset", "mountains by day", "a city at night"),
    JobKind.MUSIC: ("a calm and relaxing seaside ambiance", "fast energetic drums and bass", "slow piano, dark"),
    JobKind.TEXT: ("a lighthouse in a storm", "the ocean at sunset", "a city at night"),
    JobKind.TAGS: ("the ocean at sunset", "a forest at night", "a city by day"),
    JobKind.ANALYSIS: ("circle, square, triangle, star", "ocean, city, mountains, forest"),
}

# ---- What the demo models know ---------------------------------------------------------------------------------------

_COLOURS = ("red", "green", "blue", "yellow", "purple", "orange", "white", "black")
_SHAPES = ("circle", "square", "triangle", "star")
_PLACES = (
    *("the ocean", "a beach", "mountains", "a desert", "a forest", "a field", "a city", "a futuristic city"),
    *("a road", "a lake", "a village", "an island"),
)
_TIMES = ("by day", "at dawn", "at sunset", "at night")
_WEATHERS = ("", "", "", " in the rain", " in the snow")
# What is well recognised of what can stand in a place, and where it can.
_SCENES = (
    *("a red balloon over mountains", "a yellow balloon over a field", "a white boat on the ocean"),
    *("a red boat on a lake", "a blue car on a road", "a yellow car in a city", "a house in a forest"),
    *("a red house in a village", "a tree in a field", "a tree on an island", "a black horse in a field"),
    *("a white horse on a beach", "a red bicycle on a road"),
)
_NATURE = ("waves", "rain", "wind", "a crackling fire", "birds")
_INSTRUMENTS = ("a deep drone", "piano", "a plucked harp", "bells", "drums", "bass")
_MOODS = ("calm", "relaxing", "energetic", "dark", "happy")
_TEMPI = ("slow", "fast")


def _demo_picture(rng: random.Random) -> str:
    if rng.random() < 0.3:
        colour, ground = rng.sample(_COLOURS, 2)
        return f"{_with_article(colour)} {rng.choice(_SHAPES)} on {_with_article(ground)} background"
    if rng.random() < 0.5:
        return f"{rng.choice(_SCENES)} {rng.choice(_TIMES)}"
    return f"{rng.choice(_PLACES)} {rng.choice(_TIMES)}{rng.choice(_WEATHERS)}"


def _demo_sound(rng: random.Random) -> str:
    mood = rng.choice(_MOODS)
    if rng.random() < 0.4:
        first, second = rng.sample(_NATURE, 2)
        return f"{mood} {first.removeprefix('a ')} and {second}"
    lead = rng.choice(_INSTRUMENTS).removeprefix("a ")
    return f"{rng.choice(_TEMPI)} {mood} {lead} with {rng.choice(_NATURE)}"


def _with_article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


# ---- What others know ------------------------------------------------------------------------------------------------

_SUBJECTS = (
    *("an old lighthouse", "a fox", "a street musician", "a paper boat", "an observatory", "a night train"),
    *("a beekeeper", "a glass greenhouse", "a whale", "a bakery", "a robot gardener", "a stone bridge"),
    *("a chess player", "a hot-air balloon", "a mountain village", "a library"),
)
_SETTINGS = (
    *("in a snowstorm", "at first light", "under a starry sky", "in thick fog", "on a rainy evening"),
    *("in an autumn forest", "beside a quiet canal", "among wild flowers", "at the edge of a desert", "by candlelight"),
)
_LOOKS = (
    *("watercolour", "oil painting", "35 mm photograph", "linocut in two colours", "isometric illustration"),
    *("ink drawing", "soft pastel", "macro photograph, shallow depth of field", "screen print", "paper collage"),
)
_STYLES = ("jazz trio", "string quartet", "ambient piece", "folk tune", "funk groove", "film theme", "lullaby", "waltz")
_LEADS = (
    *("piano", "cello", "acoustic guitar", "clarinet", "vibraphone", "accordion", "analogue synthesiser", "hand drums"),
)
_FEELINGS = ("warm", "wistful", "playful", "solemn", "hopeful", "mysterious", "drowsy", "restless")
_TASKS = (
    *("Write a haiku about {}.", "Tell a story of five sentences about {}.", "Describe {} to somebody who cannot see."),
    *("Write a postcard from somebody who has just met {}.", "Give three titles for a film about {}."),
    *("Write the first sentence of a novel about {}.", "Explain to a child of eight why people like {}."),
)


def _picture(rng: random.Random) -> str:
    return f"{rng.choice(_SUBJECTS)} {rng.choice(_SETTINGS)}, {rng.choice(_LOOKS)}"


def _sound(rng: random.Random) -> str:
    return f"{_with_article(rng.choice(_FEELINGS))} {rng.choice(_STYLES)} led by {rng.choice(_LEADS)}"


def _text(rng: random.Random) -> str:
    return rng.choice(_TASKS).format(f"{rng.choice(_SUBJECTS)} {rng.choice(_SETTINGS)}")


# ---- Surprises -------------------------------------------------------------------------------------------------------

_Propose = Callable[[random.Random], str]
# For a demo model, and for others. What an analysis looks for depends on the picture: it has no surprises.
_PROPOSALS: dict[JobKind, tuple[_Propose, _Propose]] = {
    JobKind.IMAGE: (_demo_picture, _picture),
    JobKind.IMAGE_TO_IMAGE: (_demo_picture, _picture),
    JobKind.MUSIC: (_demo_sound, _sound),
    JobKind.TEXT: (_demo_picture, _text),
    JobKind.TAGS: (_demo_picture, _picture),
}


def has_surprises(kind: JobKind) -> bool:
    """Whether `surprise` knows something for jobs of this kind."""
    return kind in _PROPOSALS


def surprise(kind: JobKind, *, demo: bool, token: str = "", unlike: str = "") -> str:
    """A prompt for a job of `kind`, another one than `unlike`.

    `demo` says that a demo model will read it, `token` is the word for what a personal model knows.
    """
    rng = random.SystemRandom()
    propose = _PROPOSALS[kind][0 if demo else 1]
    while True:
        prompt = _of_token(token, rng, demo=demo) if token else propose(rng)
        if prompt != unlike:
            return prompt


def _of_token(token: str, rng: random.Random, *, demo: bool) -> str:
    setting = f"{rng.choice(_WHERE)} {rng.choice(_TIMES)}" if demo else f"{rng.choice(_SETTINGS)}, {rng.choice(_LOOKS)}"
    return f"photo of {token} {setting}" if demo else f"{token} {setting}"


_WHERE = ("on a beach", "in the mountains", "in a forest", "in a city", "in a futuristic city", "in the desert")
