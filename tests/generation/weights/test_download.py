"""Downloads against a hub on loopback: what is fetched, what is resumed, what is refused and in which words."""

import fcntl
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import constants

from generation.engines.manifests import read_manifest
from generation.weights.catalogue import Model
from generation.weights.download import download
from generation.weights.errors import AccessRefused, DownloadError, HubUnreachable, TooLittleSpace, WrongChecksum
from generation.weights.inspection import State, inspect
from tests.support.hub import Hub

WANTED = {"config.json", "model.safetensors", "spiece.model"}


def fetch(model: Model) -> list[str]:
    """Download and return what was said."""
    said: list[str] = []
    download(model, say=said.append)
    return said


def in_folder(model: Model) -> set[str]:
    return {path.relative_to(model.folder).as_posix() for path in model.folder.rglob("*") if path.is_file()}


def partial_of(model: Model, name: str) -> Path:
    [partial] = model.folder.glob(f"{name}.*.partial")
    return partial


# ---- What is fetched ------------------------------------------------------------------------------------------------


def test_download_fetches_what_is_needed_and_nothing_that_can_run_code(
    hub: Hub, tiny: Model, files: dict[str, bytes]
) -> None:
    fetch(tiny)

    assert in_folder(tiny) == WANTED | {"manifest.json"}
    assert {name: (tiny.folder / name).read_bytes() for name in WANTED} == {name: files[name] for name in WANTED}
    assert not hub.fetched("pytorch_model.bin")
    assert inspect(tiny, read=True).state is State.PRESENT


def test_download_takes_the_files_that_the_profile_names(hub: Hub, describe: Callable[..., Model]) -> None:
    parts = {"model_index.json": b"{}", "unet/config.json": b"{}", "unet/weights.safetensors": b"1"}
    spare = {"unet/weights.fp16.safetensors": b"2", "unet/weights.bin": b"3", "v1.safetensors": b"4"}
    hub.add("maker/tiny", parts | spare)

    model = describe(files=("model_index.json", "unet/config.json", "unet/weights.safetensors", "unet/weights.bin"))
    fetch(model)

    assert in_folder(model) == {*parts, "manifest.json"}


def test_download_of_an_unpinned_model_records_the_commit(
    hub: Hub, files: dict[str, bytes], describe: Callable[..., Model]
) -> None:
    commit = hub.add("maker/tiny", files)
    model = describe()

    fetch(model)

    manifest = read_manifest(model.folder)
    assert manifest is not None
    assert (manifest.source, manifest.revision) == ("maker/tiny", commit)
    assert manifest.files["config.json"].sha256 == sha256(files["config.json"]).hexdigest()
    assert inspect(model).revision == commit


def test_download_says_the_licence_and_the_size_before_it_starts(tiny: Model) -> None:
    first, *rest = fetch(tiny)

    assert first == "tiny: 1.0 MB to fetch of 1.0 MB. Licence: MIT."
    assert len(rest) == len(WANTED)


def test_second_download_asks_nobody(hub: Hub, tiny: Model) -> None:
    fetch(tiny)
    hub.requests.clear()

    assert fetch(tiny) == ["tiny is here already, every checksum is right."]
    assert hub.requests == []


def test_download_replaces_only_the_damaged_file(hub: Hub, tiny: Model, files: dict[str, bytes]) -> None:
    fetch(tiny)
    (tiny.folder / "config.json").write_bytes(b'{"layers": 3}')
    hub.requests.clear()

    fetch(tiny)

    assert (tiny.folder / "config.json").read_bytes() == files["config.json"]
    assert not hub.fetched("model.safetensors")


def test_new_revision_leaves_nothing_of_the_old_one(
    hub: Hub, files: dict[str, bytes], describe: Callable[..., Model]
) -> None:
    fetch(describe(revision=hub.add("maker/tiny", files)))
    del files["spiece.model"]
    newer = describe(revision=hub.add("maker/tiny", files | {"tokenizer.json": b"{}"}))

    assert inspect(newer).state is State.MISSING
    fetch(newer)

    assert in_folder(newer) == {"config.json", "model.safetensors", "tokenizer.json", "manifest.json"}


def test_repository_without_safetensors_is_refused(hub: Hub, describe: Callable[..., Model]) -> None:
    hub.add("maker/tiny", {"config.json": b"{}", "pytorch_model.bin": b"pickled"})

    with pytest.raises(DownloadError, match="has no safetensors, and other formats can run code"):
        fetch(describe())


