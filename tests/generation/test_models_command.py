"""`manage.py models list | download | verify`."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from huggingface_hub import constants
from huggingface_hub.utils import close_session

from tests.support.hub import Hub, serve_hub

FILES = {"config.json": b"{}", "model.safetensors": b"weights" * 1000, "pytorch_model.bin": b"pickled"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[Hub]:
    """A profile of two capabilities with one model on a hub, and one model in a folder."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    settings.WEIGHTS_DIR = tmp_path / "models"
    shared = {"family": "t5", "source": "maker/words", "licence": "Apache-2.0", "download_bytes": 7_000}
    own = {"slug": "own", "family": "sam", "source": str(tmp_path / "own"), "licence": "mine"}
    settings.ENGINES = {
        "tags": {"BACKEND": "a.B", "QUEUE": "cpu", "CHECKPOINT": {**shared, "slug": "words-tags"}},
        "text": {"BACKEND": "a.B", "QUEUE": "cpu", "CHECKPOINT": {**shared, "slug": "words-text"}},
        "segments": {"BACKEND": "a.B", "QUEUE": "cpu", "CHECKPOINT": own},
    }
    with serve_hub() as served:
        settings.HF_ENDPOINT = served.url
        served.add("maker/words", FILES)
        yield served
    close_session()


def models(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    output, errors = StringIO(), StringIO()
    try:
        call_command("models", *arguments, stdout=output, stderr=errors)
    except SystemExit as ended:
        return int(str(ended.code)), output.getvalue(), errors.getvalue()
    return 0, output.getvalue(), errors.getvalue()


def test_list_before_a_download(hub: Hub) -> None:
    status, output, _ = models("list")

    heading, tags, *_ = output.splitlines()
    assert status == 0
    assert heading.split() == ["CAPABILITY", "MODEL", "STATE", "HERE", "TO", "FETCH", "LICENCE", "SOURCE"]
    assert tags.split() == [
        *("tags", "words-tags", "missing", "0", "bytes", "about", "7", "kB", "Apache-2.0", "maker/words")
    ]
    assert hub.requests == []


def test_list_for_programs(hub: Hub) -> None:
    models("download", "words-text")

    tags, text, own = json.loads(models("list", "--json")[1])

    assert (tags["slug"], tags["capability"], tags["state"], tags["bytes_to_fetch"]) == (
        "words-tags",
        "tags",
        "present",
        0,
    )
    assert tags["revision"] == hub.repositories["maker/words"].commit
    assert tags["folder"] == text["folder"]
    assert (own["state"], own["problem"]) == ("missing", "own is not on this machine.")


def test_download_fetches_a_shared_model_once(hub: Hub) -> None:
    status, output, errors = models("download")

    assert (status, errors) == (0, "")
    assert "words-tags: 7 kB to fetch of 7 kB. Licence: Apache-2.0." in output
    assert len([each for each in hub.fetched("model.safetensors") if "/lfs/" in each.path]) == 1
    assert models("list", "words-text")[1].split().count("present") == 1


def test_download_that_fails_goes_on_with_the_others_and_ends_with_1(hub: Hub, settings: Any) -> None:
    other = {"slug": "absent", "family": "clip", "source": "maker/absent"}
    settings.ENGINES = {"labels": {"BACKEND": "a.B", "QUEUE": "cpu", "CHECKPOINT": other}, **settings.ENGINES}

    status, output, errors = models("download")

    assert status == 1
    assert "absent was not downloaded" in errors
    assert "Traceback" not in errors
    assert "model.safetensors" in output


def test_download_of_a_profile_that_ships_its_models_says_so(hub: Hub, settings: Any) -> None:
    settings.ENGINES = {"segments": settings.ENGINES["segments"]}

    status, output, _ = models("download")

    assert status == 0
    assert "MODEL_PROFILE=full .venv/bin/python manage.py models download" in output


def test_interrupted_download_says_how_to_go_on(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generation.weights.download.http_get", interrupt)

    with pytest.raises(CommandError, match="The same command goes on where it stopped") as stopped:
        models("download", "words-tags")
    assert stopped.value.returncode == 130


def test_verify_of_whole_models_ends_with_0(hub: Hub) -> None:
    models("download")

    status, output, _ = models("verify", "words-tags", "words-text")

    assert status == 0
    assert [line.split(":")[0] for line in output.splitlines()] == ["ok    words-tags", "ok    words-text"]


def test_verify_names_the_damaged_file_and_the_remedy(hub: Hub, settings: Any) -> None:
    models("download")
    weights = settings.WEIGHTS_DIR / "maker" / "words" / "model.safetensors"
    weights.write_bytes(b"W" + weights.read_bytes()[1:])

    status, output, _ = models("verify")

    assert status == 1
    assert "DAMAGED  The file model.safetensors of words-tags is damaged" in output
    assert "Run `manage.py models download words-tags`." in output
    assert "MISSING  own is not on this machine. Put its files back into their folder." in output

    assert models("download")[0] == 0
    assert models("verify", "words-tags")[0] == 0


def test_unknown_model_is_refused(hub: Hub) -> None:
    with pytest.raises(CommandError, match="has no model 'word'; it has words-tags, words-text, own"):
        models("verify", "word")
