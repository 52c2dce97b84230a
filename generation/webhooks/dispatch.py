"""Sending what is due: claimed in the database, at least once, with growing pauses for a day.

A claim is the pair (id, `claim_token`), and ends by itself at `next_try_at`: a message whose sender was killed is sent
again by whoever comes then.
"""

import logging
import random
import threading
import uuid
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import orjson
from django.db import connections
from django.db.models import Count, F
from django.utils import timezone

from common.database import transactional
from common.encryption import WrongKey
from common.errors import AtelierError
from content.signing import absolute_url
from generation.models import DeliveryStatus, WebhookDelivery
from generation.presentation import job_body
from generation.selectors import job_of
from generation.webhooks.sending import post
from generation.webhooks.services import signing_secrets
from generation.webhooks.signing import signed_headers

logger = logging.getLogger(__name__)

# Well beyond what a try can take (a look-up of the name that hangs, and TRY_SECONDS).
CLAIM_TIME = timedelta(seconds=60)
# Messages sent at once by this process, and of one owner by all of them: slow receivers of one delay nobody else.
SENDERS = 8
_OF_ONE_OWNER = 4
_CANDIDATES = 200
_POLL_SECONDS = 1.0
# 5 s, 15 s, 45 s, … 3 h, then every 4 h: 13 tries in a day.
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=4)
_GROWTH = 3.0
_USER_AGENT = "Atelier (webhooks)"


@dataclass(frozen=True)
class Claimed:
    """A message that this process alone sends now."""

    delivery_id: uuid.UUID
    token: uuid.UUID


@dataclass(frozen=True)
class Outcome:
    """What a try brought: the HTTP status of the answer, or a sentence why there was none."""

    status: int | None = None
    error: str = ""

    @property
    def delivered(self) -> bool:
        return self.status is not None and HTTPStatus(200) <= self.status < HTTPStatus.MULTIPLE_CHOICES


def claim_due(*, limit: int) -> list[Claimed]:
    """Take up to `limit` messages whose time has come, the longest due first, few of one owner at once."""
    now = timezone.now()
    pending = WebhookDelivery.objects.filter(status=DeliveryStatus.PENDING)
    under_way = pending.filter(claim_token__isnull=False, next_try_at__gt=now).order_by()
    busy = Counter(dict(under_way.values_list("job__owner_id").annotate(number=Count("id"))))
    full = [owner for owner, number in busy.items() if number >= _OF_ONE_OWNER]
    due = pending.filter(next_try_at__lte=now).exclude(job__owner_id__in=full).order_by("next_try_at")
    claims: list[Claimed] = []
    for delivery_id, owner_id in due.values_list("id", "job__owner_id")[:_CANDIDATES]:
        if len(claims) == limit:
            break
        if busy[owner_id] >= _OF_ONE_OWNER:
            continue
        claimed = Claimed(delivery_id, uuid.uuid4())
        if _take(claimed, now):
            busy[owner_id] += 1
            claims.append(claimed)
    return claims


@transactional
def _take(claimed: Claimed, now: datetime) -> bool:
    due = WebhookDelivery.objects.filter(id=claimed.delivery_id, status=DeliveryStatus.PENDING, next_try_at__lte=now)
    return bool(due.update(claim_token=claimed.token, next_try_at=now + CLAIM_TIME, attempts=F("attempts") + 1))


def deliver(claimed: Claimed) -> None:
    """Make one try of a claimed message and write down what it brought."""
    delivery = WebhookDelivery.objects.select_related("job__owner").filter(id=claimed.delivery_id).first()
    if delivery is None:  # Deleted with its job.
        return
    try:
        outcome = _send(delivery)
    except Exception:  # Whatever it is, it must not be tried without pauses.
        logger.exception("Webhook %s could not be sent", delivery.id)
        outcome = Outcome(error="Atelier could not send this. Its log says why.")
    _record(claimed, delivery, outcome)


def _send(delivery: WebhookDelivery) -> Outcome:
    owner = delivery.job.owner
    try:
        secrets = signing_secrets(owner=owner)
        job = job_of(owner=owner, job_id=delivery.job_id)
        body = orjson.dumps(job_body(job, lambda path: absolute_url(path, None)))
        signature = signed_headers(
            message_id=str(delivery.id), timestamp=int(timezone.now().timestamp()), body=body, secrets=secrets
        )
        headers = {"content-type": "application/json", "user-agent": _USER_AGENT, **signature}
        status = post(delivery.url, body=body, headers=headers)
    except WrongKey:
        return Outcome(error="SECRET_KEY changed. Make a new secret with POST /api/v1/me/webhook-secret.")
    except AtelierError as error:
        return Outcome(error=error.message)
    return Outcome(status, _sentence(status))


def _sentence(status: int) -> str:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return ""
    if status < HTTPStatus.BAD_REQUEST:
        return f"The receiver answered {status}; redirects are not followed."
    return f"The receiver answered {status}."


@transactional
def _record(claimed: Claimed, delivery: WebhookDelivery, outcome: Outcome) -> None:
    now = timezone.now()
    fields: dict[str, object] = {"last_status": outcome.status, "last_error": outcome.error[:300], "claim_token": None}
    next_try = now + pause_after(delivery.attempts)
    if outcome.delivered:
        fields |= {"status": DeliveryStatus.DELIVERED, "delivered_at": now, "next_try_at": None}
    # 410 is how a receiver says that it wants no more of this.
    elif outcome.status == HTTPStatus.GONE or next_try > delivery.give_up_at:
        fields |= {"status": DeliveryStatus.GIVEN_UP, "next_try_at": None}
        logger.warning("Webhook %s is given up after %d tries", delivery.id, delivery.attempts)
    else:
        fields |= {"next_try_at": next_try}
    # The token is the fence: a message that was replayed or sent by another meanwhile is theirs.
    WebhookDelivery.objects.filter(id=claimed.delivery_id, claim_token=claimed.token).update(**fields)


def pause_after(attempts: int) -> timedelta:
    """The pause after the try number `attempts` (from 1): it grows, and is not the same for all that failed at once."""
    pause = min(_FIRST_PAUSE * _GROWTH ** min(attempts - 1, 20), _LONGEST_PAUSE)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, no secret


class Dispatcher:
    """Sends what is due, several messages at once, until it is told to stop."""

    def __init__(self) -> None:
        self._wake = threading.Event()
        self._under_way: set[Future[None]] = set()

    def run(self, stopping: threading.Event) -> None:
        """Return when `stopping` is set and the tries under way have ended: within about `TRY_SECONDS`."""
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook") as pool:
            while not stopping.is_set():
                self._wake.clear()
                if not self._send_some(pool):
                    self._wake.wait(_POLL_SECONDS)

    def _send_some(self, pool: ThreadPoolExecutor) -> bool:
        """One look for what is due; whether there was anything."""
        self._under_way = {future for future in self._under_way if not future.done()}
        room = SENDERS - len(self._under_way)
        try:
            claims = claim_due(limit=room) if room else []
        except Exception:  # The database may be back at the next look.
            logger.exception("Looking for webhooks that are due failed")
            return False
        finally:
            connections.close_all()
        for claimed in claims:
            future = pool.submit(_deliver_in_thread, claimed)
            self._under_way.add(future)
            future.add_done_callback(lambda _: self._wake.set())
        return bool(claims)


def _deliver_in_thread(claimed: Claimed) -> None:
    try:
        deliver(claimed)
    except Exception:  # Nothing was written: the claim ends by itself, and the message is sent again.
        logger.exception("What became of webhook %s was not written down", claimed.delivery_id)
    finally:
        connections.close_all()
