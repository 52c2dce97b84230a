"""The root of Atelier's errors. Each app declares its own beside the code that raises them.

`config.exception_handler` maps them to HTTP.
"""


class AtelierError(Exception):
    """A failure with a sentence that is safe to show.

    `code` is a stable identifier for programs, `retryable` says whether the same request may succeed later,
    `status` is the HTTP status of a request that ends with it, `retry_after` the seconds for `Retry-After`.
    Details for the operator go to the log, never into `message`.
    """

    code = "error"
    status = 500
    retryable = False
    message = "Something went wrong."

    def __init__(self, message: str = "", *, retry_after: int | None = None) -> None:
        self.message = message or type(self).message
        self.retry_after = retry_after
        super().__init__(self.message)


class InvalidInput(AtelierError):
    """The request says something that cannot be done; `errors` maps fields to sentences."""

    code = "invalid_input"
    status = 400
    message = "The request is not valid."

    def __init__(self, message: str = "", *, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or {}


class NotFound(AtelierError):
    """What was named does not exist, or is not for the caller: nobody can tell which."""

    code = "not_found"
    status = 404
    message = "Not found."


class Conflict(AtelierError):
    """The state of things does not allow this."""

    code = "conflict"
    status = 409


class ServiceUnavailable(AtelierError):
    """A part that this needs is away or full."""

    code = "unavailable"
    status = 503
    retryable = True
    message = "This is not available right now. Try again shortly."


class LimitReached(AtelierError):
    """A rate or a quota is used up."""

    code = "limit_reached"
    status = 429
    retryable = True
