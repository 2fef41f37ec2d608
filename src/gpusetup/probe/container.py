"""Whether we run in a container, and whose. Inside one no driver can be installed."""

from __future__ import annotations

import re

from gpusetup.machine import Reading, Status
from gpusetup.probe.world import World

# What systemd and the runtimes themselves call it (systemd's CONTAINER_INTERFACE page).
_NAMES = {
    "docker": "docker",
    "podman": "podman",
    "lxc": "lxc",
    "lxc-libvirt": "lxc",
    "apptainer": "apptainer",
    "singularity": "apptainer",
    "wsl": None,
}
_CGROUPS = (
    (r"kubepods", "kubernetes"),
    (r"libpod", "podman"),
    (r"docker|containerd", "docker"),
    (r"/lxc[./]|lxc\.payload", "lxc"),
)


def read_container(world: World) -> tuple[str | None, Reading]:
    """The kind of container, and the mark that told it; absent on a bare machine."""
    for kind, mark in _marks(world):
        if kind:
            return kind, Reading("container", Status.OK, mark)
    return None, Reading("container", Status.ABSENT)


def _marks(world: World) -> list[tuple[str | None, str]]:
    """All marks, the most telling first: Apptainer may start inside Docker inside Kubernetes."""
    environ = world.environ
    return [
        *(("apptainer", name) for name in _APPTAINER if environ.get(name)),
        *(("apptainer", path) for path in ("/.singularity.d",) if world.is_folder(path)),
        *(("kubernetes", name) for name in ("KUBERNETES_SERVICE_HOST",) if environ.get(name)),
        *(
            ("kubernetes", path)
            for path in ("/var/run/secrets/kubernetes.io", "/run/secrets/kubernetes.io")
            if world.is_folder(path)
        ),
        *(("podman", path) for path in ("/run/.containerenv",) if world.exists(path)),
        *(("docker", path) for path in ("/.dockerenv",) if world.exists(path)),
        *_named(world),
    ]


_APPTAINER = ("APPTAINER_CONTAINER", "SINGULARITY_CONTAINER", "APPTAINER_NAME", "SINGULARITY_NAME")


def _named(world: World) -> list[tuple[str | None, str]]:
    first = world.text("/proc/1/environ") or ""
    words = (
        ("$container", world.environ.get("container", "")),
        ("/run/systemd/container", (world.text("/run/systemd/container") or "").strip()),
        ("/proc/1/environ", (re.search(r"(?:^|\0)container=([^\0]*)", first) or ["", ""])[1]),
    )
    found = [(_NAMES.get(word, "other"), mark) for mark, word in words if word]
    groups = world.text("/proc/1/cgroup") or ""
    return found + [
        (kind, "/proc/1/cgroup") for pattern, kind in _CGROUPS if re.search(pattern, groups)
    ]
