"""Users and their keys."""

from typing import Any

import factory
from django.utils import timezone

from accounts.models import ApiKey, Quota, Usage, User


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A user without a usable password; `password="…"` sets one."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")

    @factory.post_generation
    def password(self: User, create: bool, extracted: str | None, **_: object) -> None:
        if extracted:
            self.set_password(extracted)
        else:
            self.set_unusable_password()
        if create:
            self.save()


class QuotaFactory(factory.django.DjangoModelFactory[Quota]):
    """Limits of a user: the defaults unless named."""

    class Meta:
        model = Quota

    user = factory.SubFactory(UserFactory)


class UsageFactory(factory.django.DjangoModelFactory[Usage]):
    """What a user used today."""

    class Meta:
        model = Usage

    user = factory.SubFactory(UserFactory)
    day = factory.LazyFunction(lambda: timezone.now().date())


class ApiKeyFactory(factory.django.DjangoModelFactory[ApiKey]):
    """A key; its text is in the attribute `text`, as nowhere else."""

    class Meta:
        model = ApiKey

    owner = factory.SubFactory(UserFactory)
    name = "laptop"

    @classmethod
    def _create(cls, model_class: type[ApiKey], *args: Any, **kwargs: Any) -> ApiKey:
        key = model_class(**kwargs)
        text = model_class.objects.assign_key(key)
        key.save(force_insert=True)
        key.text = text  # type: ignore[attr-defined]
        return key
