"""A resolver for tests: names that it knows lead where the test says, all others where they did."""

import socket
from typing import Any


class StubResolver:
    """Stands in for `socket.getaddrinfo`. `names["a.example"] = [["10.0.0.1"], …]`: one list of addresses a look-up,
    the last for all that follow. `asked` are the names that were looked up."""

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in self.names:
            return self._real(host, port, *args, **kwargs)
        self.asked.append(host)
        host.encode("idna")  # as the real one does, which refuses some names by it
        answers = self.names[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [_entry(address, port) for address in addresses]


def _entry(address: str, port: Any) -> Any:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port or 0, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port or 0))
