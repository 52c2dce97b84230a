"""Sentences about views: a place, a time of day, weather and what is there."""

from __future__ import annotations

import random
from dataclasses import dataclass

from demo_models.scenes import wording, wording_figures, wording_places, wording_subjects
from demo_models.scenes.captions_subjects import rare_person, word_subjects
from demo_models.scenes.labels_bank import place_label, plural
from demo_models.scenes.vocabulary import PEOPLE, Subject, View

Phrase = tuple[str, set[str]]
# How often each part is told, if it is there. By day and under a clear sky is what people mean who say nothing.
_TELL_SUBJECTS, _TELL_PLACE, _TELL_BACKDROP, _TELL_CLEAR = 0.96, 0.88, 0.6, 0.1
_TELL_TIME = {"day": 0.6, "dawn": 0.92, "sunset": 0.92, "night": 0.92}
_TELL_WEATHER = 0.92
_RARE_PERSON_SHARE = 0.25
_PORTRAITS = ("photo of", "photo of", "photo of", "a photo of", "portrait of", "a portrait of", "picture of", "")


@dataclass(frozen=True)
class _Told:
    """Which parts of a view a sentence tells; ``time`` and ``weather`` are None where it does not."""

    subjects: bool
    place: bool
    time: str | None
    weather: str | None


def word_view(view: View, rng: random.Random) -> Phrase:
    """A sentence about ``view``, most often all of it, and the labels that it names."""
    told = _choose(view, rng)
    if told.subjects:
        text, stated = _with_subjects(view, told, rng)
    else:
        text, stated = _scenery(view, told, rng)
    padded = f"{text} "
    stated |= {label for word, label in wording_places.MENTIONS if word in padded}
    return text, stated


def _choose(view: View, rng: random.Random) -> _Told:
    subjects = bool(view.subjects) and rng.random() < _TELL_SUBJECTS
    place = rng.random() < (_TELL_BACKDROP if view.place == "studio" else _TELL_PLACE)
    time = view.time if view.time is not None and rng.random() < _TELL_TIME[view.time] else None
    tell_weather = _TELL_CLEAR if view.weather == "clear" else _TELL_WEATHER
    weather = view.weather if view.time is not None and rng.random() < tell_weather else None
    return _Told(subjects, place or not (subjects or time or weather), time, weather)


def _with_subjects(view: View, told: _Told, rng: random.Random) -> Phrase:
    if len(view.subjects) == 1 and view.subjects[0].name in PEOPLE and rng.random() < _RARE_PERSON_SHARE:
        person, stated = rare_person(view, rng)
        what = f"{rng.choice(_PORTRAITS)} {person}".strip()
        return _told_around(what, stated, view, told, rng)
    draw = rng.random()
    if draw < 0.06:
        return _tags(view, told, rng)
    what, stated = word_subjects(view, rng)
    if draw < 0.18 and view.place != "studio" and (told.place or told.time or told.weather):
        scenery, named = _scenery(view, told, rng)
        return rng.choice(wording_places.SCENERY_WITH_SUBJECT).format(e=scenery, s=what), stated | named
    if draw < 0.22:
        what = f"there {'are' if _is_plural(view) else 'is'} {what}"
    return _told_around(what, stated, view, told, rng)


def _is_plural(view: View) -> bool:
    return len(view.subjects) > 1 and view.subjects[0] == view.subjects[1]


def _told_around(what: str, stated: set[str], view: View, told: _Told, rng: random.Random) -> Phrase:
    """``what`` with where, when and in what weather around it, in any order but mostly in this."""
    phrases: list[str] = []
    if told.place:
        where, named = _where(view, rng)
        phrases.append(where)
        stated |= named
    if told.time:
        phrases.append(_when(told.time, view.weather, rng))
        stated.add(told.time)
    if told.weather:
        phrases.append(rng.choice(wording_places.WEATHER_PHRASES[told.weather]))
        stated.add(_weather_label(told.weather))
    if rng.random() < 0.3:
        rng.shuffle(phrases)
    if view.place == "studio" and rng.random() < 0.3:
        phrases.append(f", {rng.choice(wording_subjects.STUDIO_TAILS)}")
    elif phrases and rng.random() < 0.07 and not what.startswith(("photo", "a photo", "there")):
        return f"{phrases[0]}, {' '.join([what, *phrases[1:]])}", stated
    joint = ", " if rng.random() < 0.1 else " "
    return joint.join([what, *phrases]).replace(", ,", ","), stated


