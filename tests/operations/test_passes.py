"""`.ci/test`, which `make test` calls: both passes where MariaDB is there, and plain words where it is not."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Stands in for the interpreter of the virtual environment: writes down what is run.
STUB = """#!/bin/sh
if [ "$1" = -c ]; then exit {client}; fi
echo "${{ATELIER_TEST_DATABASE:-unset}} $*"
exit {status}
"""
LEFT_OUT = "The tests on MariaDB were left out. To run them: apt-get install "
HEADERS = "pkg-config default-libmysqlclient-dev gcc python3-dev"


def run(
    folder: Path, *arguments: str, server: bool = True, client: bool = True, status: int = 0, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """`.ci/test` for two processes on a machine with or without the server and its client."""
    programs = folder / "programs"
    for path, text in (
        (folder / "bin" / "python", STUB.format(client=int(not client), status=status)),
        (programs / "mariadbd", "#!/bin/sh\n"),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o700)
    # The script looks there for a server, too.
    script = (ROOT / ".ci" / "test").read_text().replace(":/usr/sbin", "")
    copy = folder / "test"
    copy.write_text(script)
    return subprocess.run(
        ["/bin/sh", str(copy), str(folder), "2", *arguments],
        env={"PATH": str(programs) if server else "/nowhere", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_second_pass_is_on_mariadb(tmp_path: Path) -> None:
    done = run(tmp_path, "tests/content", "-k", "two words")

    assert done.returncode == 0, done.stderr
    first, said, second = done.stdout.splitlines()
    assert first == "unset -m pytest -n 2 tests/content -k two words"
    assert said == "The same on MariaDB: the tests that use the database or start processes."
    assert second == "mariadb -m pytest -n 2 tests/content -k two words"


@pytest.mark.parametrize(
    ("server", "client", "packages"),
    [(False, True, "mariadb-server"), (True, False, HEADERS), (False, False, f"mariadb-server {HEADERS}")],
)
def test_what_is_missing_is_said_and_on_ci_it_is_a_failure(
    tmp_path: Path, server: bool, client: bool, packages: str
) -> None:
    here = run(tmp_path, server=server, client=client)
    on_ci = run(tmp_path, server=server, client=client, CI="true")
    asked_for = run(tmp_path, server=server, client=client, ATELIER_TEST_DATABASE="mariadb")

    sentence = f"{LEFT_OUT}{packages}, and once more make test."
    assert here.stdout.splitlines() == ["unset -m pytest -n 2", sentence]
    assert asked_for.stdout.splitlines() == [sentence]
    assert (here.returncode, on_ci.returncode, asked_for.returncode) == (0, 1, 1)


def test_a_failure_of_the_first_pass_is_the_end(tmp_path: Path) -> None:
    done = run(tmp_path, status=1)

    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1


def test_nothing_to_run_is_a_failure_only_where_nothing_was_named(tmp_path: Path) -> None:
    assert run(tmp_path, "tests/demo_models", status=5).returncode == 0
    assert run(tmp_path, status=5).returncode != 0


@pytest.mark.parametrize("name", ["sqlite", "mariadb"])
def test_one_pass_alone(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, ATELIER_TEST_DATABASE=name)

    assert done.returncode == 0
    runs = [line.partition(" ")[0] for line in done.stdout.splitlines() if "pytest" in line]
    assert runs == [{"sqlite": "unset", "mariadb": "mariadb"}[name]]


def test_another_database_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, ATELIER_TEST_DATABASE="oracle")

    assert done.returncode == 2
    assert done.stdout.strip() == (
        "ATELIER_TEST_DATABASE is oracle: set it to sqlite or mariadb, or unset it for both."
    )
