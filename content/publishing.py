"""What publishing, and taking it back, can and cannot do: in sentences, for whoever does it."""

from django.conf import settings

from content.models import Content, Visibility

_PRIVATE_AGAIN = (
    "Nobody else finds it here any more. Whoever fetched it while it was public may keep a copy: that cannot be undone."
)
_PRIVATE_AGAIN_ON_IPFS = (
    "Nobody else finds it here any more, and the IPFS node is told to drop it. Whoever fetched it while it was public "
    "may keep a copy, and so may other nodes: that cannot be undone."
)


def notice_of_change(*, content: Content, was_public: bool) -> str:
    """What its owner should know after a change; empty where there is nothing to know."""
    if not was_public or content.visibility == Visibility.PUBLIC:
        return ""
    return _PRIVATE_AGAIN_ON_IPFS if settings.IPFS_API else _PRIVATE_AGAIN
