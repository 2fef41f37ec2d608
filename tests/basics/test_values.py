"""The quick dataclasses do what the standard ones do: every test runs with both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from gpusetup.basics import quick_values
from gpusetup.basics.versions import Version
from gpusetup.machine import Reading, Status


@pytest.fixture(params=[dataclasses, quick_values], ids=["standard", "quick"])
def kind(request: pytest.FixtureRequest) -> Any:
    """A class with every sort of field that is used somewhere, and the module that made it."""
    library = request.param

    @library.dataclass(frozen=True)
    class Card:
        name: str
        memory: int | None = None
        notes: tuple[str, ...] = library.field(default_factory=tuple)
        secret: str = library.field(default="s", repr=False)
        text: str = library.field(default="t", compare=False)

        def __post_init__(self) -> None:
            if not self.name:
                raise ValueError("no name")

    Card.library = library  # type: ignore[attr-defined]
    return Card


def test_fields_are_given_in_order_or_by_name(kind: Any) -> None:
    card = kind("A", notes=("b",))
    assert (card.name, card.memory, card.notes, card.secret, card.text) == ("A", None, ("b",), "s", "t")  # fmt: skip
    assert list(vars(kind(memory=1, name="A"))) == ["name", "memory", "notes", "secret", "text"]


@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), (("A",), {"name": "B"}), (("A", 1, (), "s", "t", 6), {}), (("A",), {"nme": 1}), ((), {"nme": 1})],
)  # fmt: skip
def test_wrong_arguments_are_refused(kind: Any, given: Any, named: Any) -> None:
    with pytest.raises(TypeError):
        kind(*given, **named)


def test_a_value_is_checked_when_it_is_made(kind: Any) -> None:
    with pytest.raises(ValueError, match="no name"):
        kind("")


def test_equal_contents_are_equal_and_hash_alike(kind: Any) -> None:
    assert kind("A", text="x") == kind("A", text="y")
    assert len({kind("A"), kind("A", text="y"), kind("B")}) == 2
    assert kind("A") != kind("B")
    assert kind("A") != "A"


def test_a_value_shows_its_fields_but_no_secret(kind: Any) -> None:
    assert repr(kind("A", 1)).endswith("Card(name='A', memory=1, notes=(), text='t')")


def test_a_frozen_value_stays_as_it_is(kind: Any) -> None:
    card = kind("A")
    with pytest.raises(AttributeError):
        card.name = "B"
    with pytest.raises(AttributeError):
        del card.name
    assert kind.library.replace(card, name="B") == kind("B")
    with pytest.raises(ValueError, match="no name"):
        kind.library.replace(card, name="")


def test_the_standard_functions_take_it(kind: Any) -> None:
    card = kind("A", 1)
    assert dataclasses.is_dataclass(card)
    assert dataclasses.replace(card, memory=2).memory == 2
    assert [each.name for each in dataclasses.fields(kind)] == list(vars(card))
    assert dataclasses.asdict(card) == {"name": "A", "memory": 1, "notes": (), "secret": "s", "text": "t"}  # fmt: skip
    assert [(e.name, e.type) for e in kind.library.fields(kind)] == [
        (each.name, each.type) for each in dataclasses.fields(kind)
    ]


@pytest.mark.parametrize("parent", [dataclasses, quick_values], ids=["standard", "quick"])
@pytest.mark.parametrize("child", [dataclasses, quick_values], ids=["of-standard", "of-quick"])
def test_a_class_can_extend_another_of_either_kind(parent: Any, child: Any) -> None:
    if parent is dataclasses and child is quick_values:
        pytest.skip("a value of a room that is entered early extends none of a late one")

    @parent.dataclass(frozen=True)
    class World:
        root: str = "/"
        home: str = "~"

    @child.dataclass(frozen=True)
    class Told(World):
        home: str = "?"
        files: tuple[str, ...] = child.field(default_factory=tuple)

    told = Told(files=("a",))
    assert (told.root, told.home, told.files) == ("/", "?", ("a",))
    assert told == Told("/", "?", ("a",)) != Told()
    for library in (dataclasses, quick_values):
        assert [each.name for each in library.fields(Told)] == ["root", "home", "files"]
        assert library.replace(told, root="/x") == Told("/x", "?", ("a",))
    with pytest.raises(AttributeError):
        told.root = "/y"  # type: ignore[misc]


def test_the_quick_functions_take_standard_values() -> None:
    @dataclasses.dataclass(frozen=True)
    class Late:
        name: str

    assert quick_values.replace(Late("a"), name="b") == Late("b")
    assert [each.name for each in quick_values.fields(Late("a"))] == ["name"]


def test_a_value_can_be_copied_and_stored() -> None:
    reading = Reading("nvml", Status.OK, "550.54")
    assert copy.deepcopy(reading) == reading
    assert pickle.loads(pickle.dumps(reading)) == reading  # noqa: S301 - our own


def test_what_is_not_frozen_changes_and_has_no_hash() -> None:
    for library in (dataclasses, quick_values):

        @library.dataclass
        class Talk:
            json: bool = False

        talk = Talk()
        talk.json = True
        assert talk == Talk(json=True)
        with pytest.raises(TypeError):
            hash(talk)


def test_order_goes_by_the_fields_that_compare() -> None:
    assert Version.parse("12.9") < Version.parse("12.10") <= Version.parse("12.10")
    assert sorted(map(Version.parse, ("2.10", "2.9"))) == [Version.parse("2.9"), Version.parse("2.10")]  # fmt: skip
    with pytest.raises(TypeError):
        assert Version.parse("1.0") < "2.0"  # type: ignore[operator]


def test_a_class_that_inherits_has_the_fields_of_the_class_above_it_first(kind: Any) -> None:
    @kind.library.dataclass(frozen=True)
    class Slice(kind):  # type: ignore[misc]
        part: int = 1

    @kind.library.dataclass(frozen=True)
    class Plain(Slice):
        """Without fields of its own."""

    assert list(vars(Plain("A", part=2))) == ["name", "memory", "notes", "secret", "text", "part"]
    assert Slice("A", 1, (), "s", "t", 3).part == 3
    assert list(vars(kind("A"))) == ["name", "memory", "notes", "secret", "text"]
    with pytest.raises(ValueError, match="no name"):
        Plain("")
