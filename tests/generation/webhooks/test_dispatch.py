"""Sending what is due: who sends it, how often, what becomes of it."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson
import pytest
from django.db import connections
from django.db.utils import OperationalError
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from accounts.models import User
from content.models import Visibility
from generation.models import WebhookDelivery
from generation.presentation import job_body
from generation.selectors import job_of
from generation.webhooks import dispatch, sending
from generation.webhooks.dispatch import CLAIM_TIME, SENDERS, Claimed, Dispatcher, claim_due, deliver, pause_after
from generation.webhooks.services import replay, rotate_secret
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory, JobOutputFactory, WebhookDeliveryFactory
from tests.support.housekeeping import running_housekeeper
from tests.support.processes import free_port, wait_until
from tests.support.receiver import Message, Receiver, status

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("loopback_allowed")]


@pytest.fixture
def owner() -> User:
    return UserFactory()


@pytest.fixture
def secret(owner: User) -> str:
    return rotate_secret(owner=owner)[1]


def due(owner: User, receiver: Receiver | str, **changes: Any) -> WebhookDelivery:
    url = receiver if isinstance(receiver, str) else receiver.url
    return WebhookDeliveryFactory(job=JobFactory(owner=owner, succeeded=True, webhook=url), url=url, **changes)


def send_due() -> None:
    """What a housekeeper does in one round."""
    for claimed in claim_due(limit=100):
        deliver(claimed)


def seconds_from_now(delivery: WebhookDelivery) -> float:
    assert delivery.next_try_at is not None
    return (delivery.next_try_at - timezone.now()).total_seconds()


def pass_time(delivery: WebhookDelivery) -> None:
    """Until the next try, or until others may take the message for lost."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now())


def checked(message: Message, secret: str) -> Any:
    """The body of a message whose signature the standard's own library has found right."""
    return Webhook(secret).verify(message.body, message.headers)


# ---- what is sent ---------------------------------------------------------------------------------------------------


def test_receiver_gets_the_job_as_the_api_shows_it(owner: User, secret: str, receiver: Receiver, settings: Any) -> None:
    settings.PUBLIC_URL = "https://atelier.example"
    delivery = due(owner, receiver)
    JobOutputFactory(job=delivery.job, content=ContentFactory(owner=owner, visibility=Visibility.PUBLIC, picture=True))

    send_due()

    (message,) = receiver.messages
    body = checked(message, secret)
    shown = job_body(job_of(owner=owner, job_id=delivery.job.id), lambda path: f"https://atelier.example{path}")
    assert body == orjson.loads(orjson.dumps(shown))
    assert body["urls"]["self"] == f"https://atelier.example/api/v1/jobs/{delivery.job.id}"
    assert body["outputs"][0]["url"].startswith("https://atelier.example/output/generated_image/")
    assert message.headers["webhook-id"] == str(delivery.id)
    assert message.headers["content-type"] == "application/json"
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.last_status) == ("delivered", 1, 204)
    assert (delivery.last_error, delivery.next_try_at, delivery.claim_token) == ("", None, None)
    assert delivery.delivered_at is not None


def test_delivered_message_is_not_sent_again(owner: User, secret: str, receiver: Receiver) -> None:
    due(owner, receiver)

    send_due()
    send_due()

    assert len(receiver.messages) == 1


def test_message_of_a_job_that_was_deleted_meanwhile_is_dropped(owner: User, secret: str, receiver: Receiver) -> None:
    delivery = due(owner, receiver)
    claims = claim_due(limit=1)
    delivery.job.delete()

    deliver(claims[0])

    assert receiver.messages == []


# ---- failures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [302, 400, 404, 429, 500, 503])
def test_refused_message_is_tried_again_with_growing_pauses(
    owner: User, secret: str, receiver: Receiver, code: int
) -> None:
    receiver.answer = status(code, Location="http://127.0.0.1/")
    delivery = due(owner, receiver)

    for attempt, pause in enumerate((5, 15, 45), start=1):
        send_due()
        delivery.refresh_from_db()
        assert (delivery.status, delivery.attempts, delivery.last_status) == ("pending", attempt, code)
        assert f"answered {code}" in delivery.last_error
        assert pause * 0.75 - 5 < seconds_from_now(delivery) <= pause * 1.25
        assert claim_due(limit=1) == []
        pass_time(delivery)
    receiver.answer = status(200)
    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.last_status) == ("delivered", 4, 200)
    assert {message.headers["webhook-id"] for message in receiver.messages} == {str(delivery.id)}
    for message in receiver.messages:
        checked(message, secret)


def test_receiver_that_is_down_is_tried_again(owner: User, secret: str) -> None:
    delivery = due(owner, f"http://127.0.0.1:{free_port()}/")

    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_status) == ("pending", None)
    assert delivery.last_error == "No connection could be made: Connection refused."


