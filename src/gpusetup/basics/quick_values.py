"""Dataclasses that are ready at once: the ones behind `gpusetup.basics.values`.

The standard library writes and compiles source code for every class, which takes 0.3 ms each and
brings `inspect` with it: a third of the time of `plan --json`. Here the methods are closures over
the names of the fields.
"""

from __future__ import annotations

import operator
from typing import Any, Callable, Mapping, TypeVar

T = TypeVar("T")

NEEDED = object()  # the default of a field that has none
_COMPARISONS = ("lt", "le", "gt", "ge")


class Option:
    """What `field(...)` says of a field beyond its name and type."""

    def __init__(
        self,
        default: Any = NEEDED,
        default_factory: Callable[[], Any] | None = None,
        compare: bool = True,
        repr: bool = True,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = repr


class Field:
    """One field of a class, as `fields` tells it."""

    def __init__(self, name: str, type_: str, option: Option) -> None:
        self.name = name
        self.type = type_
        self.option = option


field = Option


def dataclass(kind: type | None = None, *, frozen: bool = False, order: bool = False) -> Any:
    """Give a class the methods that the standard decorator would give it."""

    def decorate(kind: type[T]) -> type[T]:
        own = _fields_of(kind)
        for name, method in _methods(kind, own, frozen=frozen, order=order).items():
            if name not in kind.__dict__:
                setattr(kind, name, method)
        kind.__value_fields__ = own  # type: ignore[attr-defined]
        kind.__dataclass_fields__ = _AsStandard("__dataclass_fields__", frozen)  # type: ignore[attr-defined]
        kind.__dataclass_params__ = _AsStandard("__dataclass_params__", frozen)  # type: ignore[attr-defined]
        return kind

    return decorate if kind is None else decorate(kind)


def fields(of: Any) -> tuple[Any, ...]:
    """The fields of a class or of one of its values, in order: with `name` and `type`."""
    kind = of if isinstance(of, type) else type(of)
    own: tuple[Field, ...] | None = kind.__dict__.get("__value_fields__")
    if own is not None:
        return own
    import dataclasses as standard

    return standard.fields(kind)


def replace(value: T, **changes: Any) -> T:
    """The same value with other contents in some fields."""
    facts = {each.name: getattr(value, each.name) for each in fields(value)}
    return type(value)(**{**facts, **changes})


def _fields_of(kind: type) -> tuple[Field, ...]:
    """Those of the class that it extends first."""
    found = {each.name: each for each in getattr(kind, "__value_fields__", ())}
    own: Mapping[str, str] = kind.__dict__.get("__annotations__", {})  # noqa: RUF063 - not those of a parent
    for name, type_ in own.items():
        given = kind.__dict__.get(name, NEEDED)
        option = given if isinstance(given, Option) else Option(given)
        if given is option and option.default is NEEDED:
            delattr(kind, name)
        elif given is option:
            setattr(kind, name, option.default)
        found[name] = Field(name, type_, option)
    return tuple(found.values())


def _methods(kind: type, own: tuple[Field, ...], *, frozen: bool, order: bool) -> dict[str, Any]:
    key = _key(tuple(each.name for each in own if each.option.compare))
    init = _init(own, getattr(kind, "__post_init__", None))
    methods: dict[str, Any] = {"__init__": init, "__repr__": _repr(own)}
    methods["__eq__"] = _compared("eq", key)
    methods["__hash__"] = (lambda self: hash(key(self))) if frozen else None
    if frozen:
        methods.update(__setattr__=_refuse, __delattr__=_refuse)
    if order:
        methods.update({f"__{name}__": _compared(name, key) for name in _COMPARISONS})
    return methods


def _key(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """What a value is compared by: the contents of these fields."""
    return operator.attrgetter(*names) if names else lambda _value: ()


def _init(own: tuple[Field, ...], check: Callable[[Any], None] | None) -> Callable[..., None]:
    names = tuple(each.name for each in own)
    blank = {each.name: each.option.default for each in own}
    factories = {e.name: e.option.default_factory for e in own if e.option.default_factory}
    needed = {name for name in names if blank[name] is NEEDED and name not in factories}

    def init(self: Any, *given: Any, **named: Any) -> None:
        first = names[: len(given)]
        facts = {**blank, **dict(zip(first, given)), **named}
        for name, make in factories.items():
            if facts[name] is NEEDED:
                facts[name] = make()
        is_twice = len(given) > len(names) or not named.keys().isdisjoint(first)
        if is_twice or len(facts) > len(names) or needed.difference(first, named):
            raise TypeError(f"{type(self).__name__} is made of {', '.join(names)}")
        self.__dict__.update(facts)
        if check:
            check(self)

    return init


def _repr(own: tuple[Field, ...]) -> Callable[[Any], str]:
    names = tuple(each.name for each in own if each.option.repr)

    def show(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return show


def _compared(name: str, key: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    holds = getattr(operator, name)

    def compare(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return holds(key(self), key(other))

    return compare


def _refuse(self: Any, name: str, *_value: Any) -> None:
    raise AttributeError(f"cannot change field {name!r} of {type(self).__name__}")


class _AsStandard:
    """What the standard functions and classes look for, made when one of them looks."""

    def __init__(self, name: str, frozen: bool) -> None:
        self._name = name
        self._frozen = frozen

    def __get__(self, _value: object, kind: type) -> Any:
        import dataclasses as standard

        own = map(_standard, fields(kind))
        made = standard.make_dataclass(kind.__name__, own, frozen=self._frozen)
        setattr(kind, self._name, getattr(made, self._name))
        return getattr(made, self._name)


def _standard(one: Field) -> tuple[str, str, Any]:
    import dataclasses as standard

    facts: dict[str, Any] = {"compare": one.option.compare, "repr": one.option.repr}
    if one.option.default is not NEEDED:
        facts["default"] = one.option.default
    elif one.option.default_factory:
        facts["default_factory"] = one.option.default_factory
    return one.name, one.type, standard.field(**facts)
