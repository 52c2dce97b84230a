"""The T5 adapters on random weights of Flan-T5's layout; what the demo model means is tested with the model."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from common.errors import InvalidInput
from generation.engines.base import TagsRequest, TextRequest, Weights
from generation.engines.errors import EngineLoadError
from generation.engines.revisions import content_revision
from generation.engines.t5 import T5TagsEngine, T5TextEngine, split_tags, with_capitals, words_of
from generation.engines.t5_decoding import OnlyTheseWords, OwnDraws
from generation.engines.t5_manners import read_manners
from tests.support.image_requests import Listener, StopAt, StopRun, ignore
from tests.support.tiny_t5 import make_tiny_t5

MAX_BATCH = 4
TEXT = TextRequest(prompt="a cat in the rain", seed=7, max_tokens=12)
TAGS = TagsRequest(image_prompt="a cat riding a bicycle", sound_description="a calm sea")
HOSTILE = {
    "emoji": "😀🚲🌧",
    "cyrillic": "кот на велосипеде",
    "japanese": "雨の中の猫",
    "arabic": "قطة تحت المطر",
    "control-characters": "a\x00cat\x1b[0m\u202e",
    "punctuation": "!!! ??? ,,, |",
    "one-word-of-10000": "x" * 10_000,
    "10000-characters": "the cat and " * 834,
    "sentinels": "<extra_id_0> </s> <pad>",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_t5(tmp_path_factory.mktemp("t5"))


@pytest.fixture(scope="module")
def taught_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model with manners of its own."""
    made = shutil.copytree(folder, tmp_path_factory.mktemp("taught") / "model")
    manners = {"instructions": {"tags": "tags: {}"}, "joint": " | ", "concepts": ["sea"], "lower_case": True}
    (made / "atelier.json").write_text(json.dumps(manners))
    return made


def _weights(folder: Path, revision: str = "") -> Weights:
    return Weights("tiny-t5", str(folder), revision, "t5", 0)


def _tags_engine(folder: Path, **options: Any) -> T5TagsEngine:
    engine = T5TagsEngine(_weights(folder), device="cpu", dtype="float32", max_batch=MAX_BATCH, **options)
    engine.load()
    return engine


def _text_engine(folder: Path, **options: Any) -> T5TextEngine:
    engine = T5TextEngine(_weights(folder), device="cpu", dtype="float32", max_batch=MAX_BATCH, **options)
    engine.load()
    return engine


@pytest.fixture(scope="module")
def tags(folder: Path) -> Iterator[T5TagsEngine]:
    engine = _tags_engine(folder)
    yield engine
    engine.unload()


@pytest.fixture(scope="module")
def restricted(taught_folder: Path) -> Iterator[T5TagsEngine]:
    engine = _tags_engine(taught_folder)
    yield engine
    engine.unload()


@pytest.fixture(scope="module")
def text(folder: Path) -> Iterator[T5TextEngine]:
    engine = _text_engine(folder)
    yield engine
    engine.unload()


# ---- Loading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [T5TagsEngine, T5TextEngine])
def test_spec_says_what_the_engine_does(folder: Path, kind: type[T5TagsEngine | T5TextEngine]) -> None:
    engine = kind(_weights(folder), device="cpu", dtype="bfloat16", max_batch=2)
    estimate = engine.spec.bytes
    engine.load()
    assert engine.spec.capability == {"t5-tags": "tags", "t5-text": "text"}[engine.spec.name]
    assert (engine.spec.device, engine.spec.dtype, engine.spec.max_batch) == ("cpu", "bfloat16", 2)
    assert 0 < engine.spec.bytes < estimate


def test_load_of_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    weights = replace(_weights(tmp_path / "nothing"), restore="Run `manage.py models download tiny-t5`.")
    with pytest.raises(EngineLoadError, match=r"missing .* Run `manage.py models download tiny-t5`") as raised:
        T5TagsEngine(weights, device="cpu", dtype="float32", max_batch=1).load()
    assert str(tmp_path) not in raised.value.message


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("config.json", b"{ damaged"),
        ("model.safetensors", b"\x00" * 100),
        ("tokenizer.json", b"{ damaged"),
        ("atelier.json", b"{ damaged"),
        ("atelier.json", b"[]"),
        ("atelier.json", b'{"instructions": {"text": "no place for the input"}}'),
        ("atelier.json", b'{"joint": 3}'),
    ],
)
def test_load_of_a_damaged_file_says_so(folder: Path, tmp_path: Path, name: str, damage: bytes) -> None:
    copy = shutil.copytree(folder, tmp_path / "model")
    (copy / name).write_bytes(damage)
    with pytest.raises(EngineLoadError, match="damaged or of another kind"):
        _text_engine(copy)


def test_load_of_a_truncated_weights_file_says_so(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "model")
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineLoadError, match="damaged or of another kind"):
        _tags_engine(copy)


def test_load_refuses_pickled_weights_unread(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "model")
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(EngineLoadError, match="no safetensors file"):
        _tags_engine(copy)