def test_address_that_is_not_allowed_is_never_called(
    owner: User, secret: str, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    delivery = due(owner, receiver)

    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, receiver.messages) == ("pending", [])
    assert "WEBHOOK_ALLOWED_NETWORKS" in delivery.last_error


def test_message_is_given_up_after_a_day(owner: User, secret: str, receiver: Receiver) -> None:
    receiver.answer = status(500)
    delivery = due(owner, receiver, attempts=12, give_up_at=timezone.now() + timedelta(hours=2))

    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.next_try_at) == ("given_up", 13, None)
    assert delivery.last_error == "The receiver answered 500."


def test_message_that_could_not_be_tried_for_a_day_is_tried_once(owner: User, secret: str, receiver: Receiver) -> None:
    delivery = due(owner, receiver, give_up_at=timezone.now() - timedelta(days=2))

    send_due()

    delivery.refresh_from_db()
    assert delivery.status == "delivered"


def test_receiver_that_is_gone_is_asked_no_more(owner: User, secret: str, receiver: Receiver) -> None:
    receiver.answer = status(410)
    delivery = due(owner, receiver)

    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("given_up", 1)


def test_secret_that_cannot_be_read_is_said(owner: User, secret: str, receiver: Receiver, settings: Any) -> None:
    settings.SECRET_KEY = "another-" + "x" * 50
    delivery = due(owner, receiver)

    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, receiver.messages) == ("pending", [])
    assert delivery.last_error.startswith("SECRET_KEY changed.")


def test_owner_without_a_secret_sends_nothing(owner: User, receiver: Receiver) -> None:
    delivery = due(owner, receiver)

    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, receiver.messages) == ("pending", [])
    assert "POST /api/v1/me/webhook-secret" in delivery.last_error


def test_failure_that_nobody_expected_is_tried_again_later(
    owner: User, secret: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> int:
        raise RuntimeError("/srv/secret")

    monkeypatch.setattr(dispatch, "post", broken)
    delivery = due(owner, receiver)

    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("pending", 1)
    assert "secret" not in delivery.last_error
    assert seconds_from_now(delivery) > 1
    assert "could not be sent" in caplog.text


def test_pauses_fill_a_day_and_are_never_the_same() -> None:
    total, tries = timedelta(), 0
    while total < timedelta(days=1):
        tries += 1
        total += pause_after(tries)

    assert 11 <= tries <= 16
    assert pause_after(1) < timedelta(seconds=7)
    assert max(pause_after(number) for number in range(1, 200)) <= timedelta(hours=5)
    assert len({pause_after(5) for _ in range(20)}) > 10


# ---- claims ---------------------------------------------------------------------------------------------------------


def test_claimed_message_is_nobody_elses(owner: User, receiver: Receiver) -> None:
    delivery = due(owner, receiver)

    (claimed,) = claim_due(limit=5)

    assert claim_due(limit=5) == []
    delivery.refresh_from_db()
    assert (delivery.claim_token, delivery.attempts) == (claimed.token, 1)
    assert 0 < seconds_from_now(delivery) <= CLAIM_TIME.total_seconds()


def test_message_whose_sender_was_killed_after_it_sent_is_sent_again(
    owner: User, secret: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*args: Any, **kwargs: Any) -> None:
        raise Killed

    delivery = due(owner, receiver)
    (claimed,) = claim_due(limit=1)
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "_record", die)
        with pytest.raises(Killed):
            deliver(claimed)
    assert claim_due(limit=1) == []

    pass_time(delivery)
    send_due()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("delivered", 2)
    assert [message.headers["webhook-id"] for message in receiver.messages] == [str(delivery.id)] * 2


def test_sender_that_was_taken_for_lost_writes_nothing(owner: User, secret: str, receiver: Receiver) -> None:
    delivery = due(owner, receiver)
    (slow,) = claim_due(limit=1)
    pass_time(delivery)
    (quick,) = claim_due(limit=1)

    receiver.answer = status(500)
    deliver(slow)
    delivery.refresh_from_db()
    assert (delivery.claim_token, delivery.last_status) == (quick.token, None)
    receiver.answer = status(200)
    deliver(quick)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_status) == ("delivered", 200)


def test_message_that_was_replayed_while_it_was_lost_is_the_replays(
    owner: User, secret: str, receiver: Receiver
) -> None:
    delivery = due(owner, receiver)
    (lost,) = claim_due(limit=1)
    pass_time(delivery)
    replay(delivery=delivery)

    deliver(lost)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("pending", 0)


