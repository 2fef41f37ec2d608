"""Sentences of `matrix check`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.matrix.check": "Compare the compatibility data with what the indexes hold today.",
    "help.matrix.check.more": (
        "It lists torch, torchvision and torchaudio on the package index that pip or uv would "
        "use, and on the PyTorch wheel index, and reads a few kilobytes out of one wheel of each "
        "release and platform. Of the conda channels conda-forge and pytorch it reads what they "
        "list of these packages. Nothing is installed and no package is downloaded whole. An index "
        "or channel that cannot be reached is named and left out."
    ),
    "help.matrix.check.examples": (
        "gpusetup matrix check\ngpusetup matrix check --origin pypi --torch '>=2.6'\n"
        "gpusetup matrix check --origin conda-forge"
    ),
    "help.matrix.check.origin": "Which: pypi, wheel-index, conda-forge, pytorch or all.",
    "help.matrix.check.torch": "Only these releases: 2.7.1, 2.7 or '>=2.4,<2.6'.",
    "help.matrix.check.limit": "Receive no more than this from the indexes of wheels.",
    "help.matrix.check.no-cache": "Ask for everything again, and remember nothing.",
    "help.metavar.MIB": "MIB",
    "matrix-check.limit": "`--limit-mib {limit}` leaves nothing to receive.",
    "matrix-check.limit.next": "Write a number of MiB, such as `--limit-mib 60`.",
    "matrix-check.nothing": "No index could be compared: {reasons}.",
    "matrix-check.nothing.next": (
        "Check the connection, or name an index that can be reached: set `PIP_INDEX_URL` "
        "(package index), `GPUSETUP_WHEEL_INDEX` (PyTorch wheel index) or `GPUSETUP_CHANNELS` "
        "(a copy of the conda channels)."
    ),
    "matrix-check.title": "The compatibility data and the indexes",
    "matrix-check.origin.pypi": "PyPI",
    "matrix-check.origin.wheel-index": "wheel index",
    "matrix-check.origin.conda-forge": "conda-forge",
    "matrix-check.origin.pytorch": "pytorch channel",
    "matrix-check.same": "{releases} releases, {listed} builds: no difference",
    "matrix-check.differs": "{releases} releases, {listed} builds; differences: {count}",
    "matrix-check.not-checked": "not checked: {reason}",
    "matrix-check.no-index": "there is no package index to ask (pip is set to `no-index`)",
    "matrix-check.no-rows": "the data has no such builds from there",
    "matrix-check.no-torch": "it lists no torch ({url})",
    "matrix-check.from": "{url}, {read} wheels looked into",
    "matrix-check.from-channel": "{url}, {read} packages compared",
    "matrix-check.unread": (
        "{count} files could not be looked into, so what stands inside them was not compared. "
        "The first: {name} ({reason})."
    ),
    "matrix-check.unread-parts": (
        "Parts of the channel {channel} could not be read, so their builds were not compared: "
        "{parts}."
    ),
    "matrix-check.budget": (
        "The limit of {limit} was reached, so {count} files were not looked into. Run it again: "
        "what was read is remembered. Or allow more with `--limit-mib`."
    ),
    "matrix-check.listing": "Reading the file lists",
    "matrix-check.reading": "Looking into wheels: {done} of {total} ({where})",
    "matrix-check.channel": "Reading the channel {channel}",
    "matrix-check.cost": "{requests} requests, {size}, {time}",
    "matrix-check.cost-and-channels": (
        "{requests} requests, {size}, without those to channels; {time}"
    ),
    "matrix-check.settled": (
        "Now known: {count} builds of medium confidence are as the channel says. Their rows in "
        "`compat/` can be raised to high, with the channel as a source:"
    ),
    "matrix-check.settled.release": "torch {torch} ({channel}): {builds}",
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
    # differences of a conda channel
    "matrix-check.channel.release-missing": (
        "{package} {version}: in the data, not on the channel {channel}"
    ),
    "matrix-check.channel.release-extra": (
        "{package} {version}: on the channel {channel}, not in the data"
    ),
    "matrix-check.channel.wheels-missing": (
        "{package} {version} {build} for {platform}: in the data, not on the channel {channel}"
    ),
    "matrix-check.channel.wheels-extra": (
        "{package} {version} {build} for {platform}: on the channel {channel}, not in the data"
    ),
    "matrix-check.channel.python-missing": (
        "{package} {version} {build} for {platform}: the channel {channel} has no package for "
        "Python {expected}"
    ),
    "matrix-check.channel.python-extra": (
        "{package} {version} {build} for {platform}: the channel {channel} has a package for "
        "Python {found}, which is not in the data"
    ),
    "matrix-check.channel.glibc": (
        "{package} {version} {build} for {platform}: glibc {expected} in the data, {found} on the "
        "channel {channel}"
    ),
    "matrix-check.channel.cuda": (
        "{package} {version} {build} for {platform}: CUDA {expected} in the data, {found} on the "
        "channel {channel}"
    ),
    "matrix-check.channel.cudnn": (
        "{package} {version} {build} for {platform}: cuDNN {expected} in the data, {found} on the "
        "channel {channel}"
    ),
    "matrix-check.channel.toolkit": (
        "{package} {version} {build} for {platform}: its CUDA is picked by {expected} in the "
        "data, by {found} on the channel {channel}"
    ),
    "matrix-check.channel.toolkit-missing": (
        "{package} {version} {build} for {platform}: the channel {channel} has no {expected}, "
        "which picks its CUDA"
    ),
    "matrix-check.channel.companion": (
        "{package} {version} {build} for {platform}: the data pairs it with {expected}, the "
        "channel {channel} has {found}, which asks for this torch"
    ),
    "matrix-check.channel.companion-missing": (
        "{package} {version} {build} for {platform}: named for {expected}, not on the channel "
        "{channel}"
    ),
    "matrix-check.channel.companion-pin": (
        "{package} {version} {build} for {platform}: paired with {expected}, but on the channel "
        "{channel} it asks for {found}"
    ),
}