@pytest.mark.parametrize("name", ["../escaped.json", "/absolute.json", "a/../../escaped.json"])
def test_names_that_leave_the_folder_are_not_fetched(
    hub: Hub, files: dict[str, bytes], describe: Callable[..., Model], tmp_path: Path, name: str
) -> None:
    hub.add("maker/tiny", files | {name: b"{}"})
    model = describe(files=("*",))

    fetch(model)

    assert not {"escaped.json", "absolute.json"} & {path.name for path in tmp_path.rglob("*")}


# ---- One file from elsewhere ----------------------------------------------------------------------------------------


def test_download_of_one_file_checks_the_pinned_checksum(hub: Hub, describe: Callable[..., Model]) -> None:
    content = b"official weights" * 1000
    address = hub.add_web_file("sam_vit_x.pth", content)
    model = describe(source=address, revision=sha256(content).hexdigest())

    fetch(model)

    assert model.folder.name == "sam_vit_x"
    assert in_folder(model) == {"sam_vit_x.pth", "manifest.json"}
    assert inspect(model, read=True).revision == model.revision


def test_one_file_with_another_checksum_is_thrown_away(hub: Hub, describe: Callable[..., Model]) -> None:
    address = hub.add_web_file("sam_vit_x.pth", b"something else")
    model = describe(source=address, revision=sha256(b"official weights").hexdigest())

    with pytest.raises(WrongChecksum, match=r"sam_vit_x\.pth of tiny arrived with another checksum"):
        fetch(model)

    assert in_folder(model) == set()


def test_other_servers_see_no_token(hub: Hub, describe: Callable[..., Model], settings: Any) -> None:
    settings.HF_TOKEN = "hf_secret"
    address = hub.add_web_file("sam_vit_x.pth", b"weights")

    fetch(describe(source=address, revision=sha256(b"weights").hexdigest()))

    assert {request.token for request in hub.requests} == {""}


# ---- Interruptions --------------------------------------------------------------------------------------------------


def test_connection_that_breaks_is_taken_up_where_it_broke(
    hub: Hub, tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 65_536)
    hub.cut("model.safetensors", after=300_000)

    fetch(tiny)

    first, second = [request.start for request in hub.fetched("model.safetensors") if "/lfs/" in request.path]
    assert first is None
    assert second is not None
    assert 0 < second <= 300_000
    assert inspect(tiny, read=True).state is State.PRESENT


