"""Where things of ours lie: the state folder, runs, locks, and the environments."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping

from gpusetup.effects.home_folder import NOWHERE, Home, home_folder

ENVIRONMENTS = "gpu-envs"


def state_folder(environ: Mapping[str, str], home: Home = home_folder) -> Path:
    """gpusetup's own folder for runs, journals, locks and logs. GPUSETUP_STATE moves it.

    Always absolute: what a journal names is taken back from another folder too. With
    `home_to_read` it can be asked for where there is no home folder; nothing lies there then.

    Raises:
        Refused: there is no home folder, and nothing else was named.
    """
    wish = environ.get("GPUSETUP_STATE")
    if wish:
        return Path(wish).expanduser().absolute()
    if not environ.get("XDG_STATE_HOME", "").strip() and home() == NOWHERE:
        return NOWHERE / "state"
    from platformdirs import user_state_path

    return user_state_path("gpusetup", appauthor=False)


def environments_folder(
    environ: Mapping[str, str], cloud: str | None = None, home: Home = home_folder
) -> Path:
    """Where environments are made without a wish: `~/gpu-envs`, or the cloud's data disk.

    On AutoDL the system disk is small; the large data disk is mounted at /root/autodl-tmp.

    Raises:
        Refused: there is no home folder, and nothing else was named.
    """
    wish = environ.get("GPUSETUP_ENVS")
    if wish:
        return Path(wish).expanduser().absolute()
    data_disk = Path("/root/autodl-tmp")
    # os.path, because Path raises where another user's folder may not be looked into
    if cloud == "autodl" and os.path.isdir(data_disk):  # noqa: PTH112
        return data_disk / ENVIRONMENTS
    return home() / ENVIRONMENTS
