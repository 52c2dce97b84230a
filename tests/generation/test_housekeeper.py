"""The rounds of `manage.py housekeeper` that no other test of its parts sees."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.support.housekeeping import running_housekeeper
from tests.support.processes import wait_until


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_sessions_that_expired_are_forgotten() -> None:
    hour = timedelta(hours=1)
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - hour)
    Session.objects.create(session_key="new", session_data="", expire_date=timezone.now() + hour)

    with running_housekeeper():
        wait_until(
            lambda: not Session.objects.filter(session_key="old").exists(), seconds=90, what="the old session going"
        )

    assert Session.objects.get().session_key == "new"
