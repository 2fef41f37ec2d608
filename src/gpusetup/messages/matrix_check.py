"""Sentences of `matrix check`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.matrix.check": "Compare the compatibility data with what the indexes hold today.",
    "help.matrix.check.more": (
        "It lists torch, torchvision and torchaudio on the package index that pip or uv would "
        "use, and on the PyTorch wheel index, and reads a few kilobytes out of one wheel of each "
        "release and platform. Nothing is installed and no wheel is downloaded whole."
    ),
    "help.matrix.check.examples": (
        "gpusetup matrix check\ngpusetup matrix check --origin pypi --torch '>=2.6'"
    ),
    "help.matrix.check.origin": "Which index: pypi, wheel-index or all.",
    "help.matrix.check.torch": "Only these releases: 2.7.1, 2.7 or '>=2.4,<2.6'.",
    "help.matrix.check.limit": "Receive no more than this from the network.",
    "help.matrix.check.no-cache": "Ask for everything again, and remember nothing.",
    "help.metavar.MIB": "MIB",
    "matrix-check.limit": "`--limit-mib {limit}` leaves nothing to receive.",
    "matrix-check.limit.next": "Write a number of MiB, such as `--limit-mib 60`.",
    "matrix-check.nothing": "No index could be compared: {reasons}.",
    "matrix-check.nothing.next": (
        "Check the connection, or name an index that can be reached: set `PIP_INDEX_URL` "
        "(package index) or `GPUSETUP_WHEEL_INDEX` (PyTorch wheel index)."
    ),
    "matrix-check.title": "The compatibility data and the indexes",
    "matrix-check.origin.pypi": "PyPI",
    "matrix-check.origin.wheel-index": "wheel index",
    "matrix-check.same": "{releases} releases, {listed} builds: no difference",
    "matrix-check.differs": "{releases} releases, {listed} builds; differences: {count}",
    "matrix-check.not-checked": "not checked: {reason}",
    "matrix-check.no-index": "there is no package index to ask (pip is set to `no-index`)",
    "matrix-check.no-rows": "the data has no such builds from there",
    "matrix-check.from": "{url}, {read} wheels looked into",
    "matrix-check.unread": (
        "{count} files could not be looked into, so what stands inside them was not compared. "
        "The first: {name} ({reason})."
    ),
    "matrix-check.budget": (
        "The limit of {limit} was reached, so {count} files were not looked into. Run it again: "
        "what was read is remembered. Or allow more with `--limit-mib`."
    ),
    "matrix-check.listing": "Reading the file lists",
    "matrix-check.reading": "Looking into wheels: {done} of {total} ({where})",
    "matrix-check.cost": "{requests} requests, {size}, {time}",
    "matrix-check.differs.next": (
        "If the index is right, correct the files in `compat/` (its README says how); "
        "`tools/derive.py` proposes rows for new releases."
    ),
    # differences
    "matrix-check.on-page": "{text} ({page})",
    "matrix-check.diff.release-missing": "{package} {version}: in the data, not on the index",
    "matrix-check.diff.release-extra": "{package} {version}: on the index, not in the data",
    "matrix-check.diff.wheels-missing": (
        "{package} {version} {build} for {platform}: in the data, not on the index"
    ),
    "matrix-check.diff.wheels-extra": (
        "{package} {version} {build} for {platform}: on the index, not in the data"
    ),
    "matrix-check.diff.yanked": "{package} {version} for {platform}: taken back by its makers",
    "matrix-check.diff.python-missing": (
        "{package} {version} {build} for {platform}: there is no wheel for Python {expected}"
    ),
    "matrix-check.diff.python-extra": (
        "{package} {version} {build} for {platform}: a wheel for Python {found} is not in the data"
    ),
    "matrix-check.diff.glibc": (
        "{package} {version} {build} for {platform}: glibc {expected} in the data, {found} in the "
        "name of the wheel"
    ),
    "matrix-check.diff.macos": (
        "{package} {version} {build} for {platform}: macOS {expected} in the data, {found} in the "
        "name of the wheel"
    ),
    "matrix-check.diff.cuda": (
        "{package} {version} {build} for {platform}: CUDA {expected} in the data, {found} in the "
        "wheel"
    ),
    "matrix-check.diff.cudnn": (
        "{package} {version} {build} for {platform}: cuDNN {expected} in the data, {found} in the "
        "wheel"
    ),
    "matrix-check.diff.nccl": (
        "{package} {version} {build} for {platform}: NCCL {expected} in the data, {found} in the "
        "wheel"
    ),
    "matrix-check.diff.date": (
        "{package} {version}: released {expected} in the data, uploaded {found}"
    ),
    "matrix-check.diff.companion": (
        "{package} {version} {build} for {platform}: the data pairs it with {expected}, the index "
        "has {found}, which asks for this torch"
    ),
    "matrix-check.diff.companion-missing": (
        "{package} {version} for {platform}: named for {expected}, not on the index"
    ),
    "matrix-check.diff.companion-pin": (
        "{package} {version} for {platform}: paired with {expected}, but it asks for {found}"
    ),
    "matrix-check.diff.companion-python": (
        "{package} {version} for {platform}: Python {expected} in the data, {found} on the index"
    ),
    "matrix-check.diff.excluded-pythons": (
        "{package} {version} for {platform}: excludes Python {expected} in the data, {found} on "
        "the index"
    ),
}