def test_load_refuses_weights_that_are_not_those_of_the_revision(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "model")
    revision = content_revision(copy)
    tensors = load_file(copy / "model.safetensors")
    save_file({name: tensor + 1 for name, tensor in tensors.items()}, copy / "model.safetensors", {"format": "pt"})
    engine = T5TextEngine(_weights(copy, revision), device="cpu", dtype="float32", max_batch=1)
    with pytest.raises(EngineLoadError, match="were changed since Atelier was started"):
        engine.load()


def test_run_before_load_is_a_mistake_and_unload_can_be_undone(folder: Path) -> None:
    engine = _text_engine(folder)
    before = engine.run([TEXT], ignore)
    engine.unload()
    with pytest.raises(RuntimeError, match="not loaded"):
        engine.run([TEXT], ignore)
    engine.load()
    assert engine.run([TEXT], ignore) == before


# ---- Running ----------------------------------------------------------------------------------------------------


def test_batch_bounds_are_kept(tags: T5TagsEngine) -> None:
    for count in (0, MAX_BATCH + 1):
        with pytest.raises(ValueError, match="1 to 4 requests"):
            tags.run([TAGS] * count, ignore)


def test_a_text_does_not_depend_on_what_runs_with_it(text: T5TextEngine) -> None:
    others = [replace(TEXT, prompt="the sea " * 20, seed=1, max_tokens=5), replace(TEXT, seed=2), replace(TEXT, seed=3)]
    alone = text.run([TEXT], ignore)[0]
    assert text.run([TEXT, *others], ignore)[0] == text.run([*others, TEXT], ignore)[-1] == alone


def test_tags_do_not_depend_on_what_runs_with_them(restricted: T5TagsEngine) -> None:
    other = replace(TAGS, image_prompt="the rain " * 20)
    assert restricted.run([other, TAGS], ignore)[1] == restricted.run([TAGS], ignore)[0]


def test_a_seed_repeats_a_text_and_another_gives_another(text: T5TextEngine) -> None:
    first, again, other = text.run([TEXT, TEXT, replace(TEXT, seed=8)], ignore)
    assert first == again
    assert first.text != other.text


def test_temperature_zero_does_not_draw(text: T5TextEngine) -> None:
    first, other = text.run([replace(TEXT, temperature=0, seed=seed) for seed in (1, 2)], ignore)
    assert first.text == other.text


def test_a_run_does_not_touch_the_process_s_random_state(text: T5TextEngine) -> None:
    state = torch.random.get_rng_state()
    text.run([TEXT], ignore)
    assert torch.equal(state, torch.random.get_rng_state())


def test_each_text_has_its_own_limit(text: T5TextEngine) -> None:
    results = text.run([replace(TEXT, max_tokens=limit) for limit in (3, 9)], ignore)
    assert [result.finish_reason for result in results] == ["length", "length"]
    assert [result.completion_tokens for result in results] == [3, 9]
    assert results[0].prompt_tokens == results[1].prompt_tokens > 5


def test_every_piece_is_a_step(text: T5TextEngine) -> None:
    listener = Listener()
    text.run([TEXT, replace(TEXT, prompt="the sea " * 30)], listener)
    assert listener.steps == [(step, 24) for step in range(1, 25)]


def test_a_run_that_is_stopped_leaves_the_engine_usable(text: T5TextEngine) -> None:
    before = text.run([TEXT], ignore)
    with pytest.raises(StopRun):
        text.run([TEXT], StopAt(3))
    assert text.run([TEXT], ignore) == before


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_text_is_taken(tags: T5TagsEngine, restricted: T5TagsEngine, text: T5TextEngine, prompt: str) -> None:
    assert isinstance(text.run([replace(TEXT, prompt=prompt)], ignore)[0].text, str)
    for engine in (tags, restricted):
        [result] = engine.run([TagsRequest(prompt, prompt)], ignore)
        assert len(result.tags) == len(set(result.tags)) <= 12


@pytest.mark.parametrize("prompt", ["", " \n\t"], ids=["empty", "blank"])
def test_saying_nothing_is_refused(tags: T5TagsEngine, text: T5TextEngine, prompt: str) -> None:
    with pytest.raises(InvalidInput, match="Write a few words"):
        text.run([replace(TEXT, prompt=prompt)], ignore)
    with pytest.raises(InvalidInput, match="Describe the picture or the sound"):
        tags.run([TagsRequest(prompt, prompt)], ignore)


