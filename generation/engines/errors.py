"""Failures of engines, each with a sentence for the user."""

from common.errors import AtelierError


class EngineError(AtelierError):
    """The model could not make this."""

    code = "engine_error"
    message = "The engine failed. The log has the details."


class EngineLoadError(EngineError):
    """The weights cannot be loaded."""

    code = "engine_unavailable"
    message = "The model could not be loaded."


class OutOfMemory(EngineError):
    """The device's memory is too small for this request."""

    code = "out_of_memory"
    message = "The device ran out of memory. Choose a smaller size or fewer images."
