"""Closing an account: nothing of it remains, nothing of others goes, and the last administrator is asked."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.test import Client

from accounts import closing
from accounts.closing import account_closing, close_account
from accounts.errors import LastAdministrator
from accounts.models import ApiKey, User
from content.models import Content, Part
from generation.cancellation import cancelled_among
from generation.models import Job, PersonalModel, WebhookDelivery
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import ApiKeyFactory, QuotaFactory, UsageFactory, UserFactory
from tests.factories.content import ContentFactory, TagFactory
from tests.factories.generation import JobFactory, JobOutputFactory, PersonalModelFactory, WebhookDeliveryFactory

pytestmark = pytest.mark.django_db

PAGE = "/account/delete"


def sign_in(user: User, password: str = PASSWORD) -> Client:
    client = Client(raise_request_exception=False)
    client.post("/accounts/login/", {"login": user.username, "password": password})
    return client


def fill(user: User) -> tuple[Job, Job]:
    """One row or more of everything that an account can have; returns its queued and its running job."""
    ApiKeyFactory(owner=user)
    QuotaFactory(user=user)
    UsageFactory(user=user)
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    content = ContentFactory(owner=user, public=True)
    TagFactory(content=content)
    Part.objects.create(content=content, cid="bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")
    model = PersonalModelFactory(owner=user, shared=True)
    JobOutputFactory(job=JobFactory(owner=user, succeeded=True))
    WebhookDeliveryFactory(job=JobFactory(owner=user, succeeded=True))
    return JobFactory(owner=user, personal_model=model), JobFactory(owner=user, running=True)


def tables() -> list[type[Model]]:
    """Every model that has a table."""
    return [model for model in apps.get_models() if model._meta.managed]


def traces(*needles: str) -> list[str]:
    """Every field of every row of every table that holds one of `needles`."""
    found = []
    for model in tables():
        for row in model._default_manager.all():
            found += [f"{model._meta.label}.{name}" for name, text in texts(row) if any(n in text for n in needles)]
    return found


def texts(row: Model) -> list[tuple[str, str]]:
    if isinstance(row, Session):
        return [("data", str(row.get_decoded()))]
    return [(field.attname, str(getattr(row, field.attname))) for field in row._meta.concrete_fields]


def references(pk: int) -> list[str]:
    """Every reference to the account with this primary key."""
    return [
        f"{model._meta.label}.{field.name}"
        for model in tables()
        for field in model._meta.concrete_fields
        if field.related_model is User and model._default_manager.filter(**{field.name: pk}).exists()
    ]


def test_nothing_of_the_account_remains_and_everything_of_others_does() -> None:
    user, other = UserFactory(username="leaving-for-good", password=PASSWORD), UserFactory(password=PASSWORD)
    queued, running = fill(user)
    fill(other)
    admin = UserFactory(is_superuser=True, is_staff=True)
    LogEntry.objects.log_actions(admin.pk, [user], CHANGE, "because", single_object=True)
    first, second = sign_in(user), sign_in(user)
    theirs = sign_in(other)
    sign_in(user, "wrong")
    pk, names = user.pk, (user.username, user.email, str(user.public_id))
    others_job = JobFactory(owner=other, personal_model=PersonalModel.objects.get(owner=user))
    assert references(pk)
    assert AccessAttempt.objects.filter(username=user.username).exists()

    answer = first.post(PAGE, {"password": PASSWORD}, follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assert "Your account is deleted" in answer.text
    assert references(pk) == []
    assert traces(*names) == []
    assert not LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(pk)).exists()
    assert [session for session in Session.objects.all() if session.get_decoded().get("_auth_user_id") == str(pk)] == []
    # The worker is told, and the row of the other's job stays.
    assert cancelled_among([queued.pk, running.pk]) == {queued.pk, running.pk}
    others_job.refresh_from_db()
    assert others_job.personal_model is None
    assert second.get("/api/v1/me").status_code == 401
    assert theirs.get("/api/v1/me").json()["username"] == other.username
    for model in (ApiKey, Content, PersonalModel):
        assert model._default_manager.filter(owner=other).exists(), model
    assert WebhookDelivery.objects.filter(job__owner=other).exists()
    assert sign_in(user).get("/api/v1/me").status_code == 401


def test_bytes_go_with_the_last_account_that_has_them() -> None:
    user, other = UserFactory(), UserFactory()
    ContentFactory(owner=user, data=b"shared bytes", public=True)
    kept = ContentFactory(owner=other, data=b"shared bytes", public=True)
    gone = ContentFactory(owner=user, data=b"bytes of one alone", public=True)

    close_account(user=user)

    assert Client().get(f"/ipfs/{kept.cid}").status_code == 200
    assert Client().get(f"/ipfs/{gone.cid}").status_code == 404


def test_jobs_are_cancelled_before_their_rows_go() -> None:
    user = UserFactory()
    jobs = [JobFactory(owner=user), JobFactory(owner=user, running=True)]
    seen: list[str] = []

    def look(user: User, **_: Any) -> None:
        seen.extend(Job.objects.filter(owner=user).values_list("status", flat=True))

    closing.account_emptying.connect(look)
    try:
        close_account(user=user)
    finally:
        closing.account_emptying.disconnect(look)

    assert seen == ["cancelled", "cancelled"]
    assert not Job.objects.filter(pk__in=[job.pk for job in jobs]).exists()


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper()])
def test_without_the_password_nothing_goes(password: str, user: User, session: Client) -> None:
    content = ContentFactory(owner=user)

    page = session.post(PAGE, {"password": password})

    assert page.status_code == 400
    assert "field-errors" in page.text
    assert Content.objects.filter(pk=content.pk).exists()
    assert session.get("/api/v1/me").status_code == 200


def test_guessing_the_password_is_locked_out(user: User, session: Client, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3

    answers = [session.post(PAGE, {"password": f"guess {number}"}).status_code for number in range(3)]
    locked = session.post(PAGE, {"password": PASSWORD})

    assert answers[:2] == [400, 400]
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) == 900
    assert User.objects.filter(pk=user.pk).exists()


def test_last_administrator_is_told_what_it_means_and_asked() -> None:
    boss = UserFactory(password=PASSWORD, is_superuser=True, is_staff=True)
    client = sign_in(boss)

    assert "I am the last administrator" in client.get(PAGE).text
    refused = client.post(PAGE, {"password": PASSWORD})
    assert refused.status_code == 400
    assert "make another account an administrator first" in refused.text
    with pytest.raises(LastAdministrator):
        close_account(user=boss)
    assert User.objects.get(pk=boss.pk).is_active

    assert client.post(PAGE, {"password": PASSWORD, "leave": "on"}).status_code == 302
    assert not User.objects.exists()


def test_one_of_two_administrators_may_go() -> None:
    boss, second = (UserFactory(password=PASSWORD, is_superuser=True) for _ in range(2))

    assert "last administrator" not in sign_in(boss).get(PAGE).text
    close_account(user=boss)

    with pytest.raises(LastAdministrator):
        close_account(user=second)


def test_wrong_passwords_of_others_stay_counted_where_the_account_had_no_address() -> None:
    other = UserFactory(password=PASSWORD)
    sign_in(other, "wrong")

    close_account(user=UserFactory(email=""))

    assert AccessAttempt.objects.filter(username=other.username).exists()


@pytest.mark.parametrize("active", [True, False])
def test_account_is_as_usable_as_before_where_something_failed_half_way(active: bool) -> None:
    user = UserFactory(is_active=active)
    content = ContentFactory(owner=user)

    def fail(**_: Any) -> None:
        raise OSError("the disk is away")

    account_closing.connect(fail)
    try:
        with pytest.raises(OSError, match="the disk is away"):
            close_account(user=user)
    finally:
        account_closing.disconnect(fail)

    assert User.objects.get(pk=user.pk).is_active == active
    assert Content.objects.filter(pk=content.pk).exists()
    close_account(user=User.objects.get(pk=user.pk))
    assert not User.objects.filter(pk=user.pk).exists()


def test_nobody_acts_for_an_account_while_it_closes(user: User) -> None:
    key = ApiKeyFactory(owner=user)
    answers: list[int] = []

    def act(**_: Any) -> None:
        answers.append(Client().get("/api/v1/me", headers={"X-Api-Key": key.text}).status_code)

    account_closing.connect(act)
    try:
        close_account(user=user)
    finally:
        account_closing.disconnect(act)

    assert answers == [401]


def test_administrator_deletes_accounts_by_the_same_service() -> None:
    boss, one, two = UserFactory(is_superuser=True, is_staff=True), UserFactory(), UserFactory()
    jobs = [fill(one)[1], fill(two)[1]]
    client = Client()
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")

    client.post("/admin/accounts/user/", {"action": "delete_selected", "post": "yes", "_selected_action": [one.pk]})
    client.post(f"/admin/accounts/user/{two.pk}/delete/", {"post": "yes"})

    assert list(User.objects.values_list("pk", flat=True)) == [boss.pk]
    assert cancelled_among([job.pk for job in jobs]) == {job.pk for job in jobs}


def test_administrators_cannot_delete_the_last_of_them() -> None:
    boss, second = (UserFactory(is_superuser=True, is_staff=True) for _ in range(2))
    client = Client()
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    action = {"action": "delete_selected", "post": "yes"}

    client.post("/admin/accounts/user/", {**action, "_selected_action": [boss.pk, second.pk]})

    left = User.objects.get()
    client.force_login(left, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/admin/accounts/user/{left.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post("/admin/accounts/user/", {**action, "_selected_action": [left.pk]})
    assert User.objects.get() == left
