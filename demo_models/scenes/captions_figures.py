"""Sentences about plain shapes."""

from __future__ import annotations

import random

from demo_models.scenes import wording, wording_figures
from demo_models.scenes.labels_bank import NUMBER_WORDS, counted, plural
from demo_models.scenes.vocabulary import Figures, Item

Sentence = tuple[str, set[str]]


def word_figures(figures: Figures, rng: random.Random) -> Sentence:
    """A sentence about ``figures``, most often all of it, and the labels that it names."""
    background = rng.choice(wording_figures.COLOUR_WORDS[figures.background])
    if rng.random() < 0.025:
        template = rng.choice(wording_figures.BACKGROUND_ALONE)
        return template.format(b=background), {f"{figures.background} background"}
    if figures.layout == "single":
        return _word_single(figures.items[0], figures.background, background, rng)
    items, stated = _row(figures, rng) if figures.layout == "row" else _pair(figures, rng)
    if rng.random() < 0.2:
        template = rng.choice(wording_figures.WITHOUT_BACKGROUND)
    else:
        template = rng.choice(wording_figures.ON_BACKGROUND)
        stated.add(f"{figures.background} background")
    return template.format(i=items, j=wording.bare(items), b=background), stated


def _word_single(item: Item, background: str, background_word: str, rng: random.Random) -> Sentence:
    colour = rng.choice(wording_figures.COLOUR_WORDS[item.colour])
    shape = rng.choice(wording_figures.SHAPE_WORDS[item.shape])
    both, behind = f"{item.colour} {item.shape}", f"{background} background"
    draw = rng.random()
    if draw < 0.03:
        return rng.choice(wording_figures.COLOUR_ALONE).format(c=colour), {item.colour}
    if draw < 0.06:
        return rng.choice(wording_figures.SHAPE_ALONE).format(s=shape), {item.shape}
    if draw < 0.1:
        template = rng.choice(wording_figures.SHAPE_ON_BACKGROUND)
        return template.format(s=shape, b=background_word), {item.shape, behind}
    plain = rng.random() < 0.3
    if draw < 0.24:
        stated = {both}
        template = rng.choice(wording_figures.SINGLE_ALONE if plain else wording_figures.WITHOUT_BACKGROUND)
    else:
        stated = {both, behind}
        template = rng.choice(wording_figures.SINGLE_ON_BACKGROUND if plain else wording_figures.ON_BACKGROUND)
    noun = f"{colour} {shape}"
    if rng.random() < 0.15:
        noun = f"{rng.choice(wording_figures.SHAPE_ADJECTIVES)} {noun}"
    items = f"the {noun}" if rng.random() < 0.08 else wording.article(noun)
    return template.format(i=items, j=noun, c=colour, s=shape, b=background_word), stated


def _row(figures: Figures, rng: random.Random) -> Sentence:
    item, count = figures.items[0], len(figures.items)
    shape = rng.choice(wording_figures.SHAPE_WORDS[item.shape])
    colour = rng.choice(wording_figures.COLOUR_WORDS[item.colour])
    nouns = f"{colour} {shape}{'es' if shape.endswith('x') else 's'}"
    stated = {f"{item.colour} {item.shape}"}
    if rng.random() < 0.1:
        return rng.choice(wording_figures.UNCOUNTED_ROWS).format(p=nouns), stated
    stated.add(counted(count, item.shape))
    number = rng.choice(wording.NUMBERS[count])
    return rng.choice(wording_figures.ROWS).format(n=number, p=nouns), stated


def _pair(figures: Figures, rng: random.Random) -> Sentence:
    first, second = (_item(item, rng) for item in figures.items)
    placed = rng.random() < 0.8
    template = rng.choice((wording_figures.PAIRS if placed else wording_figures.UNPLACED_PAIRS)[figures.layout])
    return template.format(f=first, g=second), {f"{item.colour} {item.shape}" for item in figures.items}


def _item(item: Item, rng: random.Random) -> str:
    colour = rng.choice(wording_figures.COLOUR_WORDS[item.colour])
    return wording.article(f"{colour} {rng.choice(wording_figures.SHAPE_WORDS[item.shape])}")


def plain_figures(figures: Figures) -> str:
    """The canonical sentence about ``figures``."""
    first, second = figures.items[0], figures.items[-1]
    behind = f"on {wording.article(figures.background)} background"
    if figures.layout == "row":
        return f"{NUMBER_WORDS[len(figures.items)]} {first.colour} {plural(first.shape)} in a row {behind}"
    one = wording.article(f"{first.colour} {first.shape}")
    other = wording.article(f"{second.colour} {second.shape}")
    if figures.layout == "left-right":
        return f"{one} to the left of {other} {behind}"
    return f"{one} above {other} {behind}" if figures.layout == "above-below" else f"{one} {behind}"
