"""Having models loaded and unloaded: who is asked, what each answers, and what a worker makes of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common.errors import AtelierError, ServiceUnavailable
from generation import orders
from generation.engines.errors import EngineLoadError, OutOfMemory
from generation.errors import NoWorker
from generation.loading import NothingToLoad, ask, follow
from generation.models import Checkpoint, PersonalModel
from generation.orders import Order, State, Wish
from generation.personal import services
from generation.workshop import Workshop
from tests.factories.accounts import UserFactory
from tests.factories.generation import PersonalModelFactory
from tests.support.jobs import announce_worker
from tests.support.loras import lora_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkpoint(tiny_pipeline: Path) -> Checkpoint:
    """The default image checkpoint, with weights that load within a second."""
    Checkpoint.objects.filter(default_for="image").update(source=str(tiny_pipeline), revision="", native_size=64)
    return Checkpoint.objects.get(default_for="image")


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.drop_all()


def order(wish: Wish, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> Order:
    return Order("w1", wish, str(personal or checkpoint), checkpoint.pk, str(personal.pk) if personal else "")


def follow_both(workshop: Workshop, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> list[str]:
    return [follow(order(wish, checkpoint, personal), workshop)[1] for wish in (Wish.LOAD, Wish.UNLOAD, Wish.UNLOAD)]


class TestAsking:
    def test_those_who_serve_its_queue_are_told(self, checkpoint: Checkpoint) -> None:
        for name, queue in (("w1", "cpu"), ("w2", "cpu"), ("w3", "gpu")):
            announce_worker([queue], name)

        said = ask(wish=Wish.LOAD, checkpoint=checkpoint)
        again = ask(wish=Wish.LOAD, checkpoint=checkpoint)

        assert said == "w1, w2 will load it, between two jobs."
        assert again == "w1, w2 had been told to load it already."
        assert sorted(order.worker for order in orders.recent()) == ["w1", "w2"]

    def test_nobody_is_there(self, checkpoint: Checkpoint) -> None:
        announce_worker(["gpu"])

        with pytest.raises(NoWorker, match="queue cpu"):
            ask(wish=Wish.LOAD, checkpoint=checkpoint)

    def test_redis_is_away(self, checkpoint: Checkpoint, redis_away: Callable[[], None]) -> None:
        redis_away()

        with pytest.raises(ServiceUnavailable, match="Redis is away"):
            ask(wish=Wish.UNLOAD, checkpoint=checkpoint)

    def test_providers_hold_nothing(self, checkpoint: Checkpoint, settings: Any) -> None:
        settings.ENGINES = {"image": {**settings.ENGINES["image"], "QUEUE": "remote"}}

        with pytest.raises(NothingToLoad, match="provider"):
            ask(wish=Wish.LOAD, checkpoint=checkpoint)

    def test_engine_that_is_gone(self, checkpoint: Checkpoint, settings: Any) -> None:
        settings.ENGINES = {}

        with pytest.raises(EngineLoadError, match="No engine"):
            ask(wish=Wish.LOAD, checkpoint=checkpoint)

    def test_model_that_is_not_ready(self, checkpoint: Checkpoint) -> None:
        announce_worker()
        draft = PersonalModelFactory(state="draft", digest="")

        with pytest.raises(NothingToLoad, match="not ready"):
            ask(wish=Wish.LOAD, checkpoint=checkpoint, personal=draft)


class TestFollowing:
    def test_checkpoint(self, workshop: Workshop, checkpoint: Checkpoint) -> None:
        assert follow(order(Wish.LOAD, checkpoint), workshop) == (State.DONE, "loaded")
        assert workshop.loaded() == [checkpoint.slug]

        assert follow_both(workshop, checkpoint) == ["loaded", "unloaded", "it was not loaded"]
        assert workshop.loaded() == []

    def test_lora_comes_with_its_checkpoint_and_goes_alone(
        self, workshop: Workshop, checkpoint: Checkpoint, tiny_pipeline: Path
    ) -> None:
        personal = services.add_upload(owner=UserFactory(), alias="face", pieces=[lora_bytes(tiny_pipeline)])

        assert follow_both(workshop, checkpoint, personal) == ["loaded", "unloaded", "it was not loaded"]
        assert workshop.loaded() == [checkpoint.slug]

    def test_what_cannot_be_loaded_is_told_with_the_remedy(
        self, workshop: Workshop, checkpoint: Checkpoint, tmp_path: Path
    ) -> None:
        checkpoint.source = str(tmp_path / "nothing")
        checkpoint.save()

        state, said = follow(order(Wish.LOAD, checkpoint), workshop)

        assert state == State.FAILED
        assert said.startswith(f"The weights of {checkpoint.slug} are missing on this machine.")
        assert workshop.loaded() == []

    def test_model_that_was_deleted(self, workshop: Workshop, checkpoint: Checkpoint) -> None:
        gone = PersonalModelFactory()
        asked = order(Wish.LOAD, checkpoint, gone)
        gone.delete()

        assert follow(asked, workshop) == (State.FAILED, "The model was deleted meanwhile.")

    @pytest.mark.parametrize(
        ("error", "said"),
        [(OutOfMemory(), "too little memory"), (AtelierError("A sentence."), "A sentence."), (OSError(5), "The log")],
    )
    def test_no_failure_ends_the_worker(self, checkpoint: Checkpoint, error: Exception, said: str) -> None:
        class Full:
            def load(self, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> None:
                raise error

            def drop(self, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> int:
                raise error

        state, detail = follow(order(Wish.LOAD, checkpoint), Full())

        assert state == State.FAILED
        assert said in detail
