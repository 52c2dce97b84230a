"""Content with real bytes under it."""

from typing import Any

import factory

from content.models import Content, Kind, Tag, Visibility
from content.services import store
from content.terms import columns_of, index
from tests.factories.accounts import UserFactory


class ContentFactory(factory.django.DjangoModelFactory[Content]):
    """A private text of its own bytes, whose blocks are stored; `data=b"…"` gives others, `public=True` shows it."""

    class Meta:
        model = Content
        skip_postgeneration_save = True

    class Params:
        data: Any = factory.Sequence(lambda number: f"content {number}".encode())
        public = factory.Trait(visibility=Visibility.PUBLIC)
        picture = factory.Trait(kind=Kind.IMAGE, media_type="image/png", width=4, height=3)

    owner = factory.SubFactory(UserFactory)
    cid = factory.LazyAttribute(lambda content: store(content.data).cid)
    size_bytes = factory.LazyAttribute(lambda content: len(content.data))
    kind = Kind.TEXT
    media_type = "text/plain"
    model = factory.LazyAttribute(lambda content: columns_of(getattr(content, "provenance", {}))["model"])
    seed = factory.LazyAttribute(lambda content: columns_of(getattr(content, "provenance", {}))["seed"])

    @factory.post_generation
    def terms(self: Content, create: bool, extracted: object, **_: object) -> None:
        if create:
            index(content=self)


class TagFactory(factory.django.DjangoModelFactory[Tag]):
    """A word on a piece of content."""

    class Meta:
        model = Tag
        skip_postgeneration_save = True

    content = factory.SubFactory(ContentFactory)
    name = factory.Sequence(lambda number: f"word{number}")

    @factory.post_generation
    def terms(self: Tag, create: bool, extracted: object, **_: object) -> None:
        if create:
            index(content=self.content)
