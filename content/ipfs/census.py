"""How many pins there are in each state: counted by a housekeeper now and then, and told to anybody who asks.

Counting reads every row, of which there may be a million: not what each scrape of `/metrics` should wait for.
"""

import json

from django.conf import settings
from django.db.models import Count

from common.redis_client import redis_client
from content.models import Pin, PinState

COUNT_SECONDS = 60.0
_COUNTS = "atelier:pins"
_TURN = "atelier:pins:turn"
# Older figures are worth less than none: the gauge is missing then, and so is the housekeeper.
_EXPIRY_SECONDS = 600


def count_pins() -> None:
    """Count them, where there is a node and no other housekeeper just did. Raises `redis.RedisError`."""
    client = redis_client()
    # Housekeepers come every COUNT_SECONDS, so a turn that lasted as long would be missed every other time.
    if not settings.IPFS_API or not client.set(_TURN, 1, nx=True, ex=int(COUNT_SECONDS / 2)):
        return
    counts = dict(Pin.objects.order_by().values_list("state").annotate(number=Count("pk")))
    client.set(_COUNTS, json.dumps(counts), ex=_EXPIRY_SECONDS)


def counted_pins() -> dict[str, int] | None:
    """The last counts, for every state; None where nobody counted lately. Raises `redis.RedisError`."""
    value = redis_client().get(_COUNTS)
    if not value:
        return None
    counts = json.loads(value)
    return {state.value: int(counts.get(state.value, 0)) for state in PinState}
