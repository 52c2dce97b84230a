"""Why Atelier cannot be started: one sentence with the remedy, for the person at the terminal."""

from common.errors import AtelierError


class CannotStart(AtelierError):
    """Something that `manage.py start` needs is taken or missing."""

    code = "cannot_start"
