"""What the housekeeper makes of drafts, against a hub on loopback that speaks the real one's protocol."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest

from accounts.models import User
from accounts.selectors import use
from generation.models import Checkpoint, ModelState, PersonalModel, WeightsKind
from generation.personal import files, services
from generation.personal.fetching import fetch_drafts
from tests.factories.accounts import UserFactory
from tests.support.hub import Hub, serve_hub
from tests.support.loras import lora_bytes
from tests.support.tiny_pipeline import make_tiny_pipeline

pytestmark = pytest.mark.django_db

NAME = "pytorch_lora_weights.safetensors"


@pytest.fixture
def hub(settings: Any, monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoint) -> Iterator[Hub]:
    with serve_hub() as served:
        settings.HF_ENDPOINT = served.url
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        yield served


@pytest.fixture
def staff(db: None) -> User:
    return UserFactory(is_staff=True)


def add(owner: User, commit: str, **changes: Any) -> PersonalModel:
    asked = {"alias": "face", "kind": WeightsKind.LORA, "source": "ada/lora", "revision": commit, **changes}
    return services.add_source(owner=owner, **asked)


def fetched(model: PersonalModel) -> PersonalModel:
    fetch_drafts()
    model.refresh_from_db()
    return model


def test_lora_of_the_hub(hub: Hub, tiny_pipeline: Path, folder: Path) -> None:
    data = lora_bytes(tiny_pipeline)
    commit = hub.add("ada/lora", {NAME: data, "other.safetensors": b"x", "code.py": b"raise", "a.bin": b"pickled"})
    owner = UserFactory()
    model = add(owner, commit)
    assert model.state == ModelState.DRAFT

    assert fetch_drafts() == 1

    model.refresh_from_db()
    assert (model.state, model.size_bytes, model.revision) == (ModelState.READY, len(data), commit)
    assert files.lora_path(model.digest).read_bytes() == data
    assert not (folder / "drafts" / str(model.pk)).exists()
    assert use(user=owner)["stored_bytes"] == len(data)
    assert not hub.fetched("code.py")
    assert not hub.fetched("a.bin")
    assert fetch_drafts() == 0


def test_operators_token_opens_nothing_to_users(hub: Hub, settings: Any, staff: User, tiny_pipeline: Path) -> None:
    settings.HF_TOKEN = "hf_secret"
    commit = hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)}, token="hf_secret")

    of_a_user = fetched(add(UserFactory(), commit))

    assert (of_a_user.state, of_a_user.error_message) == (
        ModelState.FAILED,
        "The hub has no such repository, or shows it only to some. Check its name.",
    )
    assert {request.token for request in hub.requests} == {""}
    assert fetched(add(staff, commit)).state == ModelState.READY


@pytest.mark.parametrize(
    ("files_of_it", "sentence"),
    [
        ({"other.safetensors": b"x"}, "no such revision or file"),
        ({NAME: b"no such format"}, "The file is no safetensors file"),
        ({NAME.replace("safetensors", "bin"): b"pickled"}, "no such revision or file"),
    ],
)
def test_what_cannot_be_used(hub: Hub, files_of_it: dict[str, bytes], sentence: str) -> None:
    model = fetched(add(UserFactory(), hub.add("ada/lora", files_of_it)))

    assert model.state == ModelState.FAILED
    assert sentence in model.error_message
    assert hub.url not in model.error_message


def test_lora_beyond_the_limit_is_not_fetched(hub: Hub, settings: Any, tiny_pipeline: Path) -> None:
    settings.LORA_BYTES = 100

    model = fetched(add(UserFactory(), hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)})))

    assert "larger than 100 bytes" in model.error_message
    assert not hub.fetched(NAME)


def test_drafts_that_were_added_together_do_not_exceed_the_quota(hub: Hub, settings: Any, tiny_pipeline: Path) -> None:
    settings.QUOTA_STORED_BYTES = 1
    owner = UserFactory()
    commit = hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)})
    first, second = add(owner, commit), add(owner, commit, alias="other")

    assert fetched(first).state == ModelState.READY
    second.refresh_from_db()
    assert second.state == ModelState.FAILED
    assert "Your library holds" in second.error_message
    paths = [request.path for request in hub.fetched(NAME)]
    assert len(paths) == len(set(paths))


def test_unknown_revision(hub: Hub, tiny_pipeline: Path) -> None:
    hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)})

    assert fetched(add(UserFactory(), "0" * 40)).state == ModelState.FAILED


@pytest.mark.parametrize("fault", ["away", "failing", "corrupt"])
def test_hub_at_fault(hub: Hub, settings: Any, tiny_pipeline: Path, fault: str) -> None:
    commit = hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)})
    model = add(UserFactory(), commit)
    if fault == "away":
        settings.HF_ENDPOINT = "http://127.0.0.1:9"
    elif fault == "failing":
        hub.failing = 503
    else:
        hub.corrupt(NAME)

    fetched(model)

    assert model.state == ModelState.FAILED
    assert "add it again" in model.error_message


def test_a_download_that_was_cut_off_goes_on(hub: Hub, tiny_pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)})
    model = add(UserFactory(), commit)

    class Killed(BaseException):
        """As a signal ends the process: nothing after it runs."""

    def killed(*args: Any, **options: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("generation.personal.fetching.check_lora", killed)
        with pytest.raises(Killed):
            fetch_drafts()
    model.refresh_from_db()
    assert model.state == ModelState.DRAFT
    once = len(hub.fetched(NAME))

    assert fetched(model).state == ModelState.READY
    assert len(hub.fetched(NAME)) == once


def test_a_model_that_was_deleted_while_it_was_fetched_leaves_no_file(
    hub: Hub, tiny_pipeline: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = add(UserFactory(), hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)}))
    monkeypatch.setattr(
        "generation.personal.fetching.check_lora",
        lambda path, checkpoint: PersonalModel.objects.filter(pk=model.pk).delete(),
    )

    fetch_drafts()

    assert not PersonalModel.objects.exists()
    files.sweep(10**12)
    assert not list(folder.rglob("*.safetensors"))


def test_an_unexpected_failure_stands_in_nobodys_way(
    hub: Hub, tiny_pipeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.add("ada/lora", {NAME: lora_bytes(tiny_pipeline)})
    first, second = add(UserFactory(), commit), add(UserFactory(), commit)
    finish = services.finish

    def fail_for_the_first(*, model: PersonalModel, **options: Any) -> bool:
        if model.pk == first.pk:
            raise RuntimeError
        return finish(model=model, **options)

    monkeypatch.setattr(services, "finish", fail_for_the_first)
    fetch_drafts()

    states = [PersonalModel.objects.get(pk=model.pk).state for model in (first, second)]
    assert states == [ModelState.FAILED, ModelState.READY]


def test_pipeline_of_the_hub(hub: Hub, staff: User, tmp_path: Path, folder: Path, settings: Any) -> None:
    made = make_tiny_pipeline(tmp_path / "made", seed=5)
    (made / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"pickled")
    (made / "own_code.py").write_text("raise")
    commit = hub.add("Zhurah/sd15-dreambooth-photoai", made)

    model = fetched(
        add(staff, commit, alias="photo", kind=WeightsKind.PIPELINE, source="Zhurah/sd15-dreambooth-photoai")
    )

    assert (model.state, model.error_message) == (ModelState.READY, "")
    assert (model.native_size, model.revision) == (64, commit)
    here = files.pipeline_folder(model)
    assert here.is_relative_to(folder)
    assert not list(here.rglob("*.bin"))
    assert not list(here.rglob("*.py"))
    assert not Path(settings.WEIGHTS_DIR, "Zhurah").exists()


def test_pipeline_of_a_folder(checkpoint: Checkpoint, staff: User, settings: Any, tmp_path: Path) -> None:
    settings.WEIGHTS_DIR = tmp_path / "weights"
    make_tiny_pipeline(tmp_path / "weights" / "people" / "ada", seed=5)

    model = fetched(add(staff, "", alias="ada", kind=WeightsKind.PIPELINE, source="folder:people/ada"))

    assert (model.state, model.error_message) == (ModelState.READY, "")
    assert model.revision == model.digest != ""
    assert use(user=staff)["stored_bytes"] == 0
    services.delete(model=model)
    assert (tmp_path / "weights" / "people" / "ada").is_dir()


def test_pipeline_with_code_of_its_own(hub: Hub, staff: User, tiny_pipeline: Path, tmp_path: Path) -> None:
    made = shutil.copytree(tiny_pipeline, tmp_path / "made")
    index = made / "model_index.json"
    index.write_text(index.read_text().replace('"UNet2DConditionModel"', '"OwnModel"'))

    model = fetched(add(staff, hub.add("a/b", made), kind=WeightsKind.PIPELINE, source="a/b"))

    assert model.state == ModelState.FAILED
    assert "a class that is not known here" in model.error_message