def test_next_download_goes_on_after_one_that_was_killed(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(url: str, target: Any, **options: Any) -> None:
        target.write(b"{")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("generation.weights.download.http_get", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(tiny)
    assert partial_of(tiny, "config.json").read_bytes() == b"{"
    assert inspect(tiny).problem == "The download of tiny is not complete."

    fetch(tiny)

    assert inspect(tiny, read=True).state is State.PRESENT
    assert in_folder(tiny) == WANTED | {"manifest.json"}


def test_resumed_file_is_asked_for_from_its_first_missing_byte(hub: Hub, tiny: Model, files: dict[str, bytes]) -> None:
    weights = files["model.safetensors"]
    tiny.folder.mkdir(parents=True)
    digest = sha256(weights).hexdigest()
    (tiny.folder / f"model.safetensors.{digest[:12]}.partial").write_bytes(weights[:400_000])

    first, *_ = fetch(tiny)

    assert first.startswith("tiny: 649 kB to fetch of 1.0 MB")
    assert {request.start for request in hub.fetched("model.safetensors")} == {400_000}
    assert (tiny.folder / "model.safetensors").read_bytes() == weights


def test_partial_file_that_is_wrong_is_thrown_away_and_fetched_anew(
    hub: Hub, tiny: Model, files: dict[str, bytes]
) -> None:
    digest = sha256(files["model.safetensors"]).hexdigest()
    tiny.folder.mkdir(parents=True)
    (tiny.folder / f"model.safetensors.{digest[:12]}.partial").write_bytes(b"x" * 1000)

    with pytest.raises(WrongChecksum):
        fetch(tiny)
    fetch(tiny)

    assert inspect(tiny, read=True).state is State.PRESENT


def test_second_download_of_the_same_file_is_refused(hub: Hub, tiny: Model, files: dict[str, bytes]) -> None:
    digest = sha256(files["model.safetensors"]).hexdigest()
    tiny.folder.mkdir(parents=True)
    with (tiny.folder / f"model.safetensors.{digest[:12]}.partial").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        with pytest.raises(DownloadError, match="being downloaded by another process"):
            fetch(tiny)


# ---- Refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_wrong_bytes_are_thrown_away_and_the_next_try_succeeds(hub: Hub, tiny: Model, name: str) -> None:
    hub.corrupt(name)
    with pytest.raises(WrongChecksum, match=rf"{name} of tiny arrived with another checksum .* models download tiny"):
        fetch(tiny)
    assert inspect(tiny).state is State.MISSING

    hub.corrupted.clear()
    fetch(tiny)

    assert inspect(tiny, read=True).state is State.PRESENT


def test_full_disk_is_noticed_before_anything_is_fetched(
    hub: Hub, tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs
    free_blocks = 100

    def nearly_full(path: Any) -> Any:
        found = real(path)
        return SimpleNamespace(
            f_bavail=free_blocks, f_frsize=found.f_frsize, f_blocks=found.f_blocks, f_bfree=free_blocks
        )

    monkeypatch.setattr(os, "statvfs", nearly_full)

    with pytest.raises(TooLittleSpace, match=r"tiny needs 1.0 MB more in .* set ATELIER_DATA_DIR to a larger disk"):
        fetch(tiny)

    assert not hub.fetched("model.safetensors")


def test_disk_that_fills_up_while_a_file_arrives_says_so(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(url: str, target: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("generation.weights.download.http_get", full)

    with pytest.raises(TooLittleSpace, match=r"filled up .* it goes on where it stopped"):
        fetch(tiny)


def test_offline_switch_is_named(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    with pytest.raises(HubUnreachable, match=r"HF_HUB_OFFLINE is set. Unset it, or copy .*maker/tiny from"):
        fetch(tiny)


def test_hub_that_does_not_answer_is_named(tiny: Model, settings: Any) -> None:
    settings.HF_ENDPOINT = "http://127.0.0.1:9"

    with pytest.raises(HubUnreachable, match=r"127.0.0.1:9 does not answer .* set HF_ENDPOINT to a mirror"):
        fetch(tiny)


def test_hub_in_trouble_is_retried_later(hub: Hub, tiny: Model) -> None:
    hub.failing = 503

    with pytest.raises(HubUnreachable, match=r"answered 503\. Try again later"):
        fetch(tiny)


def test_private_repository_wants_a_token(
    hub: Hub, files: dict[str, bytes], describe: Callable[..., Model], settings: Any
) -> None:
    hub.add("maker/tiny", files, token="hf_right")
    model = describe()

    with pytest.raises(AccessRefused, match="Set HF_TOKEN to a token that may read it"):
        fetch(model)
    settings.HF_TOKEN = "hf_wrong"
    with pytest.raises(AccessRefused, match=r"refuses HF_TOKEN\. Set it to a valid token"):
        fetch(model)
    settings.HF_TOKEN = "hf_right"
    fetch(model)

    assert inspect(model, read=True).state is State.PRESENT
    # The storage that the hub redirects to is another host.
    assert {request.token for request in hub.requests if request.path.startswith("/lfs/")} == {""}


def test_gated_repository_says_to_accept_its_terms(
    hub: Hub, files: dict[str, bytes], describe: Callable[..., Model]
) -> None:
    hub.add("maker/tiny", files, gated=True)

    with pytest.raises(AccessRefused, match="only to those who accepted its terms"):
        fetch(describe())


def test_unknown_repository_and_revision_are_named(
    hub: Hub, files: dict[str, bytes], describe: Callable[..., Model]
) -> None:
    with pytest.raises(AccessRefused, match="has no maker/tiny, or shows it only to some"):
        fetch(describe())
    hub.add("maker/tiny", files)
    with pytest.raises(DownloadError, match=f"no revision {'0' * 40} of maker/tiny"):
        fetch(describe(revision="0" * 40))


def test_folder_that_cannot_be_written_is_named(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(DownloadError, match=r"cannot be written \(Permission denied\). Correct its owner"):
        fetch(tiny)


def test_model_of_this_repository_is_no_download(describe: Callable[..., Model], settings: Any) -> None:
    model = describe(source=str(settings.MODELS_DIR / "demo" / "stable-diffusion"))

    with pytest.raises(DownloadError, match=r"`git checkout -- models/demo/stable-diffusion`"):
        fetch(model)
