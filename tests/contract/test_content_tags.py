"""`POST /api/v1/contents/<cid>/tags`: tags of the tag engine, put on content that is there already."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Scope, User
from content.models import Content
from content.services import add_tags, delete
from content.tags import MOST_TAGS
from generation.claim import claim_batch
from generation.models import Job, JobKind, Status
from generation.services import cancel
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory, TagFactory
from tests.support.clients import KeyClient

PROMPT = "a cat riding a bicycle in the rain"


@pytest.fixture(autouse=True)
def _own_blocks(tmp_path: Any, settings: Any) -> None:
    settings.BLOCKS_DIR = tmp_path / "blocks"


def ask(client: Client, cid: str, **headers: str) -> Any:
    return client.post(f"/api/v1/contents/{cid}/tags", headers=headers)


def tags_of(client: Client, cid: str) -> list[str]:
    tags: list[str] = client.get(f"/api/v1/contents/{cid}").json()["tags"]
    return tags


@pytest.mark.usefixtures("worker")
class TestGiven:
    def test_tags_say_what_the_prompt_says_and_are_found(self, client: KeyClient, user: User) -> None:
        picture = ContentFactory(owner=user, picture=True, prompt=PROMPT)
        TagFactory(content=picture, name="mine")

        answer = ask(client, picture.cid, Prefer="wait=60")

        assert answer.status_code == 200, answer.text
        job = answer.json()
        assert (job["kind"], job["status"], job["params"]["content"]) == ("tags", "succeeded", picture.cid)
        assert {"cat", "bicycle", "rain"} <= set(job["result"]["tags"])
        assert tags_of(client, picture.cid) == sorted({*job["result"]["tags"], "mine"})
        found = client.get("/api/v1/contents", {"tag": "bicycle"}).json()["results"]
        assert [row["cid"] for row in found] == [picture.cid]

    def test_a_sound_and_a_text_without_a_prompt(self, client: KeyClient, user: User) -> None:
        sound = ContentFactory(owner=user, kind="audio", media_type="audio/wav", prompt="a calm seaside ambiance")
        text = ContentFactory(owner=user, data=b"A cat rides a bicycle in the rain.")

        assert "calm" in ask(client, sound.cid, Prefer="wait=60").json()["result"]["tags"]
        assert "cat" in ask(client, text.cid, Prefer="wait=60").json()["result"]["tags"]
        assert "calm" in tags_of(client, sound.cid)
        assert "cat" in tags_of(client, text.cid)

    def test_asked_again_after_its_end_it_is_another_job_and_the_same_tags(self, client: KeyClient, user: User) -> None:
        picture = ContentFactory(owner=user, picture=True, prompt=PROMPT)

        first, second = (ask(client, picture.cid, Prefer="wait=60").json() for _ in range(2))

        assert first["id"] != second["id"]
        assert tags_of(client, picture.cid) == sorted(first["result"]["tags"])


@pytest.mark.usefixtures("served")
class TestAsked:
    def test_it_is_accepted_at_once(self, client: KeyClient, user: User) -> None:
        picture = ContentFactory(owner=user, picture=True, prompt=PROMPT)

        answer = ask(client, picture.cid)

        job = Job.objects.get()
        assert (answer.status_code, answer["Location"]) == (202, f"/api/v1/jobs/{job.id}")
        assert (job.owner, job.kind, job.status) == (user, JobKind.TAGS, Status.QUEUED)
        assert job.params == {"image_prompt": PROMPT, "sound_description": "", "content": picture.cid}

    def test_repeated_clicks_are_one_job_until_it_has_ended(self, client: KeyClient, user: User) -> None:
        pictures = [ContentFactory(owner=user, picture=True, prompt=PROMPT) for _ in range(2)]

        answers = [ask(client, pictures[0].cid).json()["id"] for _ in range(3)]
        other = ask(client, pictures[1].cid).json()["id"]
        claim_batch(worker="worker-1", queues=["cpu", "gpu"], max_batch=1)
        running = ask(client, pictures[0].cid).json()["id"]
        cancel(job=Job.objects.get(id=running))
        afresh = ask(client, pictures[0].cid).json()["id"]

        assert len(set(answers)) == 1
        assert running == answers[0]
        assert len({running, other, afresh}) == 3

    def test_an_idempotency_key_names_one_job(self, client: KeyClient, user: User) -> None:
        picture = ContentFactory(owner=user, picture=True, prompt=PROMPT)

        first = ask(client, picture.cid, **{"Idempotency-Key": "k"}).json()["id"]
        cancel(job=Job.objects.get(id=first))

        assert ask(client, picture.cid, **{"Idempotency-Key": "k"}).json()["id"] == first

    def test_without_words_it_is_a_400(self, client: KeyClient, user: User) -> None:
        upload = ContentFactory(owner=user, picture=True)

        answer = ask(client, upload.cid)

        assert (answer.status_code, answer.json()["code"]) == (400, "nothing_to_tag")
        assert not Job.objects.exists()

    def test_others_are_answered_as_for_any_change(self, client: KeyClient) -> None:
        private, public = ContentFactory(prompt=PROMPT), ContentFactory(prompt=PROMPT, public=True)

        assert ask(client, private.cid).status_code == 404
        assert ask(client, "nonsense").content == ask(client, private.cid).content
        assert (ask(client, public.cid).status_code, ask(client, public.cid).json()["code"]) == (403, "foreign_content")
        assert not Job.objects.exists()

    def test_credentials_and_scopes(self, user: User) -> None:
        picture = ContentFactory(owner=user, picture=True, prompt=PROMPT)

        assert ask(Client(), picture.cid).status_code == 401
        assert ask(KeyClient(user, Scope.READ), picture.cid).status_code == 403
        assert ask(KeyClient(UserFactory()), picture.cid).status_code == 404


@pytest.mark.usefixtures("worker")
def test_content_that_is_gone_meanwhile_fails_the_job_alone(client: KeyClient, user: User) -> None:
    picture = ContentFactory(owner=user, picture=True, prompt=PROMPT)
    job = ask(client, picture.cid).json()
    # Before or after the engine has run: either way the job ends, and nothing is brought back.
    delete(content=Content.objects.get(pk=picture.pk))

    ended = client.get(f"/api/v1/jobs/{job['id']}").json()
    while ended["status"] not in ("succeeded", "failed"):
        ended = client.get(f"/api/v1/jobs/{job['id']}").json()

    assert ended["status"] == "succeeded" or ended["error"]["code"] == "not_found"
    assert not Content.objects.exists()


@pytest.mark.django_db
def test_tags_are_added_up_to_the_most_there_may_be(user: User) -> None:
    row = ContentFactory(owner=user)

    add_tags(owner=user, cid=row.cid, tags=[f"first {number}" for number in range(MOST_TAGS - 1)])
    add_tags(owner=user, cid=row.cid, tags=["first 0", "second", "third"])
    add_tags(owner=UserFactory(), cid=row.cid, tags=["foreign"])

    names = set(row.tags.values_list("name", flat=True))
    assert len(names) == MOST_TAGS
    assert "second" in names
    assert "third" not in names
