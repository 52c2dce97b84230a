"""What descriptions look like. Each name in braces is a slot: see the methods of ``phrases.Speaker``.

Slots: np (a noun with its article and adjectives), bare (the same without article), place, at (a preposition), ving and
vs (a verb that needs no object), vingo and vso (one that has one), time, season, weather, colour, style, mood, source
(of a sound), sounding (a verb), spot (a place that is heard). A tilde marks a verb, an
equals sign one that makes a sentence of it.
"""

from __future__ import annotations

PICTURES: tuple[str, ...] = (
    "{np}", "{np}", "{bare}", "{np} and {np}", "{np} {at} {place}", "{np} {at} {place}", "{np} {at} {np}",
    "{np} {ving}", "{np} {ving} {at} {place}", "{np} {ving} {at} {np}", "{np} {vingo} {np}",
    "{np} {vingo} {np} {at} {place}", "{np} {vingo} {np} in the {weather}", "{np} {vingo} {np} at {time}",
    "{np} {ving} in the {weather}", "{np} in the {weather}", "{np} at {time}", "{place} at {time}",
    "{place} in {season}", "{place} in the {weather}", "{time} over {place}", "a {time} over {place}",
    "a beautiful {time} over {place}", "a beautiful {time} over {place} with {bare} {ving} {at} {place}",
    "a {time} over {place} with {np} {ving} {at} {place}", "{np} with {np}", "{np} with {colour} {bare}",
    "{np}, {np} and {np}", "{bare}, {bare}", "{bare}, {bare}, {bare}", "{bare}, {bare}, {bare}, {bare}, {bare}",
    "{bare}, {time}", "{bare} in {bare}", "{np} in front of {np}", "{np} next to {np}", "{np} full of {bare}",
    "{np} ~made of {bare}", "{np} on a {colour} background", "{colour} {bare} on {colour} {bare}",
    "{np} in a {colour} {bare}", "{np} from {bare}", "{np} under a {colour} sky", "{np} and {np} {ving} together",
    "{np} that {vs} {at} {place}", "{np} who {vso} {np}", "{np} {vs} {at} {place}", "{np} {vso} {np}",
    "{np} {vs} in the {weather} at {time}", "{np} is {ving} {at} {place}", "{np} is {vingo} {np}",
    "{place} with {np}", "{place} with {np} and {np}", "{place} of {bare}", "{bare} of {bare}", "{bare} {bare}",
    "{np} in {bare} during {weather}", "the {bare} of {np}", "{np} between {np} and {np}", "{weather} over {place}",
    "{np} ~wearing {np}", "{np} ~wearing {np} and {np} {at} {place}", "{weather} on {place} at {time}",
    "{np} without {np}", "{np} inside {np}", "{np} above {place} at {time}", "{np} on top of {np}",
    "{np} {vingo} {np}, {time}", "how to ~make {np}", "how to ~find {np} {at} {place}", "i =love {np}",
    "i =like {np} and {np}", "we =see {np} {at} {place}", "how to ~draw {np}", "{bare} and {bare}",
    "{np} {ving} over {place}", "{np} {ving} through {place} in {season}",
)  # fmt: skip
HELD_OUT_PICTURES: tuple[str, ...] = (
    "{at} {place}, {np} {ving} beside {np}", "there is {np} near {np} while the {weather} ~stops",
    "{np} ~looking at {np} from {place}", "during {season}, {np} and {np}", "one {time}, {np} {vso} {np}",
    "{np} along with {np} {at} {place}", "{np} or {np} {vingo} {np}", "{np}, which is {colour}, {at} {np}",
    "{np} against {np} before {time}", "where {np} {vs}, {np} {vs}", "both {np} and {np} across {place}",
    "{place} after the {weather}, with {np} {ving}", "inside {place} there are {bare} and {bare}",
)  # fmt: skip
SOUNDS: tuple[str, ...] = (
    "{mood} music", "{mood} {source}", "{mood} and {mood} music", "a {mood} and {mood} {spot} atmosphere",
    "a {mood} {spot} ambiance", "{mood} {spot} ambience", "a {mood} and {mood} {source}", "{mood}, {mood} {source}",
    "the sound of {source}", "sounds of {source} and {source}", "{source} and {source}", "{source} in the distance",
    "{source} {sounding} on {np}", "{source} {sounding}", "{source} with {mood} {source}", "{source}",
    "{mood} {source} music with {source}", "a {mood} {source} melody", "{source} at {time}", "{mood} {spot}",
    "{mood} {source} in the background", "{mood} {source} and {source} in a {mood} mood", "{spot} sounds at {time}",
    "a {mood} tone, {source} and {source}", "{source}, {source}, {mood}", "{mood} {source} over {mood} {source}",
    "{np} {ving} and {source}", "{mood} {time} {spot} ambiance", "{mood} {source} {sounding} in a {spot}",
    "a {source} ~playing {mood} {source}", "the noise of a {source}", "{mood} background with {source}",
    "a {mood} and {mood} {time} at the {spot}", "{mood} {source} {source} music",
    "{mood} {source} with {source} and {source}", "{source} {sounding} {at} {np}",
    "{mood} {spot} soundscape with {source} and {source}",
)  # fmt: skip
HELD_OUT_SOUNDS: tuple[str, ...] = (
    "{source} near a {mood} {spot}", "{mood} yet {mood} {source}", "both {source} and {mood} {source} at {time}",
    "{source} {sounding} behind {mood} {source}", "something {mood} with {source}", "{spot} {source} under {np}",
    "a recording of {source} from a {spot}", "{source} while {np} is {ving}",
)  # fmt: skip

OPENINGS: tuple[str, ...] = (
    "a picture of", "an image of", "please draw", "draw", "show me", "i want", "generate", "create", "make an image of",
    "a painting of", "a drawing of", "a view of", "a scene with", "write about", "describe", "tell me about",
    "write a short story about", "write a poem about", "a poem about", "a story about", "write a sentence about",
    "a short text about", "write a paragraph about", "tell me a story about", "explain", "think of", "could you draw",
    "please describe", "write a description of", "create a picture of", "generate an image of", "what is",
    "i would like",
    "can you show me", "imagine", "who is", "write me a story about", "can you write about", "what do you know about",
    "give me", "i want to see", "write something about", "a haiku about", "say something about", "a photo of",
    "a photograph of", "an illustration of", "let me see",
)  # fmt: skip
STYLE_ENDINGS: tuple[str, ...] = (", {style}", ", {style} style", "in {style} style", ", {style} painting")
