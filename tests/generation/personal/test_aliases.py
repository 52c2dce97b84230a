"""Which names may name what. Names that would leave their folder are refused, in every spelling."""

from itertools import product

import pytest

from common.errors import InvalidInput
from generation.personal.aliases import check_alias, folder_name, is_commit, is_file, is_repository, split_name

_UP = (
    "..",
    "../",
    "..\\",
    "%2e%2e",
    "%2e%2e%2f",
    "..%2f",
    "..%c0%af",
    "%252e%252e%252f",
    "．．/",
    "..;/",
    "....//",
    ".",
)
_TARGETS = ("etc/passwd", "etc\\passwd", "x", "", "\x00", "x\x00.safetensors")
_PREFIXES = ("", "/", "a/", "~/", "file://", "C:\\")
TRAVERSALS = [prefix + up + target for prefix, up, target in product(_PREFIXES, _UP, _TARGETS)]


def test_there_are_two_hundred_forms() -> None:
    assert len(set(TRAVERSALS)) >= 200


@pytest.mark.parametrize("form", TRAVERSALS)
def test_a_name_that_leaves_its_folder_names_nothing(form: str) -> None:
    with pytest.raises(InvalidInput):
        check_alias(form)
    owner = (split_name(form) or (None, ""))[0] or "nobody"
    assert owner.strip(".")
    assert not set(owner) & set("/\\%:~;\x00")
    for source in (form, f"folder:{form}", f"a/{form}", f"folder:a/{form}"):
        assert not is_repository(source) or (not set(source) & set("\\%:~\x00") and ".." not in source.split("/"))
        name = folder_name(source)
        assert name is None or not {"..", "."} & set(name.split("/"))
    for name in (form, f"{form}.safetensors", f"a/{form}.safetensors"):
        assert not is_file(name) or not {"..", "."} & set(name.split("/"))


@pytest.mark.parametrize("alias", ["a", "user_123", "my-face", "0", "a" * 64, "-".join("abc")])
def test_alias(alias: str) -> None:
    check_alias(alias)
    assert split_name(alias) == (None, alias)
    assert split_name(f"ada@example.org/{alias}") == ("ada@example.org", alias)


@pytest.mark.parametrize("alias", ["", "-a", "_a", "A", "é", "a b", "a\n", "a" * 65, "a.b", "a/b", "\u0430"])
def test_alias_of_other_characters(alias: str) -> None:
    with pytest.raises(InvalidInput, match="'alias' must be 1 to 64"):
        check_alias(alias)


@pytest.mark.parametrize("alias", ["default", "train"])
def test_reserved_alias(alias: str) -> None:
    with pytest.raises(InvalidInput, match="has a meaning of its own"):
        check_alias(alias)


@pytest.mark.parametrize("name", ["", "/", "/a", "a/", "a/ ", "ada/face ", "face ", "face\n", "a b", "x/-y", "a" * 300])
def test_name_that_names_nothing(name: str) -> None:
    assert split_name(name) is None


def test_capital_letters_are_the_same_in_every_database() -> None:
    assert split_name("Face") == (None, "face")
    assert split_name("Ada/Face") == ("Ada", "face")


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("Zhurah/sd15-dreambooth-photoai", True),
        ("a/b.c_d", True),
        ("http://127.0.0.1/a", False),
        ("https://huggingface.co/a/b", False),
        ("//127.0.0.1/a", False),
        ("127.0.0.1:80/a", False),
        ("[::1]/a", False),
        ("a@b/c", False),
        ("a/b/c", False),
        ("a", False),
        ("a/b?x", False),
        ("a/b#x", False),
        ("/etc/passwd", False),
        ("a/b\n", False),
        ("a/" + "b" * 97, False),
        ("a--b/c", False),
        ("a/b--c", False),
    ],
)
def test_repository(source: str, right: bool) -> None:
    assert is_repository(source) is right


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("folder:face", "face"),
        ("folder:people/ada", "people/ada"),
        ("folder:", None),
        ("folder:/etc", None),
        ("face", None),
        ("folder:a/../b", None),
        ("folder:.hidden", None),
    ],
)
def test_folder(source: str, name: str | None) -> None:
    assert folder_name(source) == name


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("pytorch_lora_weights.safetensors", True),
        ("loras/face.safetensors", True),
        ("face.bin", False),
        ("*.safetensors", False),
        ("[a]?.safetensors", False),
        ("/face.safetensors", False),
        (".safetensors", False),
    ],
)
def test_file(name: str, right: bool) -> None:
    assert is_file(name) is right


@pytest.mark.parametrize("revision", ["main", "v1", "a" * 39, "a" * 41, "A" * 40, "g" * 40, "a" * 40 + "\n", ""])
def test_revision_that_could_move(revision: str) -> None:
    assert not is_commit(revision)
    assert is_commit("0123456789abcdef0123456789abcdef01234567")
