"""What is different from one kind of job to another: the engine's requests, and what becomes of its results."""

from generation.handlers.base import Handler
from generation.handlers.images import ImageHandler
from generation.handlers.music import MusicHandler
from generation.handlers.tags import TagsHandler
from generation.handlers.text import TextHandler
from generation.models import JobKind

_HANDLERS: dict[str, Handler] = {
    JobKind.IMAGE.value: ImageHandler(),
    JobKind.IMAGE_TO_IMAGE.value: ImageHandler(),
    JobKind.MUSIC.value: MusicHandler(),
    JobKind.TAGS.value: TagsHandler(),
    JobKind.TEXT.value: TextHandler(),
}


def register(kind: str, handler: Handler) -> None:
    """Add the handler of a kind whose results belong to an app above this one. Call it from `AppConfig.ready`."""
    _HANDLERS[kind] = handler


def handler_of(kind: str) -> Handler:
    """The handler of a job's kind."""
    return _HANDLERS[kind]


def related_names() -> list[str]:
    """The relations of `Job` that handlers read: for `select_related`."""
    return sorted({handler.related for handler in _HANDLERS.values() if handler.related})
