"""The supervisor with small real programs."""

import asyncio
import io
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from operations.console import Console, LineSplitter
from operations.supervisor import Program, Supervisor

Act = Callable[[io.StringIO], Awaitable[None]]

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


async def supervise(programs: list[Program], act: Act) -> str:
    """Run `programs`, do `act` meanwhile, then stop with SIGTERM. Returns what was printed."""
    output = io.StringIO()
    supervisor = Supervisor(programs, Console(8, output))
    running = asyncio.create_task(supervisor.run())
    try:
        await act(output)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 30)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(number)
    return output.getvalue()


async def printed(output: io.StringIO, text: str, times: int = 1) -> None:
    async with asyncio.timeout(120):
        while output.getvalue().count(text) < times:
            await asyncio.sleep(0.02)


async def test_lines_are_printed_under_the_name_of_their_program() -> None:
    program = Program(
        name="talker", command=[sys.executable, "-c", "print('one\\ntwo', flush=True); import time; time.sleep(60)"]
    )

    output = await supervise([program], lambda out: printed(out, "two"))

    assert "talker   | one\ntalker   | two\n" in output


@pytest.mark.parametrize(
    ("code", "words"),
    [("raise SystemExit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL")],
)
async def test_death_is_told_and_the_program_starts_again(code: str, words: str) -> None:
    program = Program(name="mortal", command=[sys.executable, "-c", code])

    output = await supervise([program], lambda out: printed(out, "mortal ended", times=2))

    assert output.count(f"mortal ended: {words}.") >= 2
    assert "mortal starts again in 0.5 s." in output
    assert "mortal starts again in 1 s." in output


async def test_after_death_is_awaited_before_the_next_start(tmp_path: Path) -> None:
    events = tmp_path / "events"

    async def mourn() -> None:
        await asyncio.sleep(0.1)
        with events.open("a") as file:
            file.write("mourned\n")

    code = f"open({str(events)!r}, 'a').write('started\\n')"
    program = Program(name="mortal", command=[sys.executable, "-c", code], after_death=mourn)

    await supervise([program], lambda out: printed(out, "mortal ended", times=2))

    lines = events.read_text().split()
    assert lines[:4] == ["started", "mourned", "started", "mourned"]


async def test_failing_after_death_is_told_and_the_program_starts_again() -> None:
    async def fail() -> None:
        raise RuntimeError("the database is away")

    program = Program(name="mortal", command=["false"], after_death=fail)

    output = await supervise([program], lambda out: printed(out, "mortal ended", times=2))

    assert "After the end of mortal: the database is away" in output


async def test_ranks_stop_one_after_the_other(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.3); print('bye', flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True)\n"
        "while True: time.sleep(1)"
    )
    programs = [Program(name=f"rank{rank}", command=[sys.executable, "-c", code], rank=rank) for rank in (2, 0, 1)]

    output = await supervise(programs, lambda out: printed(out, "| up", times=3))

    assert [line.split()[0] for line in output.splitlines() if line.endswith("| bye")] == ["rank0", "rank1", "rank2"]


async def test_program_that_does_not_stop_is_killed_after_its_time() -> None:
    program = Program(name="stubborn", command=STUBBORN, stop_seconds=0.3)

    output = await supervise([program], lambda out: printed(out, "| up"))

    assert "stubborn did not stop within 0.3 s and is killed." in output


async def test_second_signal_kills_at_once() -> None:
    async def act(out: io.StringIO) -> None:
        await printed(out, "| up")
        os.kill(os.getpid(), signal.SIGTERM)
        await printed(out, "Stopping")

    started = time.monotonic()
    output = await supervise([Program(name="stubborn", command=STUBBORN, stop_seconds=50)], act)

    assert "Killing everything." in output
    assert time.monotonic() - started < 20


async def test_later_programs_wait_until_an_earlier_one_is_ready(tmp_path: Path) -> None:
    async def ready() -> None:
        while not (tmp_path / "ready").exists():
            await asyncio.sleep(0.01)

    code = (
        f"import time; time.sleep(0.3); open({str(tmp_path / 'ready')!r}, 'w')\n"
        "print('first', flush=True); time.sleep(60)"
    )
    programs = [
        Program(name="a", command=[sys.executable, "-c", code], until_ready=ready),
        Program(name="b", command=SLEEP),
    ]

    output = await supervise(programs, lambda out: printed(out, "| up"))

    assert output.index("| first") < output.index("| up")


async def test_children_of_a_dead_child_end_with_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, os\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('grandchild', child.pid, flush=True)\n"
        "os._exit(1)"
    )
    output = await supervise(
        [Program(name="parent", command=[sys.executable, "-c", code])], lambda o: printed(o, "ended")
    )
    pid = int(output.split("grandchild ")[1].split()[0])

    async with asyncio.timeout(60):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)


async def test_command_that_does_not_exist_is_told() -> None:
    output = await supervise(
        [Program(name="ghost", command=["/no/such/program"])], lambda out: printed(out, "ghost could not")
    )

    assert "ghost could not be started" in output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    plain, coloured = io.StringIO(), Terminal()

    Console(3, plain).write("web", "x")
    Console(3, coloured).write("web", "x")
    monkeypatch.setenv("NO_COLOR", "1")
    uncoloured = Terminal()
    Console(3, uncoloured).write("web", "x")

    assert plain.getvalue() == uncoloured.getvalue() == "web | x\n"
    assert coloured.getvalue() == "\x1b[36mweb |\x1b[0m x\n"


def test_lines_are_put_together_from_pieces() -> None:
    splitter = LineSplitter()

    assert splitter.feed(b"one\ntw") == ["one"]
    assert splitter.feed(b"o\r50%\rrest") == ["two", "50%"]
    assert splitter.close() == ["rest"]
    assert len(splitter.feed(b"x" * 40_000)) == 2


def test_bytes_that_are_no_text_are_printed_all_the_same() -> None:
    assert LineSplitter().feed(b"\xff\xfe\n") == ["\ufffd\ufffd"]