def _tags(view: View, told: _Told, rng: random.Random) -> Phrase:
    """Single words in any order: "rain, cat, city, night"."""
    words, stated = [], set()
    for subject in dict.fromkeys(view.subjects):
        text, named = _tag(subject, rng)
        words.append(text)
        stated |= named
    if view.riding:
        words.insert(1, "riding")
        words[:3] = [" ".join(words[:3])]
        stated.add(f"riding a {view.subjects[1].name}")
    if told.place:
        if view.backdrop is not None:
            words.append(f"{view.backdrop} background")
            stated.add(words[-1])
        else:
            words.append(wording.bare(rng.choice(wording_places.PLACE_NAMES[view.place])))
            stated.add(place_label(view.place))
    if told.time:
        words.append(rng.choice(wording_places.TIME_NOUNS[told.time]))
        stated.add(told.time)
    if told.weather:
        kind = wording_places.WEATHER_NOUNS if rng.random() < 0.7 else wording_places.WEATHER_ADJECTIVES
        words.append(rng.choice(kind[told.weather]))
        stated.add(_weather_label(told.weather))
    rng.shuffle(words)
    return rng.choice((", ", ", ", " ")).join(words), stated


def _tag(subject: Subject, rng: random.Random) -> Phrase:
    name = rng.choice(wording_subjects.SUBJECT_NAMES[subject.name])
    if subject.colour is None or subject.name in PEOPLE:
        return name, {subject.name}
    return f"{rng.choice(wording_figures.COLOUR_WORDS[subject.colour])} {name}", {f"{subject.colour} {subject.name}"}


def _where(view: View, rng: random.Random) -> Phrase:
    if view.backdrop is not None:
        colour = rng.choice(wording_figures.COLOUR_WORDS[view.backdrop])
        return rng.choice(wording_places.WHERE_STUDIO).format(b=colour), {f"{view.backdrop} background"}
    place, stated = view.place, {place_label(view.place)}
    flying = bool(view.subjects) and view.subjects[0].name in ("bird", "balloon")
    if flying and place not in ("space", "room") and rng.random() < 0.6:
        phrase = rng.choice(wording_places.WHERE_FLYING)
        return phrase.format(p=rng.choice(wording_places.PLACE_NAMES[place])), stated
    return rng.choice(_places(view)), stated


def _places(view: View) -> tuple[str, ...]:
    """The phrases for where the first subject is; boats and fish are in the water, others beside it."""
    phrases = wording_places.WHERE[view.place]
    match view.subjects[0].name:
        case "boat":
            return wording_places.WHERE_AFLOAT.get(view.place, phrases)
        case "fish":
            afloat = wording_places.WHERE_AFLOAT.get(view.place, phrases)
            return wording_places.WHERE_SWIMMING.get(view.place, afloat)
    return wording_places.WHERE_ASHORE.get(view.place, phrases)


def _when(time: str, weather: str, rng: random.Random) -> str:
    clear = weather == "clear" and rng.random() < 0.25
    return rng.choice((wording_places.WHEN_CLEAR if clear else wording_places.WHEN)[time])


def _weather_label(weather: str) -> str:
    return "clear sky" if weather == "clear" else weather


