"""An Atelier with something of everything in it, so that each page has something to show."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.models import User
from analysis.models import Analysis
from content.models import Content, Parent, Pin, Takedown
from content.storage import cids
from generation.models import Job
from tests.factories.accounts import ApiKeyFactory, QuotaFactory, UsageFactory, UserFactory
from tests.factories.content import ContentFactory, TagFactory
from tests.factories.generation import JobFactory, JobOutputFactory, PersonalModelFactory, WebhookDeliveryFactory
from tests.support.results import analysis_of, sound_of, tags_of, texts_of
from tests.support.samples import picture, sound

PASSWORD = "a-long-passphrase-9"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# How many of the rows have bytes.
WITH_BYTES = 5
# What a browser sent of a new security key (no attestation, ES256).
SECURITY_KEY = {
    "id": "YXRlbGllci1rZXktMDAwMQ",
    "rawId": "YXRlbGllci1rZXktMDAwMQ",
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiTURBd01EQXdNREF3TURBd01EQXdNREF3T"
        "URBd01EQXdNREF3TURBd01EQSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3QifQ",
        "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViUSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NBA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAEGF0ZWxpZXIta2V5LTAwMDGlAQIDJiABIVggAAECAwQFBgcICQoLDA0ODx"
        "AREhMUFRYXGBkaGxwdHh8iWCAgISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw",
    },
    "clientExtensionResults": {},
}
_SQUARE = [[40, 40], [140, 40], [140, 140], [40, 140]]
_DISC = [[200, 60], [260, 100], [240, 180], [180, 160]]


@dataclass
class Filled:
    """Who and what is there. `careful` has second factors; `other` owns what others share."""

    person: User
    careful: User
    administrator: User
    other: User
    picture: Content
    public_picture: Content
    sound: Content
    text: Content
    taken_down: Content
    analysis: Job
    rows: int = 0

    def fill(self, rows: int) -> None:
        """Until there are `rows` of everything."""
        for number in range(self.rows, rows):
            _add_work(self, number)
            _add_account_rows(self, number)
        self.rows = max(self.rows, rows)


def make_people() -> Filled:
    """People, and one piece of each kind."""
    person = UserFactory(username="ada", password=PASSWORD, first_name="Ada")
    careful = UserFactory(username="grace", password=PASSWORD)
    for user in (person, careful):
        EmailAddress.objects.create(user=user, email=user.email, primary=True)
    TOTP.activate(careful, TOTP_SECRET)
    RecoveryCodes.activate(careful)
    made = _picture_of(person, 0)
    seen = _picture_of(person, 1)
    Content.objects.filter(pk=seen.pk).update(visibility="public")
    taken = _picture_of(person, 2)
    Takedown.objects.create(cid=taken.cid, reason="Somebody else holds the rights.")
    text = texts_of(person, "The lamp turned slowly over the water.\n\nNobody came.").outputs.get().content
    return Filled(
        person=person,
        careful=careful,
        administrator=UserFactory(username="root", password=PASSWORD, is_staff=True, is_superuser=True),
        other=UserFactory(username="linus"),
        picture=made,
        public_picture=seen,
        sound=sound_of(person, data=sound(0)),
        text=text,
        taken_down=taken,
        analysis=_analysis_of(person, made),
    )


def _picture_of(user: User, number: int, **about: Any) -> Content:
    size: dict[str, Any] = {"content__width": 320, "content__height": 240}
    about = {f"content__{name}": value for name, value in about.items()}
    output = JobOutputFactory(job__owner=user, content__data=picture("teal", number), **size, **about)
    return Content.objects.get(pk=output.content.pk)


def _analysis_of(user: User, seen: Content) -> Job:
    job = analysis_of(user, ["circle", "star"], {"circle": 0.9, "star": 0.004}, picture=seen)
    segments = [
        {
            "counts": [0, 4, 8],
            "polygons": [shape],
            "box": [0, 0, 2, 2],
            "area": 6,
            "predicted_iou": 0.9,
            "stability": 0.9,
        }
        for shape in (_SQUARE, _DISC)
    ]
    Analysis.objects.create(job=job, content=seen, width=320, height=240, segments=segments)
    return job


def _add_work(there: Filled, number: int) -> None:
    """What jobs and uploads leave. Beyond the first few nothing is read, so there are no bytes beneath."""
    user, index = there.person, number + 10
    stored = number < WITH_BYTES

    def place(kind: str) -> dict[str, Any]:
        return {} if stored else {"cid": str(cids.of_block(f"{kind} {number}".encode(), cids.RAW)), "size_bytes": 9}

    child = _picture_of(user, index, visibility="public", **place("picture"))
    # Pages show what a piece was made from, and what was made from it.
    Parent.objects.create(content=child, cid=there.picture.cid)
    for content in (child, there.picture):
        TagFactory(content=content, name=f"word {number}")
    sound_of(user, f"bells {number}", data=sound(index), **place("sound"))
    if stored:
        texts_of(user, f"A text of number {number}.", prompt=f"a story of number {number}")
    tags_of(user, "ocean", "sunset")
    _analysis_of(user, child)
    shown = {"data": picture("navy", index), "width": 320, "height": 240, **place("shown")}
    ContentFactory(owner=there.other, picture=True, public=True, **shown)
    for state in ({}, {"failed": True}, {"status": "cancelled", "finished_at": timezone.now()}):
        JobFactory(owner=user, **state)
    # Nobody takes it away: its worker was heard of tomorrow.
    JobFactory(owner=user, running=True, heartbeat_at=timezone.now() + timedelta(days=1), step=2)
    for owner, shared in ((user, False), (there.other, True)):
        PersonalModelFactory(owner=owner, shared=shared, alias=f"style-{number}", digest=f"{2 * number + shared:064x}")
    WebhookDeliveryFactory(job=there.analysis, event="succeeded", given_up=True, created_at=timezone.now())
    Pin.objects.create(cid=child.cid, error="The node is away.")
    Takedown.objects.create(cid=str(cids.of_block(f"gone {number}".encode(), cids.RAW)), reason="The law.")


def _add_account_rows(there: Filled, number: int) -> None:
    """What accounts have beside their work."""
    user, now = there.person, timezone.now()
    ApiKeyFactory(owner=user, name=f"laptop {number}", revoked=number % 2 == 1)
    UsageFactory(user=user, day=now.date() - timedelta(days=number), jobs=number, engine_seconds=9.0 * number)
    EmailAddress.objects.create(user=user, email=f"ada{number}@example.org", verified=number % 2 == 1)
    QuotaFactory(user=UserFactory(username=f"visitor{number}"))
    Group.objects.create(name=f"Group {number}")
    _sign_in_elsewhere(user, number)
    factor = {"name": f"Key {number}", "credential": SECURITY_KEY}
    Authenticator.objects.create(user=there.careful, type=Authenticator.Type.WEBAUTHN, data=factor)
    LogEntry.objects.create(
        user=there.administrator,
        content_type=ContentType.objects.get_for_model(user),
        object_id=str(user.pk),
        object_repr=str(user),
        action_flag=CHANGE,
    )


def _sign_in_elsewhere(user: User, number: int) -> None:
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    about = {"ip": "127.0.0.1", "user_agent": f"Browser {number}", "session_key": session.session_key}
    UserSession.objects.create(user=user, **about)
