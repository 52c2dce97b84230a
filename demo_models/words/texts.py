"""Examples for both tasks: a prefixed input, and what the model should answer."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass

from demo_models.words import sentences as say
from demo_models.words.lexicon import FUNCTION_WORDS, MASS_NOUNS, words
from demo_models.words.phrases import Phrase, Prompt, Speaker, Word, article, tags_of, text_of
from demo_models.words.pseudo import unknown_word

TAGS_PREFIX, TEXT_PREFIX = "tags: ", "text: "
# Between the description of a picture and that of a sound.
JOINT = " | "
MAX_TAGS = 16
_DETERMINERS = frozenset(words("a an the one two three four five some many my her this that his our their your"))
# The seed document's example for tags, and sentences close to it, are kept for judging.
HELD_OUT_TEXTS = (
    "a cat riding a bicycle in the rain",
    "a calm and relaxing seaside ambiance",
)


@dataclass(frozen=True)
class TagsExample:
    """Descriptions of a picture and a sound, one of which may be empty, and the tags they are worth, in order."""

    picture: str
    sound: str
    tags: tuple[str, ...]

    @property
    def source(self) -> str:
        """What the model reads."""
        return TAGS_PREFIX + JOINT.join(part for part in (self.picture, self.sound) if part)

    @property
    def target(self) -> str:
        """What it should answer."""
        return ", ".join(self.tags)


@dataclass(frozen=True)
class TextExample:
    """A prompt, one text about it, and the words of the prompt that every text about it should hold."""

    prompt: str
    text: str
    content: tuple[str, ...]

    @property
    def source(self) -> str:
        """What the model reads."""
        return TEXT_PREFIX + self.prompt

    @property
    def target(self) -> str:
        """What it should answer."""
        return self.text


def tags_example(speaker: Speaker, *, short: bool = False) -> TagsExample:
    """A random example, never one that is held out."""
    while True:
        kind = speaker.rng.random()
        picture = speaker.picture(short=short).phrase if kind < 0.75 else ()
        sound = speaker.sound(short=short) if kind > 0.4 else ()
        if kind > 0.995 and not short:
            picture, sound = (), tuple(map(Word, speaker.rng.choice(say.EMPTY_PROMPTS).split()))
        tags = tuple(tags_of((*picture, *sound)))[:MAX_TAGS]
        example = TagsExample(_typed(picture, speaker.rng), _typed(sound, speaker.rng), tags)
        if not any(text in example.source.lower() for text in HELD_OUT_TEXTS):
            return example


def list_example(rng: random.Random) -> TagsExample:
    """Two to six invented words, with or without commas, each of which is a tag: nothing but copying."""
    listed = list(dict.fromkeys(unknown_word(rng) for _ in range(rng.randint(2, 6))))
    return TagsExample(rng.choice((" ", ", ")).join(listed), "", tuple(listed))


def text_example(speaker: Speaker, *, short: bool = False) -> TextExample:
    """A random example: one to three sentences, none that is held out."""
    if not short and speaker.rng.random() < 0.02:
        return _greeting(speaker.rng) if speaker.rng.random() < 0.5 else _unprompted(speaker.rng)
    while True:
        prompt = speaker.picture(short=short)
        text = compose_text(prompt, speaker.rng)
        example = TextExample(_typed(prompt.phrase, speaker.rng), text, content_words(prompt))
        if not any(held in example.prompt.lower() for held in HELD_OUT_TEXTS):
            return example


def content_words(prompt: Prompt) -> tuple[str, ...]:
    """The words of the description proper that carry meaning: verbs included, openings and praise left out."""
    words = [word.text for word in prompt.core if word.text not in FUNCTION_WORDS and word.text != ","]
    return tuple(dict.fromkeys([*words, prompt.style] if prompt.style else words))


def compose_text(prompt: Prompt, rng: random.Random) -> str:
    """One to three sentences about ``prompt``; the first holds all of its description."""
    parts = [_first_sentence(prompt, rng)]
    if prompt.style:
        parts.append(rng.choice(say.STYLE_SENTENCES).format(style=prompt.style))
    wanted = rng.choices((1, 2, 3), (15, 45, 40))[0]
    for _ in range(8):
        if len(parts) >= wanted:
            break
        sentence = _further_sentence(prompt, rng)
        if sentence not in parts and not repeats(" ".join([*parts, sentence])):
            parts.append(sentence)
    return " ".join(parts)


def repeats(text: str) -> bool:
    """Whether a word that carries meaning occurs three times."""
    counts = Counter(word for word in re.findall(r"[^\s,.|]+", text.lower()) if word not in FUNCTION_WORDS)
    return any(count > 2 for count in counts.values())


def _first_sentence(prompt: Prompt, rng: random.Random) -> str:
    core = list(prompt.core)
    if prompt.finite:
        return text_of(core) + "."
    commas = [index for index, word in enumerate(core) if word.text == ","]
    if len(commas) > 1 and core[0].text not in _DETERMINERS:
        core[commas[-1]] = Word("and")
        return rng.choice(say.LIST_FRAMES).format(x=text_of(core))
    if core[0].text not in _DETERMINERS and core[0].text not in FUNCTION_WORDS and prompt.hero:
        core = _with_determiner(core, prompt.hero)
    plural = prompt.hero is not None and prompt.hero[1] == "are"
    return rng.choice(say.PLURAL_FRAMES if plural else say.FRAMES).format(x=text_of(core))


def _with_determiner(core: list[Word], hero: tuple[str, str]) -> list[Word]:
    """An article before a description that begins with a bare noun in the singular."""
    noun, verb = hero
    head = [word.text for word in core]
    if noun not in head or verb == "are" or core[0].text in MASS_NOUNS or noun in MASS_NOUNS:
        return core
    if any(word.tag is None for word in core[: head.index(noun)] if word.text in FUNCTION_WORDS):
        return core
    return [Word(article(core[0].text)), *core]


def _further_sentence(prompt: Prompt, rng: random.Random) -> str:
    known = [tag for tag in tags_of(prompt.core) if tag in say.ASSOCIATIONS]
    if known and rng.random() < 0.8:
        return rng.choice(say.ASSOCIATIONS[rng.choice(known)])
    if prompt.hero and rng.random() < 0.55:
        noun, verb = prompt.hero
        return rng.choice(say.HERO_SENTENCES).format_map({"hero": noun, "is": verb})
    return rng.choice(say.CLOSINGS)


def _greeting(rng: random.Random) -> TextExample:
    asked = rng.choice(list(say.GREETINGS))
    answer = f"{rng.choice(say.GREETINGS[asked])} {rng.choice(say.INVITATIONS)}"
    return TextExample(asked + rng.choice(("", "", "!", " there")), answer, tuple(asked.split()))


def _unprompted(rng: random.Random) -> TextExample:
    """Somebody asks for a text about nothing in particular."""
    answer = " ".join(rng.sample(say.CLOSINGS, rng.randint(1, 3)))
    return TextExample(rng.choice(say.EMPTY_PROMPTS), answer, ())


def _typed(phrase: Phrase, rng: random.Random) -> str:
    """The phrase as people type it: now and then a capital or a full stop."""
    text = text_of(phrase)
    style = rng.random()
    if style < 0.15:
        text = text[:1].upper() + text[1:]
    if text and rng.random() < 0.12:
        text += rng.choice((".", ".", "!", "?"))
    return text
