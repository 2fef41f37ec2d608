"""Options that several commands have, as the parameters of a function that reads them."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import Any, Callable, Mapping, TypeVar, get_type_hints

from gpusetup.basics.errors import UsageError

Result = TypeVar("Result")


def with_group(
    read: Callable[..., Any], name: str
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """A decorator: a function gets all options of `read`, and what `read` makes of them as `name`.

    The options stand where the function has its parameter `name`. Such a function can be a `read`.
    """
    group = inspect.signature(read).parameters

    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        @wraps(function)
        def wrapper(**given: Any) -> Result:
            values = {each: given.pop(each) for each in group}
            return function(**given, **{name: read(**values)})

        own = inspect.signature(function)
        places = (
            [*group.values()] if each.name == name else [each] for each in own.parameters.values()
        )
        parameters = [each.replace(kind=each.KEYWORD_ONLY) for place in places for each in place]
        hints = {**get_type_hints(read), **get_type_hints(function)}
        wrapper.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {each.name: hints[each.name] for each in parameters}
        del wrapper.__wrapped__  # typer would look through it
        return wrapper

    return decorate


def refuse_given(code: str, options: Mapping[str, object]) -> None:
    """For options that do not go with what was asked for.

    Raises:
        UsageError: one of them was given.
    """
    for option, value in options.items():
        if value:
            raise UsageError(code, option=option)
