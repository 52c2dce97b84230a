"""Names that must be equal to nothing but themselves, on every database."""

import pytest

from content.models import Tag
from content.services import change
from generation.models import Job
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory

# What the usual collations of MariaDB hold for the same.
ALIKE = ["e", "é", "É", "E", "ß", "ss", "🔴", "🔵", "𠮷", "𠮸", "ｅ"]


@pytest.mark.django_db
def test_tags_that_look_alike_are_different_tags() -> None:
    content = ContentFactory()

    change(content=content, tags=ALIKE)

    assert sorted(content.tags.values_list("name", flat=True)) == sorted(ALIKE)
    for name in ALIKE:
        assert [tag.name for tag in Tag.objects.filter(name=name)] == [name]


@pytest.mark.django_db
def test_idempotency_keys_differ_by_capitals_alone() -> None:
    owner = UserFactory()

    jobs = {key: JobFactory(owner=owner, idempotency_key=key) for key in ("Key", "key", "KEY")}

    assert {key: Job.objects.get(idempotency_key=key) for key in jobs} == jobs
