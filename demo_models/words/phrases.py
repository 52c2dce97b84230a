"""Random descriptions, word by word, each word with the tag that it is worth."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from demo_models.words import lexicon as lex
from demo_models.words.pseudo import pseudo_word, unknown_word
from demo_models.words.templates import (
    HELD_OUT_PICTURES,
    HELD_OUT_SOUNDS,
    OPENINGS,
    PICTURES,
    SOUNDS,
    STYLE_ENDINGS,
)

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Word:
    """One word or comma as it is written, in lower case.

    ``tag`` is None where it names nothing; ``finite`` marks a verb that makes the description a sentence.
    """

    text: str
    tag: str | None = None
    finite: bool = False


Phrase = tuple[Word, ...]


@dataclass(frozen=True)
class Prompt:
    """What somebody types: an opening ("a picture of"), the description itself, and an ending (", 4k").

    ``hero`` is the description's first noun with "is" or "are" to go with it, or None. ``finite`` says that the
    description is a sentence already ("the dog runs").
    """

    opening: Phrase
    core: Phrase
    ending: Phrase
    style: str | None
    hero: tuple[str, str] | None
    finite: bool

    @property
    def phrase(self) -> Phrase:
        """All of it."""
        return (*self.opening, *self.core, *self.ending)


def text_of(words: Iterable[Word]) -> str:
    """The words with spaces between them, none before a comma or a full stop."""
    return re.sub(r" ([,.])", r"\1", " ".join(word.text for word in words))


def tags_of(words: Iterable[Word]) -> list[str]:
    """The tags of ``words``, each once, in reading order."""
    return list(dict.fromkeys(word.tag for word in words if word.tag))


def tag_of(text: str) -> str | None:
    """The tag of a word that stands for itself: not a verb, and in no phrase that changes its meaning."""
    if not any(letter.isalnum() or ord(letter) > 0x2000 for letter in text):
        return None
    if text in lex.FUNCTION_WORDS or text in lex.FILLER_WORDS:
        return None
    return lex.CONCEPTS.get(text, text)


class Speaker:
    """Draws phrases. With ``held_out_nouns`` the nouns are those that training never sees."""

    def __init__(self, rng: random.Random, *, held_out_nouns: bool = False, held_out_templates: bool = False) -> None:
        self.rng = rng
        self.held_out_nouns = held_out_nouns
        self.pictures = HELD_OUT_PICTURES if held_out_templates else PICTURES
        self.sounds = HELD_OUT_SOUNDS if held_out_templates else SOUNDS
        self._hero: tuple[str, str] | None = None
        self._singular = False

    def picture(self, *, short: bool = False) -> Prompt:
        """What somebody wants to see. ``short`` leaves out openings, endings and the longer templates."""
        self._hero = None
        templates = [template for template in self.pictures if template.count("{") <= 2] if short else self.pictures
        core = self.fill(self.rng.choice(templates))
        sentence = any(word.finite for word in core)
        if not short and not sentence and self.rng.random() < 0.07:
            for _ in range(self.rng.choice((1, 1, 2, 2, 4))):
                joint = self._plain(self.rng.choice((",", "and", ", with")))
                core = (*core, *joint, *self.fill(self.rng.choice(templates)))
        finite = any(word.finite for word in core)
        opening: Phrase = ()
        ending: Phrase = ()
        style = None
        if not short and not sentence and self.rng.random() < 0.25:
            opening = self._plain(self.rng.choice(OPENINGS))
        if not short and self.rng.random() < 0.15:
            style = self.rng.choice(lex.STYLES)
            ending = self._plain(self.rng.choice(STYLE_ENDINGS).replace("{style}", style))
        if not short and self.rng.random() < 0.12:
            qualities = self.rng.sample(lex.QUALITIES, self.rng.randint(1, 3))
            ending = (*ending, *self._plain(" ".join(f", {quality}" for quality in qualities)))
        return Prompt(opening, core, ending, style, self._hero, finite)

    def sound(self, *, short: bool = False) -> Phrase:
        """What somebody wants to hear."""
        templates = [template for template in self.sounds if template.count("{") <= 2] if short else self.sounds
        return self.fill(self.rng.choice(templates))

    def fill(self, template: str) -> Phrase:
        """``template`` with every slot filled and every "a" before a vowel made "an"."""
        # Third persons go with nouns in the singular.
        self._singular = " is " in template or "vs" in template
        words: list[Word] = []
        for part in template.split():
            slot = _SLOT.fullmatch(part.rstrip(","))
            if slot:
                words += getattr(self, f"_{slot[1]}")()
                words += [Word(",")] * part.endswith(",")
            elif part.startswith("~"):
                words.append(Word(part[1:]))
            elif part.startswith("="):
                words.append(Word(part[1:], finite=True))
            else:
                words += self._plain(part)
        return _with_articles(words)

    def _plain(self, text: str) -> Phrase:
        return tuple(Word(part, tag_of(part), finite=part == "is") for part in text.replace(",", " , ").split())

    # ---- Slots ------------------------------------------------------------------------------------------------

    def _noun_text(self, known: tuple[str, ...], unknown: float = 0.62) -> str:
        if self.held_out_nouns:
            return self.rng.choice(lex.HELD_OUT_NOUNS)
        return unknown_word(self.rng) if self.rng.random() < unknown else self.rng.choice(known)

    def _adjective(self) -> list[Word]:
        kind = self.rng.random()
        if kind < 0.3 and not self.held_out_nouns:
            text = pseudo_word(self.rng) + self.rng.choice(
                ("y", "ed", "ish", "", "ic", "ous", "en", "al", "ful", "ing")
            )
        elif kind < 0.5:
            text = self.rng.choice(lex.COLOURS)
        elif kind < 0.57:
            text = self.rng.choice(lex.ING_ADJECTIVES)
        elif kind < 0.67:
            text = self.rng.choice(("beautiful", "lovely", "gorgeous", "wonderful", "perfect", "pretty", "nice"))
        else:
            text = self.rng.choice(lex.ADJECTIVES)
        return [Word(text, tag_of(text))]

    def _adjectives(self) -> list[Word]:
        count = self.rng.choices((0, 1, 2), (6, 4, 1))[0]
        return [word for _ in range(count) for word in self._adjective()]

    def _noun_phrase(self, known: tuple[str, ...], *, hero: bool) -> list[Word]:
        noun = self._noun_text(known)
        plural = not self._singular and self.rng.random() < 0.2 and noun not in lex.MASS_NOUNS
        if plural:
            noun = plural_of(noun)
            determiner = self.rng.choice(("", "", "two", "three", "four", "five", "some", "many", "the", "my"))
        elif noun in lex.MASS_NOUNS:
            determiner = self.rng.choice(("", "the"))
        else:
            determiner = self.rng.choice(("a", "a", "a", "a", "the", "the", "one", "my", "this", "her"))
        if hero and self._hero is None:
            self._hero = (noun, "are" if plural or noun in ("mountains", "hills", "woods") else "is")
        head = [Word(determiner)] if determiner else []
        return [*head, *self._adjectives(), Word(noun, tag_of(noun))]

    def _np(self) -> list[Word]:
        return self._noun_phrase(lex.LIVING if self.rng.random() < 0.6 else lex.THINGS, hero=True)

    def _bare(self) -> list[Word]:
        noun = self._noun_text(lex.LIVING + lex.THINGS + lex.PLACES)
        if self._hero is None:
            self._hero = (noun, "is")
        return [*self._adjectives(), Word(noun, tag_of(noun))]

    def _place(self) -> list[Word]:
        return self._noun_phrase(lex.PLACES, hero=True)

    def _at(self) -> list[Word]:
        return [Word(self.rng.choice(lex.PLACE_PREPOSITIONS))]

    def _verb(self, pairs: tuple[tuple[str, str], ...], index: int) -> list[Word]:
        if self.rng.random() < 0.35 and not self.held_out_nouns:
            stem = pseudo_word(self.rng).rstrip("e")
            return [Word(stem + ("ing", "s")[index], finite=index == 1)]
        return [Word(self.rng.choice(pairs)[index], finite=index == 1)]

    def _ving(self) -> list[Word]:
        return self._verb(lex.VERBS, 0)

    def _vingo(self) -> list[Word]:
        return self._verb(lex.OBJECT_VERBS, 0)

    def _vs(self) -> list[Word]:
        return self._verb(lex.VERBS, 1)

    def _vso(self) -> list[Word]:
        return self._verb(lex.OBJECT_VERBS, 1)

    def _known(self, words: tuple[str, ...]) -> list[Word]:
        text = self.rng.choice(words)
        return [Word(text, tag_of(text))]

    def _time(self) -> list[Word]:
        return self._known(lex.TIMES)

    def _season(self) -> list[Word]:
        return self._known(lex.SEASONS)

    def _weather(self) -> list[Word]:
        return self._known(lex.WEATHERS)

    def _colour(self) -> list[Word]:
        return self._known(lex.COLOURS)

    def _style(self) -> list[Word]:
        return self._known(lex.STYLES)

    def _mood(self) -> list[Word]:
        if self.rng.random() < 0.2 and not self.held_out_nouns:
            text = pseudo_word(self.rng) + self.rng.choice(("ing", "y", "ful", "", "ic", "ous"))
            return [Word(text, text)]
        return self._known(lex.MOODS)

    def _source(self) -> list[Word]:
        text = self._noun_text(lex.SOUND_NOUNS, unknown=0.5)
        return [Word(text, tag_of(text))]

    def _sounding(self) -> list[Word]:
        text = (
            pseudo_word(self.rng).rstrip("e") + "ing" if self.rng.random() < 0.3 else self.rng.choice(lex.SOUND_VERBS)
        )
        return [Word(text)]

    def _spot(self) -> list[Word]:
        return self._known(lex.SOUND_PLACES) if self.rng.random() < 0.5 else [*self._noun(lex.PLACES)]

    def _noun(self, known: tuple[str, ...]) -> list[Word]:
        text = self._noun_text(known)
        return [Word(text, tag_of(text))]


def plural_of(noun: str) -> str:
    """The regular plural, and the few irregular ones of the lexicon."""
    irregular = {"man": "men", "woman": "women", "child": "children", "mouse": "mice", "wolf": "wolves", "fish": "fish",
                 "sheep": "sheep", "deer": "deer", "leaf": "leaves", "superhero": "superheroes", "person": "people",
                 "goose": "geese"}  # fmt: skip
    if noun in irregular:
        return irregular[noun]
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun if noun.endswith("s") and not noun.endswith("ss") else noun + "es"
    if noun.endswith("y") and len(noun) > 2 and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def article(word: str) -> str:
    """The article that goes before ``word``, by its first letter."""
    return "an" if word[:1] in "aeiou" else "a"


def _with_articles(words: list[Word]) -> Phrase:
    fixed = list(words)
    for index in range(len(words) - 1):
        if words[index].text == "a":
            fixed[index] = Word(article(words[index + 1].text))
    return tuple(fixed)
