"""A small Hugging Face hub on loopback: what huggingface_hub asks of the real one, for repositories that tests make.

It serves a model's description (`/api/models/…`), its tree, and its files (`/<id>/resolve/<revision>/<file>`), with the
headers and the error codes of huggingface.co. Files of weights are answered by a redirect to another host name, as
there, which must see no token. Faults are told to it: `cut`, `corrupt`, `fail`.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

# The hub keeps these in its large file storage, and says their SHA-256.
_LARGE = (".safetensors", ".bin", ".pth", ".model", ".h5", ".msgpack")
_FILE = re.compile(r"/(?P<id>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
_TREE = re.compile(r"/api/models/(?P<id>[^/]+/[^/]+)/tree/(?P<revision>[^/]+)(/(?P<path>.*))?")
_MODEL = re.compile(r"/api/models/(?P<id>[^/]+/[^/]+?)(/revision/(?P<revision>[^/]+))?")


@dataclass
class Repository:
    """A model's files. `token` opens a private one; a gated one is closed to everybody's token.

    `name` is the commit that it claims, where a profile pins one.
    """

    files: dict[str, bytes]
    token: str = ""
    gated: bool = False
    name: str = ""

    @property
    def commit(self) -> str:
        """40 hexadecimal digits that change with any file, unless it has a name."""
        if self.name:
            return self.name
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name} {len(content)}\n".encode() + content)
        return digest.hexdigest()[:40]


@dataclass(frozen=True)
class Request:
    """What was asked; `token` is what the Authorization header holds, `start` the first byte of a range."""

    method: str
    path: str
    token: str
    start: int | None


@dataclass
class Hub:
    """The hub's content and what was asked of it. `url` is for HF_ENDPOINT."""

    url: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    web_files: dict[str, bytes] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    cuts: dict[str, int] = field(default_factory=dict)
    corrupted: set[str] = field(default_factory=set)
    failing: int = 0

    def add(
        self,
        repo_id: str,
        files: Path | Mapping[str, bytes],
        *,
        token: str = "",
        gated: bool = False,
        commit: str = "",
    ) -> str:
        """Serve a folder, or files by path, as the repository `repo_id`; returns its commit."""
        if isinstance(files, Path):
            found = sorted(path for path in files.rglob("*") if path.is_file())
            files = {path.relative_to(files).as_posix(): path.read_bytes() for path in found}
        self.repositories[repo_id] = Repository(dict(files), token, gated, commit)
        return self.repositories[repo_id].commit

    def add_web_file(self, name: str, content: bytes) -> str:
        """Serve one file that belongs to no repository; returns its address."""
        self.web_files[name] = content
        return f"{self.url}/web/{name}"

    def cut(self, name: str, *, after: int) -> None:
        """Close the connection after that many bytes of the next answer with the file `name`."""
        self.cuts[name] = after

    def corrupt(self, name: str) -> None:
        """Answer with a wrong byte in the file `name`, until `corrupted` forgets it."""
        self.corrupted.add(name)

    def fetched(self, name: str) -> list[Request]:
        """The requests that fetched the file `name`."""
        return [each for each in self.requests if each.method == "GET" and each.path.endswith(f"/{name}")]


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """A hub on a port of its own, as long as the context lasts."""

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.hub = hub = Hub(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `Hub.requests`."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.hub.requests.append(Request(self.command, path, token, int(start[1]) if start else None))
        if self.hub.failing:
            self._refuse(HTTPStatus(self.hub.failing))
        elif match := _FILE.fullmatch(path):
            self._file(match["id"], match["revision"], match["path"], token)
        elif match := _TREE.fullmatch(path):
            self._tree(match["id"], match["revision"], token)
        elif match := _MODEL.fullmatch(path):
            self._model(match["id"], match["revision"] or "main", token)
        elif match := re.fullmatch(r"/(lfs/[0-9a-f]+|web)/(?P<name>.+)", path):
            self._stored(path, match["name"])
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    # ---- What a repository is --------------------------------------------------------------------------------

    def _repository(self, repo_id: str, revision: str, token: str) -> Repository | None:
        """The repository at a revision, or None once the refusal was sent."""
        repository = self.hub.repositories.get(repo_id)
        if repository is None or (repository.token and not token):
            self._refuse(HTTPStatus.UNAUTHORIZED, "RepoNotFound")
        elif repository.token and token != repository.token:
            self._refuse(HTTPStatus.UNAUTHORIZED, message="Invalid credentials in Authorization header")
        elif revision not in ("main", repository.commit):
            self._refuse(HTTPStatus.NOT_FOUND, "RevisionNotFound")
        else:
            return repository
        return None

    def _model(self, repo_id: str, revision: str, token: str) -> None:
        repository = self._repository(repo_id, revision, token)
        if repository is None:
            return
        siblings = []
        for name, content in sorted(repository.files.items()):
            sibling: dict[str, Any] = {"rfilename": name}
            if "blobs" in urlsplit(self.path).query:
                sibling |= {"size": len(content), "blobId": _git_blob(content)}
                if name.endswith(_LARGE):
                    sibling["lfs"] = {"sha256": _sha256(content), "size": len(content), "pointerSize": 135}
            siblings.append(sibling)
        gated = "auto" if repository.gated else False
        self._json({"id": repo_id, "sha": repository.commit, "private": False, "gated": gated, "siblings": siblings})

    def _tree(self, repo_id: str, revision: str, token: str) -> None:
        repository = self._repository(repo_id, revision, token)
        if repository is None:
            return
        entries = []
        for name, content in sorted(repository.files.items()):
            entry: dict[str, Any] = {"type": "file", "oid": _git_blob(content), "size": len(content), "path": name}
            if name.endswith(_LARGE):
                entry["lfs"] = {"oid": _sha256(content), "size": len(content), "pointerSize": 135}
            entries.append(entry)
        self._json(entries)

    # ---- Files -----------------------------------------------------------------------------------------------

    def _file(self, repo_id: str, revision: str, name: str, token: str) -> None:
        repository = self._repository(repo_id, revision, token)
        if repository is None:
            return
        if repository.gated:
            self._refuse(HTTPStatus.FORBIDDEN, "GatedRepo")
            return
        content = repository.files.get(name)
        if content is None:
            self._refuse(HTTPStatus.NOT_FOUND, "EntryNotFound", {"X-Repo-Commit": repository.commit})
            return
        headers = {"X-Repo-Commit": repository.commit, "Accept-Ranges": "bytes"}
        if not name.endswith(_LARGE):
            self._send(content, name, {**headers, "ETag": f'"{_git_blob(content)}"'})
            return
        port = urlsplit(self.hub.url).port
        headers["X-Linked-Size"] = str(len(content))
        headers["X-Linked-ETag"] = f'"{_sha256(content)}"'
        headers["Location"] = f"http://localhost:{port}/lfs/{_sha256(content)}/{name}"
        self._head(HTTPStatus.FOUND, headers, 0)

    def _stored(self, path: str, name: str) -> None:
        if path.startswith("/web/"):
            content = self.hub.web_files.get(name)
        else:
            digest = path.split("/")[2]
            all_files = (each for repository in self.hub.repositories.values() for each in repository.files.values())
            content = next((each for each in all_files if _sha256(each) == digest), None)
        if content is None:
            self._refuse(HTTPStatus.NOT_FOUND)
        else:
            self._send(content, name, {"Accept-Ranges": "bytes", "ETag": f'"{_sha256(content)}"'})

    def _send(self, content: bytes, name: str, headers: dict[str, str]) -> None:
        if name in self.hub.corrupted:
            content = content[:-1] + bytes([content[-1] ^ 1])
        start = self.hub.requests[-1].start
        if start is not None and start >= len(content):
            self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        status = HTTPStatus.OK if start is None else HTTPStatus.PARTIAL_CONTENT
        body = content[start or 0 :]
        if start is not None:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(status, headers, len(body))
        if self.command == "HEAD":
            return
        cut = self.hub.cuts.pop(name, None)
        self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True

    # ---- Answers ---------------------------------------------------------------------------------------------

    def _json(self, content: Any) -> None:
        body = json.dumps(content).encode()
        self._head(HTTPStatus.OK, {"Content-Type": "application/json"}, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(
        self, status: HTTPStatus, code: str = "", headers: dict[str, str] | None = None, *, message: str = ""
    ) -> None:
        named = {"X-Error-Code": code, "X-Error-Message": message}
        self._head(status, {**(headers or {}), **{name: value for name, value in named.items() if value}}, 0)

    def _head(self, status: HTTPStatus, headers: Mapping[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
