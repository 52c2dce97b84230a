"""Hypothesis strategies for every scene that the vocabulary allows."""

from __future__ import annotations

from hypothesis import strategies as st

from demo_models.scenes.vocabulary import (
    COLOURS,
    INDOORS,
    MAX_IN_ROW,
    MAX_SUBJECTS,
    MOUNTS,
    OUTDOORS,
    RIDERS,
    SHAPES,
    SUBJECT_COLOURS,
    SUBJECTS,
    TIMES,
    WEATHERS,
    Figures,
    Item,
    Subject,
    View,
)


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    """One shape, a row or a pair on a background of another colour."""
    background = draw(st.sampled_from(list(COLOURS)))
    colours = [colour for colour in COLOURS if colour != background]
    items = st.builds(Item, st.sampled_from(SHAPES), st.sampled_from(colours))
    layout = draw(st.sampled_from(("single", "row", "left-right", "above-below")))
    if layout == "single":
        return Figures((draw(items),), background)
    if layout == "row":
        return Figures((draw(items),) * draw(st.integers(2, MAX_IN_ROW)), background, layout)
    pair = draw(st.lists(items, min_size=2, max_size=2, unique=True))
    return Figures(tuple(pair), background, layout)


@st.composite
def subjects(draw: st.DrawFn, names: tuple[str, ...] = SUBJECTS) -> Subject:
    """Any of ``names``, in its ordinary look or one of its colours."""
    name = draw(st.sampled_from(names))
    return Subject(name, draw(st.sampled_from((None, *SUBJECT_COLOURS.get(name, ())))))


@st.composite
def views(draw: st.DrawFn) -> View:
    """Any place with up to three subjects, which may ride."""
    place = draw(st.sampled_from(OUTDOORS + INDOORS))
    outdoors = place in OUTDOORS
    riding, equal = draw(st.booleans()), draw(st.booleans())
    count = draw(st.integers(0, MAX_SUBJECTS - 2 * riding))
    seen = [draw(subjects()) for _ in range(count)]
    if riding:
        seen = [draw(subjects(RIDERS)), draw(subjects(MOUNTS)), *seen]
    elif seen and equal:
        seen = seen[:1] * len(seen)
    return View(
        place,
        draw(st.sampled_from(TIMES)) if outdoors else None,
        draw(st.sampled_from(WEATHERS)) if outdoors else "clear",
        tuple(seen),
        riding,
        draw(st.sampled_from(list(COLOURS))) if place == "studio" else None,
    )


def scenes() -> st.SearchStrategy[Figures | View]:
    """Figures and views alike."""
    return st.one_of(figures(), views())
