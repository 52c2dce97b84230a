"""Closing an account: everything of its owner goes, here and, through two signals, in the apps above."""

import logging
from contextlib import suppress

from allauth.account.models import EmailAddress
from axes.utils import reset as forget_failures
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.dispatch import Signal

from accounts.errors import LastAdministrator
from accounts.models import ApiKey, User
from common.database import transactional

logger = logging.getLogger(__name__)

# Both are sent with `user` once nobody can act for the account any more, and before its rows go. First the apps above
# end what runs for it; then they remove, by their own services, what has more than rows: those go with the account.
account_closing = Signal()
account_emptying = Signal()


def is_last_administrator(user: User) -> bool:
    """Whether nobody administers this Atelier once `user` is gone."""
    return user.is_superuser and user.is_active and not _other_administrators(user).exists()


def close_account(*, user: User, leave_without_administrator: bool = False) -> None:
    """Remove an account with its keys, sessions, jobs, content and models, at once and for good.

    Blocks that nobody else needs follow by the collector. Raises `LastAdministrator` for the last one, unless told to
    leave this Atelier without. Where something fails half-way, the account is as usable as before, with what is left.
    """
    _lock_out(user, leave_without_administrator)
    try:
        account_closing.send(sender=User, user=user)
        account_emptying.send(sender=User, user=user)
        _end_sessions(user)
        names = [user.username, user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]
        _remove(user)
    except BaseException:
        # Its owner must be able to try again; one that was barred before stays barred.
        with suppress(Exception):
            User.objects.filter(pk=user.pk).update(is_active=user.is_active)
        raise
    # Without a name axes would forget those of everybody.
    for name in filter(None, names):
        forget_failures(username=name.lower())
    logger.info("An account was closed")


@transactional
def _lock_out(user: User, leave_without_administrator: bool) -> None:
    """No session and no key acts for the account from now on."""
    # Locked: two administrators who close their accounts at once must not both see the other.
    list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
    if is_last_administrator(user) and not leave_without_administrator:
        raise LastAdministrator
    User.objects.filter(pk=user.pk).update(is_active=False)


@transactional
def _remove(user: User) -> None:
    # The admin's history names accounts without a reference that would take the line along.
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)).delete()
    ApiKey.objects.filter(owner=user).delete()
    User.objects.filter(pk=user.pk).delete()


def _end_sessions(user: User) -> None:
    """Remove every session of the account; some were begun before sessions were noted by their owner."""
    key = str(user.pk)
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == key:
            session.delete()


def _other_administrators(user: User) -> QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
