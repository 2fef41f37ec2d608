"""A machine without what belongs to persons: for profiles and reports that are passed on."""

from __future__ import annotations

import re
from typing import Callable, Iterable

from gpusetup.basics.redact import without_credentials, without_persons, without_uuids
from gpusetup.basics.values import replace
from gpusetup.machine import Conda, Gpu, Installers, Machine, Mig

Clean = Callable[[str], str]


def without_personal_data(machine: Machine, names: Iterable[str] = ()) -> Machine:
    """No UUIDs, users, hosts, proxies or credentials; home folders become `~`.

    `names` are the user's and the host's, which only the caller can know. The user's name is also
    taken from the home folder. PCI bus ids stay: they say which slot, not whose.
    """
    home = next((each.path for each in machine.disks if each.purpose == "home"), None)
    user = re.split(r"[\\/]", home.rstrip("\\/"))[-1] if home else ""
    hidden = tuple(dict.fromkeys(each for each in (*names, user) if each not in ("", "root", "~")))

    def clean(text: str) -> str:
        return without_persons(without_uuids(without_credentials(text)), home, hidden)

    return _cleaned(machine, clean)


def _cleaned(machine: Machine, clean: Clean) -> Machine:
    visible, python, conda = machine.cuda_visible_devices, machine.python, machine.conda
    return replace(
        machine,
        python=python and replace(python, path=clean(python.path)),
        other_pythons=tuple(replace(each, path=clean(each.path)) for each in machine.other_pythons),
        gpus=machine.gpus and tuple(map(_gpu, machine.gpus)),
        compute_nodes=tuple(_cleaned(each, clean) for each in machine.compute_nodes),
        toolkits=tuple(replace(each, path=clean(each.path)) for each in machine.toolkits),
        conda=_conda(conda, clean) if isinstance(conda, Conda) else conda,
        installers=_installers(machine.installers, clean),
        disks=tuple(replace(each, path=clean(each.path)) for each in machine.disks),
        proxies=(),
        cuda_visible_devices=visible and without_uuids(visible),
        readings=tuple(
            replace(each, detail=each.detail and clean(each.detail)) for each in machine.readings
        ),
        conflicts=tuple(
            replace(
                each,
                first=(each.first[0], clean(each.first[1])),
                second=(each.second[0], clean(each.second[1])),
            )
            for each in machine.conflicts
        ),
    )


def _gpu(gpu: Gpu) -> Gpu:
    mig = gpu.mig
    if mig is not None:
        instances = tuple(replace(each, uuid=None) for each in mig.instances)
        mig = Mig(mig.enabled, instances)
    return replace(gpu, uuid=None, mig=mig)


def _conda(conda: Conda, clean: Clean) -> Conda:
    root = conda.root and clean(conda.root)
    return replace(conda, executable=clean(conda.executable), root=root)


def _installers(found: Installers, clean: Clean) -> Installers:
    return Installers(
        uv=found.uv and clean(found.uv),
        uv_version=found.uv_version,
        pip_config_files=tuple(map(clean, found.pip_config_files)),
        index_url=found.index_url and clean(found.index_url),
        extra_index_urls=tuple(map(clean, found.extra_index_urls)),
        find_links=tuple(map(clean, found.find_links)),
        no_index=found.no_index,
        cert=found.cert and clean(found.cert),
    )
