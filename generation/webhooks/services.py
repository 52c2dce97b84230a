"""Writing down what is to be delivered, asking for it again, and the secrets that sign it."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.services import lock_quota
from common.database import transactional
from common.encryption import decrypt, encrypt
from generation.models import DeliveryStatus, Job, WebhookDelivery, WebhookSecret
from generation.webhooks.errors import NoWebhookSecret
from generation.webhooks.signing import new_secret

# How long a message is tried, and how long the secret before the last one signs along.
KEEP_TRYING = timedelta(days=1)
KEEP_FORMER_SECRET = timedelta(days=1)
_PURPOSE = "generation.webhooks"


def announce_end(*, job: Job, status: str) -> None:
    """Write down that the job's webhook is to be told of `status`, where the job has one.

    Call it in the transaction that ends the job: what has ended is then told, whatever is killed when.
    """
    if not job.webhook:
        return
    now = timezone.now()
    WebhookDelivery.objects.create(
        job=job, url=job.webhook, event=status, created_at=now, next_try_at=now, give_up_at=now + KEEP_TRYING
    )


@transactional
def replay(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send a message again, now and with a new day to try; its `webhook-id` stays. One under way just goes on."""
    now = timezone.now()
    under_way = Q(status=DeliveryStatus.PENDING, claim_token__isnull=False, next_try_at__gt=now)
    WebhookDelivery.objects.filter(~under_way, id=delivery.id).update(
        status=DeliveryStatus.PENDING,
        attempts=0,
        claim_token=None,
        next_try_at=now,
        give_up_at=now + KEEP_TRYING,
        delivered_at=None,
    )
    delivery.refresh_from_db()
    return delivery


def require_secret(*, owner: User) -> None:
    """Raise `NoWebhookSecret` where nothing could sign the owner's webhooks."""
    if not WebhookSecret.objects.filter(owner=owner).exists():
        raise NoWebhookSecret


@transactional
def rotate_secret(*, owner: User) -> tuple[WebhookSecret, str]:
    """Make the owner's secret, or a new one; returns the row and the text, which is shown nowhere else."""
    # Of two rotations at once, the second must see the first's secret as the former one.
    lock_quota(owner=owner)
    text = new_secret()
    earlier = WebhookSecret.objects.filter(owner=owner).first()
    row, _ = WebhookSecret.objects.update_or_create(
        owner=owner,
        defaults={
            "encrypted": encrypt(text, purpose=_PURPOSE),
            "former": earlier.encrypted if earlier else "",
            "created_at": timezone.now(),
        },
    )
    return row, text


def signing_secrets(*, owner: User) -> list[str]:
    """The secrets that sign a message now, the newest first. Raises `NoWebhookSecret` and `WrongKey`."""
    row = WebhookSecret.objects.filter(owner=owner).first()
    if row is None:
        raise NoWebhookSecret
    kept = row.former and timezone.now() - row.created_at < KEEP_FORMER_SECRET
    return [decrypt(text, purpose=_PURPOSE) for text in ([row.encrypted, row.former] if kept else [row.encrypted])]
