"""Secrets in settings: usable, but not shown by accident."""


class Secret(str):
    """A string whose `repr` hides it: in logged options, in tracebacks, on debug pages."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"
