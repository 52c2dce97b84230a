"""What can go wrong with accounts, keys and quotas."""

from common.errors import AtelierError, Conflict, LimitReached


class QuotaReached(LimitReached):
    """A limit of the user is used up. The sentence names the limit and what to do."""

    code = "quota_reached"


class NotSignedIn(AtelierError):
    """No credentials came with the request, or they are not valid."""

    code = "not_authenticated"
    status = 401
    message = "Authentication credentials were not provided."


class ScopeMissing(AtelierError):
    """The key may not do this."""

    code = "scope_missing"
    status = 403


class AdministratorExists(Conflict):
    """The first administrator was made already: the set-up link is dead."""

    code = "administrator_exists"
    message = "An administrator exists already, so this link is no longer valid. Sign in instead."


class LastAdministrator(Conflict):
    """Without this account nobody would administer this Atelier."""

    code = "last_administrator"
    message = (
        "This is the last administrator. Make another account an administrator first, "
        "or confirm that nobody will be one."
    )
