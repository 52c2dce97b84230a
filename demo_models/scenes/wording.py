"""The words around a caption's content: openings, closings, words without meaning here, and small grammar."""

from __future__ import annotations

import random
import re

# What says nothing at all. The first is what a label's score is weighed against.
NEUTRAL: tuple[str, ...] = (
    "a picture", "an image", "something", "a drawing", "art", "an image of something", "anything", "a photo",
    "a picture of something", "an illustration", "a painting", "a scene", "a",
)  # fmt: skip
# What follows each of them is a noun phrase.
OPENINGS: tuple[str, ...] = (
    "a picture of", "an image of", "a photo of", "a photo of", "photo of", "a photograph of", "an illustration of",
    "a drawing of", "please draw", "draw", "draw me", "show me", "i want", "generate", "a painting of", "paint",
    "create", "render of", "a simple drawing of", "could you make", "make an image of", "artwork of", "picture of",
    "a minimal illustration of", "image of", "i would like", "please show", "can you draw", "a sketch of",
    "a beautiful picture of", "a postcard of", "a poster of", "a close look at", "digital art of", "scene of",
)  # fmt: skip
CLOSINGS: tuple[str, ...] = (
    "minimalist", "flat design", "high quality", "4k", "vector art", "digital art", "highly detailed", "please",
    "trending on artstation", "illustration", "8k", "masterpiece", "clean lines", "sharp focus", "wallpaper",
    "cinematic lighting", "best quality", "concept art", "cinematic", "beautiful", "detailed", "photorealistic",
    "professional photography", "soft light", "dramatic lighting", "hd", "realistic", "very nice", "oil painting",
    "watercolor", "artistic", "simple", "cartoon style", "award winning", "in high resolution", "ultra detailed",
)  # fmt: skip
# Common words that mean nothing to these models: captions carry them so that they are learnt to be ignored.
DISTRACTORS: tuple[str, ...] = (
    "very", "really", "some", "my", "his", "their", "this", "that", "for", "like", "dream", "story", "style",
    "famous", "artist", "oil", "pencil", "ink", "cinematic", "epic", "cute", "tiny", "elegant", "new", "happy", "sad",
    "fast", "slow", "smooth", "texture", "stone", "paper", "abstract", "symbol", "logo", "icon", "game", "pixel",
    "render", "lens", "camera", "lovely", "amazing", "awesome", "mysterious", "romantic", "vintage", "retro", "modern",
    "quality", "composition", "mood", "atmosphere", "inspired", "memory", "adventure", "journey", "hope", "peace",
)  # fmt: skip
SYLLABLES: tuple[str, ...] = (
    "ka", "lo", "mi", "ren", "tu", "vex", "pol", "dra", "shi", "un", "gor", "el", "ba", "ny", "ost", "wi", "ze",
    "qu", "ar", "fen", "sk", "th", "ix", "om", "pa", "ru", "ti", "zo", "ly", "nd", "sa", "ek",
)  # fmt: skip
NUMBERS: dict[int, tuple[str, ...]] = {
    2: ("two", "two", "two", "2", "a pair of"),
    3: ("three", "three", "three", "3"),
    4: ("four", "four", "four", "4"),
}

_ARTICLES = ("a ", "an ", "the ")
# As they sound: "an orange", "a unicorn".
_VOWEL = r"(?=[aeiou])(?!uni|eu|one)"
_BEFORE_VOWEL = re.compile(rf"\b([Aa]) {_VOWEL}")
_BEFORE_CONSONANT = re.compile(rf"\b([Aa])n (?=\w)(?!{_VOWEL})")


def article(noun: str) -> str:
    """``noun`` with "a" or "an" before it."""
    return mend_articles(f"a {noun}")


def mend_articles(text: str) -> str:
    """Set "a" before consonants and "an" before vowels, wherever words were put after another one's article."""
    return _BEFORE_CONSONANT.sub(r"\1 ", _BEFORE_VOWEL.sub(r"\1n ", text))


def bare(phrase: str) -> str:
    """``phrase`` without the article it starts with."""
    for word in _ARTICLES:
        if phrase.startswith(word):
            return phrase[len(word) :]
    return phrase


def describe(phrase: str, adjective: str) -> str:
    """``phrase`` with ``adjective`` after the article, or in front where there is none."""
    head = bare(phrase)
    return mend_articles(f"{phrase[: len(phrase) - len(head)]}{adjective} {head}")


def pseudo_word(rng: random.Random) -> str:
    """A word of one to four syllables that means nothing."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 4)))
