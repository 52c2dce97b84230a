"""Tags for content that is there already, made from its words by the tag engine."""

from typing import Any

from accounts.models import User
from accounts.services import lock_quota
from common.database import transactional
from common.errors import InvalidInput
from content.models import Content, Kind
from content.previews import beginning_of
from content.selectors import changeable_content
from generation.models import Job, JobKind, Status
from generation.services import submit

# The beginning says what it is about; the models read no more.
LONGEST_WORDS = 1000


class NothingToTag(InvalidInput):
    """The tag engine reads words, and there are none."""

    code = "nothing_to_tag"
    message = "There is no prompt and no text to make tags from. Give this content tags of your own."


def tag(*, owner: User, cid: str, idempotency_key: str | None = None) -> Job:
    """A job of the kind `tags` whose result is given to the owner's content `cid`, beside the tags that it has.

    While such a job waits or runs, asking again answers with it. Raises `NothingToTag`, and what `changeable_content`
    and `submit` raise.
    """
    content = changeable_content(cid=cid, owner=owner)
    params = _params(content)
    return _submit_once(owner, params, idempotency_key)


@transactional
def _submit_once(owner: User, params: dict[str, Any], idempotency_key: str | None) -> Job:
    # Behind the lock that `submit` takes as well: two clicks at once would both see no job.
    lock_quota(owner=owner)
    active = Job.objects.filter(owner=owner, status__in=(Status.QUEUED, Status.RUNNING), kind=JobKind.TAGS)
    waiting = active.filter(params__content=params["content"]).first()
    return waiting or submit(owner=owner, kind=JobKind.TAGS, params=params, idempotency_key=idempotency_key)


def _params(content: Content) -> dict[str, Any]:
    words = content.prompt.strip() or (beginning_of(content=content, size_bytes=LONGEST_WORDS) or "").strip()
    if not words:
        raise NothingToTag
    words = words[:LONGEST_WORDS].replace("\0", " ")
    is_sound = content.kind == Kind.AUDIO
    return {
        "image_prompt": "" if is_sound else words,
        "sound_description": words if is_sound else "",
        "content": content.cid,
    }
