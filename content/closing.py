"""What closing an account means for its library."""

from accounts.models import User
from content import services
from content.models import Content

_AT_ONCE = 300


def delete_library(user: User, **_: object) -> None:
    """Delete every piece of content of `user`, as its owner would; receiver of `account_emptying`."""
    # A piece in a transaction of its own: a library may be large, and others write meanwhile.
    while some := Content.objects.filter(owner=user).select_related("owner")[:_AT_ONCE]:
        for content in some:
            services.delete(content=content)