def test_database_that_is_away_when_the_answer_came_loses_nothing(
    owner: User, secret: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("gone away")

    delivery = due(owner, receiver)
    (claimed,) = claim_due(limit=1)
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "_record", away)
        dispatch._deliver_in_thread(claimed)
    pass_time(delivery)
    send_due()

    delivery.refresh_from_db()
    assert delivery.status == "delivered"


def test_few_of_one_owner_are_under_way_at_once(owner: User, receiver: Receiver) -> None:
    for _ in range(10):
        due(owner, receiver)
    other = due(UserFactory(), receiver)

    first = claim_due(limit=SENDERS)
    second = claim_due(limit=SENDERS)

    ids = [claimed.delivery_id for claimed in first]
    assert (len(ids), other.id in ids) == (5, True)
    assert second == []


def test_owner_with_more_than_a_look_shows_holds_nobody_up(
    owner: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_CANDIDATES", 6)
    for _ in range(8):
        due(owner, receiver)
    other = due(UserFactory(), receiver)

    claims: list[Claimed] = [*claim_due(limit=SENDERS), *claim_due(limit=SENDERS)]

    assert other.id in [claimed.delivery_id for claimed in claims]


def test_longest_due_goes_first(receiver: Receiver) -> None:
    now = timezone.now()
    ages = [3, 9, 1]
    rows = {age: due(UserFactory(), receiver, next_try_at=now - timedelta(seconds=age)) for age in ages}

    claims = claim_due(limit=2)

    assert [claimed.delivery_id for claimed in claims] == [rows[9].id, rows[3].id]


def test_claims_of_eight_at_once_are_of_different_messages(receiver: Receiver) -> None:
    rows = [due(UserFactory(), receiver) for _ in range(24)]

    def claim_all(_: int) -> list[Claimed]:
        try:
            mine: list[Claimed] = []
            while claimed := claim_due(limit=2):
                mine += claimed
            return mine
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        claimed = [each.delivery_id for mine in pool.map(claim_all, range(8)) for each in mine]

    assert sorted(claimed) == sorted(row.id for row in rows)


# ---- the dispatcher -------------------------------------------------------------------------------------------------


@contextmanager
def running_dispatchers(number: int) -> Iterator[None]:
    stopping = threading.Event()
    threads = [threading.Thread(target=Dispatcher().run, args=(stopping,)) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def all_delivered() -> bool:
    return not WebhookDelivery.objects.exclude(status="delivered").exists()


def test_two_dispatchers_send_each_message_once(receiver: Receiver) -> None:
    owners = [UserFactory() for _ in range(3)]
    for each in owners:
        rotate_secret(owner=each)
    rows = [due(owners[number % 3], receiver) for number in range(30)]

    with running_dispatchers(2):
        wait_until(all_delivered, seconds=60, what="the delivery of all")

    sent = Counter(message.headers["webhook-id"] for message in receiver.messages)
    assert sent == {str(row.id): 1 for row in rows}


def test_slow_receivers_of_one_owner_delay_nobody_else(
    owner: User, secret: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # None of their tries ends before the other's message is there.
    monkeypatch.setattr(sending, "TRY_SECONDS", 40)
    other = UserFactory()
    rotate_secret(owner=other)
    with Receiver() as slow:
        slow.answer = slow.hang
        held = [due(owner, slow) for _ in range(20)]
        with running_dispatchers(1):
            wait_until(lambda: len(slow.messages) == 4, seconds=30, what="four tries")
            quick = due(other, receiver)
            wait_until(lambda: receiver.messages, seconds=35, what="the other's message")
            slow.closing.set()

    quick.refresh_from_db()
    assert quick.status == "delivered"
    assert WebhookDelivery.objects.filter(pk__in=[row.pk for row in held], status="pending").count() >= 12


# ---- real housekeepers ----------------------------------------------------------------------------------------------


@pytest.mark.processes
def test_housekeeper_that_is_killed_between_sending_and_writing_sends_again(
    owner: User, secret: str, receiver: Receiver
) -> None:
    delivery = due(owner, receiver)
    with running_housekeeper() as first:

        def kill_the_sender(handler: BaseHTTPRequestHandler) -> None:
            first.kill()
            first.wait()

        receiver.answer = kill_the_sender
        wait_until(lambda: receiver.messages, seconds=90, what="the first try")
        first.wait(timeout=60)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("pending", 1)
    assert delivery.claim_token is not None
    pass_time(delivery)
    receiver.answer = status(200)
    with running_housekeeper() as second:
        wait_until(all_delivered, seconds=90, what="the delivery")
        second.terminate()
        assert second.wait(timeout=60) == 0

    assert [message.headers["webhook-id"] for message in receiver.messages] == [str(delivery.id)] * 2
    for message in receiver.messages:
        checked(message, secret)
