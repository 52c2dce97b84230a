"""One foreground program that starts others, starts them again when they die, and leaves none behind."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from operations.children import describe_exit, die_with_parent, guarded
from operations.console import Console, LineSplitter

OURSELVES = "atelier"
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 15.0
# A child that lived this long was well: its next start waits for the shortest time again.
_WELL_SECONDS = 5.0
_SILENT_SECONDS = 2.0


async def _nothing() -> None:
    return


@dataclass(frozen=True, eq=False)
class Program:
    """What the supervisor runs. `rank` orders the stop: lower ranks are told first, a rank waits for those below it.

    `until_ready` is awaited after the first start, before programs named later start. `after_death` is awaited each
    time the process is gone and before it is started again, at the final stop too. After SIGTERM the process has
    `stop_seconds`, then its whole process group is killed.
    """

    name: str
    command: Sequence[str]
    rank: int = 0
    stop_seconds: float = 10.0
    environment: Mapping[str, str] = field(default_factory=dict)
    until_ready: Callable[[], Awaitable[None]] = _nothing
    after_death: Callable[[], Awaitable[None]] = _nothing


class Supervisor:
    """Runs `programs` from `run()` until SIGINT or SIGTERM; a second signal kills everything at once."""

    def __init__(self, programs: Sequence[Program], console: Console) -> None:
        self._programs = programs
        self._console = console
        self._pids: dict[str, int] = {}
        self._stopping = asyncio.Event()
        self._told = 0

    async def run(self) -> None:
        """Start all, in order; return when all have ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._handle_signal, number)
        keepers: dict[Program, asyncio.Task[None]] = {}
        try:
            for program in self._programs:
                if self._stopping.is_set():
                    break
                keepers[program] = asyncio.create_task(self._keep(program), name=program.name)
                await self._first(program.until_ready(), self._stopping.wait())
            await self._stopping.wait()
            await self._stop(keepers)
        finally:
            self._stopping.set()
            self._kill_all()
            await asyncio.gather(*keepers.values(), return_exceptions=True)

    def say(self, sentence: str) -> None:
        """Print a line of our own among the children's."""
        self._console.write(OURSELVES, sentence)

    @property
    def stopping(self) -> bool:
        """Whether the end has begun."""
        return self._stopping.is_set()

    def _handle_signal(self, number: signal.Signals) -> None:
        self._told += 1
        if self._told == 1:
            self.say(f"Stopping ({number.name}). Press Ctrl-C again to kill everything at once.")
            self._stopping.set()
        else:
            self.say("Killing everything.")
            self._kill_all()

    # ---- One child --------------------------------------------------------------------------------------------

    async def _keep(self, program: Program) -> None:
        """Run one program again and again until the end begins."""
        backoff = _FIRST_BACKOFF_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                code = await self._run_once(program)
            except OSError as error:
                self.say(f"{program.name} could not be started: {error}")
            else:
                await self._mourn(program, code)
            if time.monotonic() - started >= _WELL_SECONDS:
                backoff = _FIRST_BACKOFF_SECONDS
            if not self._stopping.is_set():
                self.say(f"{program.name} starts again in {backoff:g} s.")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF_SECONDS)

    async def _run_once(self, program: Program) -> int:
        loop = asyncio.get_running_loop()
        transport, child = await loop.subprocess_exec(
            lambda: _Child(lambda line: self._console.write(program.name, line)),
            *guarded(program.command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **program.environment},
            # A session of its own: Ctrl-C reaches us alone, and we stop them in order.
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        pid = self._pids[program.name] = transport.get_pid()
        if self._stopping.is_set():
            # The stop began between the decision to start and the start, and did not see this process.
            _signal_group(pid, signal.SIGTERM)
        try:
            await child.exited
        finally:
            # What a dead process started ends with it. Otherwise it could hold the pipe open, too.
            _signal_group(pid, signal.SIGKILL)
            del self._pids[program.name]
            # A process that left the group could still hold the pipe; it is not waited for.
            await asyncio.wait([child.silent], timeout=_SILENT_SECONDS)
            transport.close()
        return transport.get_returncode() or 0

    async def _mourn(self, program: Program, code: int) -> None:
        if not self._stopping.is_set() or code not in (0, -signal.SIGTERM):
            self.say(f"{program.name} ended: {describe_exit(code)}.")
        try:
            await program.after_death()
        except Exception as error:  # Whatever it is, the child must come back.
            self.say(f"After the end of {program.name}: {error}")

    # ---- The end ----------------------------------------------------------------------------------------------

    async def _stop(self, keepers: Mapping[Program, asyncio.Task[None]]) -> None:
        """Tell each rank in turn, and wait for it; those who do not end in their time are killed."""
        for rank in sorted({program.rank for program in keepers}):
            await asyncio.gather(
                *(self._stop_one(program, keeper) for program, keeper in keepers.items() if program.rank == rank)
            )

    async def _stop_one(self, program: Program, keeper: asyncio.Task[None]) -> None:
        pid = self._pids.get(program.name)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        done, _ = await asyncio.wait([keeper], timeout=program.stop_seconds)
        if not done:
            self.say(f"{program.name} did not stop within {program.stop_seconds:g} s and is killed.")
            if program.name in self._pids:
                _signal_group(self._pids[program.name], signal.SIGKILL)
            await asyncio.wait([keeper])

    def _kill_all(self) -> None:
        for pid in self._pids.values():
            _signal_group(pid, signal.SIGKILL)

    @staticmethod
    async def _first(*waits: Awaitable[object]) -> None:
        """Return when the first of `waits` is done; the others are cancelled."""
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Child(asyncio.SubprocessProtocol):
    """One process. `exited` is done when it ended, `silent` when nothing more can come through its pipe.

    asyncio's own `Process.wait` waits for both, and a process that the dead one started may hold the pipe.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._splitter = LineSplitter()
        loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.silent: asyncio.Future[None] = loop.create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        for line in self._splitter.feed(data):
            self._write(line)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        for line in self._splitter.close():
            self._write(line)
        if not self.silent.done():
            self.silent.set_result(None)

    def process_exited(self) -> None:
        self.exited.set_result(None)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
