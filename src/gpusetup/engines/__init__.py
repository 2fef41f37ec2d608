"""How each installer says it: the steps for create, install, remove, list. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, Protocol

from gpusetup.request import Engine

if TYPE_CHECKING:
    from gpusetup.engines.held import Held
    from gpusetup.engines.solved import Solved
    from gpusetup.engines.specs import Wanted
    from gpusetup.steps import Command


class CondaEngine(Protocol):
    """What every engine that reads channels can say. Its modules are the implementations."""

    @property
    def cache_variable(self) -> str:
        """The name in the environment that moves its package cache."""

    def create(
        self, program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], text: str, /
    ) -> Command: ...

    def dry_run(
        self, program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], /
    ) -> Command: ...

    def install(
        self, program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], text: str, /
    ) -> Command: ...

    def dry_install(
        self, program: str, prefix: str, wanted: Wanted, env: Mapping[str, str | None], /
    ) -> Command: ...

    def read(self, output: str, /) -> tuple[Solved, ...]: ...

    def read_changed(self, output: str, held: Held, /) -> tuple[Solved, ...]: ...


def conda_engine(engine: Engine) -> CondaEngine:
    """The engine that is built in, or the one of conda, mamba and micromamba."""
    from gpusetup.engines import conda, rattler

    return rattler if engine is Engine.RATTLER else conda