@pytest.mark.parametrize("change", [{"max_tokens": 0}, {"temperature": -0.1}, {"temperature": 2.5}])
def test_settings_out_of_bounds_are_refused(text: T5TextEngine, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        text.run([replace(TEXT, **change)], ignore)


def test_a_long_prompt_is_cut_and_said_to_be(tags: T5TagsEngine, text: T5TextEngine) -> None:
    long = "the cat " * 1_250
    assert text.run([replace(TEXT, prompt=long)], ignore)[0].metadata["prompt_truncated"]
    assert not text.run([TEXT], ignore)[0].metadata["prompt_truncated"]
    row = tags._row(TagsRequest(long, "a calm sea"))
    assert row.truncated
    assert row.prompt.endswith("the cat. a calm sea")
    assert len(row.ids) <= 512


def test_results_say_how_they_were_made(folder: Path, tags: T5TagsEngine, text: T5TextEngine) -> None:
    [tagged], [written] = tags.run([TAGS], ignore), text.run([TEXT], ignore)
    assert tagged.metadata["revision"] == written.metadata["revision"] == content_revision(folder)
    assert (tagged.metadata["engine"], tagged.metadata["sound_description"]) == ("t5-tags", "a calm sea")
    assert (written.metadata["engine"], written.metadata["seed"]) == ("t5-text", 7)
    assert str(folder) not in json.dumps([tagged.metadata, written.metadata])


# ---- Restricted answers -----------------------------------------------------------------------------------------


def test_restricted_tags_are_words_of_the_input_or_concepts(restricted: T5TagsEngine) -> None:
    requests = [TagsRequest(f"a cat number{index} riding, a horse") for index in range(MAX_BATCH)]
    for index, result in enumerate(restricted.run(requests, ignore)):
        assert set(result.tags) <= {"a", "cat", f"number{index}", "riding", "horse", "sea"}
        assert result.metadata["restricted"]


def test_restriction_can_be_left_out(taught_folder: Path) -> None:
    [result] = _tags_engine(taught_folder, restricted=False).run([TAGS], ignore)
    assert not result.metadata["restricted"]


def test_tags_are_cut_at_the_number_wanted(restricted: T5TagsEngine) -> None:
    [every] = restricted.run([TAGS], ignore)
    [few] = restricted.run([replace(TAGS, max_tags=1)], ignore)
    assert few.tags == every.tags[:1]


_COMMA, _END = 90, 91
_words = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple), max_size=5, unique=True)


@given(words=_words, data=st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_chosen_under_restriction_is_a_list_of_words_each_once(
    words: list[tuple[int, ...]], data: st.DataObject
) -> None:
    chooser = OnlyTheseWords([words], comma=_COMMA, end=_END)
    written: list[int] = []
    while not written or written[-1] != _END:
        written.append(data.draw(st.sampled_from(sorted(chooser.next_pieces(0, written)))))
    spoken: list[list[int]] = [[]]
    for piece in written[:-1]:
        if piece == _COMMA:
            spoken.append([])
        else:
            spoken[-1].append(piece)
    if spoken != [[]]:
        assert all(tuple(word) in words for word in spoken)
        assert len(spoken) == len(set(map(tuple, spoken)))


def test_draws_follow_the_softmax() -> None:
    scores = torch.tensor([[2.0, 1.0, 0.0, -9.0]])
    drawn = torch.zeros(4)
    chooser = OwnDraws([1.0], [3])
    for _ in range(4_000):
        drawn[chooser(torch.zeros(1, 1, dtype=torch.long), scores)[0].argmax()] += 1
    wanted = torch.tensor([2.0, 1.0, 0.0]).softmax(0)
    assert drawn[3] == 0
    torch.testing.assert_close(drawn[:3] / drawn.sum(), wanted, atol=0.03, rtol=0)


# ---- Words ------------------------------------------------------------------------------------------------------


def test_an_instruction_of_the_settings_goes_before_the_checkpoint_s(folder: Path, taught_folder: Path) -> None:
    assert read_manners(taught_folder, "tags").told("x") == "tags: x"
    assert read_manners(taught_folder, "text").told("x") == "x"
    assert read_manners(taught_folder, "tags", "name {}!").told("x") == "name x!"
    assert "keywords" in read_manners(folder, "tags").instruction
    first = _text_engine(folder).run([TEXT], ignore)[0]
    told = _text_engine(folder, instruction="the sea: {}").run([TEXT], ignore)[0]
    assert told.prompt_tokens > first.prompt_tokens


def test_words_of_a_text_by_example() -> None:
    assert words_of('A "snow-capped" hill, the hill; don\'t! (x42)') == [
        "a",
        "snow-capped",
        "hill",
        "the",
        "don't",
        "x42",
    ]
    assert words_of("кот 🌊 …") == ["кот", "🌊"]


@pytest.mark.parametrize(
    ("answer", "tags"),
    [("Cat, rain,  cat, ", ("cat", "rain")), ("", ()), (" , ,", ()), ("Old town.\nSea", ("old town", "sea"))],
)
def test_tags_of_an_answer_by_example(answer: str, tags: tuple[str, ...]) -> None:
    assert split_tags(answer) == tags


@pytest.mark.parametrize(
    ("text", "prompt", "written"),
    [
        ("here is a cat. it purrs.", "A cat", "Here is a cat. It purrs."),
        ("we see paris at night.", "the city of Paris at night", "We see Paris at night."),
        ("a cat and nasa.", "a Cat and NASA, no cat", "A cat and NASA."),
        ("i think that i'm here.", "x", "I think that i'm here."),
        ("", "x", ""),
    ],
)
def test_capitals_by_example(text: str, prompt: str, written: str) -> None:
    assert with_capitals(text, prompt) == written