def _scenery(view: View, told: _Told, rng: random.Random) -> Phrase:
    """A sentence about the place, the time and the weather, as far as they are told."""
    if view.backdrop is not None:
        template = rng.choice(wording_figures.BACKGROUND_ALONE[:2])
        colour = rng.choice(wording_figures.COLOUR_WORDS[view.backdrop])
        return template.format(b=colour), {f"{view.backdrop} background"}
    words: dict[str, str] = {"j": rng.choice(wording_places.PLACE_ADJECTIVES)}
    stated: set[str] = set()
    key = ""
    if told.place:
        key = "p"
        stated.add(place_label(view.place))
        words |= _place_words(view, words["j"], rng)
    if told.time:
        key += "t"
        stated.add(told.time)
        words |= _time_words(told.time, view.weather, words.get("p", ""), rng)
    if told.weather:
        stated.add(_weather_label(told.weather))
        adjective = rng.choice(wording_places.WEATHER_ADJECTIVES[told.weather])
        phrase = rng.choice(wording_places.WEATHER_PHRASES[told.weather])
        if told.weather == "clear" and key:
            return f"{rng.choice(wording_places.SCENERY[key]).format_map(words)} {phrase}", stated
        key += "w"
        words |= {"w": phrase, "o": rng.choice(wording_places.WEATHER_NOUNS[told.weather]), "r": adjective}
        words["m"] = f"{adjective} {words.get('n', '')}"
        words["v"] = wording.describe(words.get("p", ""), adjective)
    return rng.choice(wording_places.SCENERY[key]).format_map(words), stated


def _place_words(view: View, adjective: str, rng: random.Random) -> dict[str, str]:
    place = view.place
    name = rng.choice(wording_places.PLACE_NAMES[place])
    words = {"q": wording.bare(name), "a": wording.describe(name, adjective), "i": rng.choice(_WHERE_ALONE[place])}
    if rng.random() < 0.25:
        tails = wording_places.PLACE_TAILS[place]
        if view.time == "night" and rng.random() < 0.4:
            tails = wording_places.PLACE_TAILS_AT_NIGHT.get(place, tails)
        tail = rng.choice(tails)
        if tail.split()[-1] not in name:
            name = f"{name} {tail}"
    return words | {"p": name}


def _time_words(time: str, weather: str, place: str, rng: random.Random) -> dict[str, str]:
    noun = rng.choice(wording_places.TIME_NOUNS[time])
    if weather == "clear" and rng.random() < 0.15:
        noun = rng.choice(wording_places.TIME_NOUNS_CLEAR[time])
    adjective = rng.choice(wording_places.TIME_ADJECTIVES[time])
    return {"t": _when(time, weather, rng), "n": noun, "d": wording.describe(place, adjective)}


# Where a time of day may be: "night in the city", but not "night with mountains behind".
_WHERE_ALONE: dict[str, tuple[str, ...]] = {
    place: tuple(phrase for phrase in phrases if phrase.split()[0] in ("in", "on", "at", "by", "among", "downtown"))
    for place, phrases in wording_places.WHERE.items()
}


def plain_view(view: View) -> str:
    """The canonical sentence about ``view``."""
    parts: list[str] = []
    if view.subjects:
        groups: dict[Subject, int] = {}
        for subject in view.subjects:
            groups[subject] = groups.get(subject, 0) + 1
        names = [_plain_subject(subject, count) for subject, count in groups.items()]
        if view.riding:
            names[:2] = [f"{names[0]} riding {names[1]}"]
        parts.append(" and ".join(names))
    if view.backdrop is not None:
        parts.append(f"{'on ' if parts else ''}{wording.article(view.backdrop)} background")
    else:
        parts.append(_places(view)[0] if parts else wording_places.PLACE_NAMES[view.place][0])
    if view.time is not None:
        parts.append("by day" if view.time == "day" else f"at {view.time}")
    if view.weather != "clear":
        parts.append(wording_places.WEATHER_PHRASES[view.weather][0])
    return " ".join(parts)


def _plain_subject(subject: Subject, count: int) -> str:
    worn = subject.name in PEOPLE and subject.colour is not None
    name = subject.name if count == 1 else plural(subject.name)
    if subject.colour is not None:
        name = f"{name} in {subject.colour}" if worn else f"{subject.colour} {name}"
    return wording.article(name) if count == 1 else f"{ {2: 'two', 3: 'three'}[count] } {name}"
