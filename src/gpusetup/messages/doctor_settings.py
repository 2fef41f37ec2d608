"""Sentences of the doctor about installers' files, shells, disks and memory: titles and texts."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.conda.config-broken": "conda cannot read its configuration",
    "doctor.conda.config-broken.text": "{path}, line {line}: {error}. Every conda command fails, "
    "or "
    "ignores the file.",
    "doctor.pip.config-broken": "pip cannot read its configuration",
    "doctor.pip.config-broken.text": "{path}, line {line}: {error}. Every pip command fails.",
    "doctor.uv.config-broken": "uv cannot read its configuration",
    "doctor.uv.config-broken.text": "{path}, line {line}: {error}. Every uv command fails.",
    "doctor.conda.dead-channel": "conda is sent to a channel that is gone",
    "doctor.conda.dead-channel.text": "{path} names {url}, which no longer exists. One missing "
    "channel stops every installation.",
    "doctor.conda.dead-channel.title.unknown-host": "conda is sent to a host that "
    "nobody here knows",
    "doctor.conda.dead-channel.text.unknown-host": "{path} names {url}, and nobody here knows "
    "this host.",
    "doctor.pip.dead-index": "pip is sent to an index that is gone",
    "doctor.pip.dead-index.text": "{path} names {url}, which no longer answers. pip then says that "
    "there is no such package.",
    "doctor.pip.dead-index.title.unknown-host": "pip is sent to a host that nobody here knows",
    "doctor.pip.dead-index.text.unknown-host": "{path} names {url}, and nobody here knows this "
    "host.",
    "doctor.uv.dead-index": "uv is sent to an index that is gone",
    "doctor.uv.dead-index.title.unknown-host": "uv is sent to a host that nobody here knows",
    "doctor.uv.dead-index.text.unknown-host": "{path} names {url}, and nobody here knows this "
    "host.",
    "doctor.uv.dead-index.text": "{path} names {url}, which no longer answers.",
    "doctor.conda.channel-alias": "conda takes every channel from one mirror",
    "doctor.conda.channel-alias.text": "`channel_alias` in {path} is {url}. Channels that this "
    "mirror does not have, such as `nvidia`, cannot be found.",
    "doctor.conda.conflicting-channels": "conda mixes `defaults` and conda-forge",
    "doctor.conda.conflicting-channels.text": "The channels are: {channels}. Without strict "
    "priority, packages of both can end up in one environment.",
    "doctor.pip.conflicting-indexes": "The index of one PyTorch build is set for everything",
    "doctor.pip.conflicting-indexes.text": "{path} names {url} beside the usual index. pip takes "
    "the highest version of both, which may be another build of PyTorch.",
    "doctor.pip.conflicting-indexes.text.only": "{path} makes {url} the only index. It holds "
    "PyTorch "
    "and few other packages, and one build for ever.",
    "doctor.pip.config-unread": "pip does not read this configuration",
    "doctor.pip.config-unread.text": "{path} is not where pip looks, so its settings do nothing.",
    "doctor.proxy.dead": "The proxy does not answer",
    "doctor.proxy.dead.text": "All downloads are sent to {url}, which takes no connection. "
    "Installers then say that a package does not exist.",
    "doctor.cache.damaged": "A package cache holds damaged files",
    "doctor.cache.damaged.text": "{count} in the cache of {tool}. An installation from them fails "
    "again and "
    "again.",
    "doctor.shell.library-path-overwritten": "A start file throws LD_LIBRARY_PATH away",
    "doctor.shell.library-path-overwritten.text": "{path}, line {line} sets the variable anew "
    "instead "
    "of adding to it. What others have set is lost, and its libraries come before those of "
    "PyTorch.",
    "doctor.shell.library-path-overwritten.text.dead": "{path}, line {line} sets the variable "
    "anew, to "
    "a folder that is not there. What others have set is lost.",
    "doctor.shell.dead-path": "A start file names a folder that is gone",
    "doctor.shell.dead-path.text": "{path}, line {line} adds a folder to {variable} that is not "
    "there. That is harmless, and nobody needs the line.",
    "doctor.environment.library-shadowed": "Other libraries are loaded before PyTorch's own",
    "doctor.environment.library-shadowed.text": "LD_LIBRARY_PATH puts {path} ({version}) before "
    "the "
    "`{library}` that PyTorch was built with.",
    "doctor.environment.library-shadowed.text.module": "The module `{module}` puts {path} "
    "({version}) before the {library} that PyTorch came with. A wheel brings its own CUDA and "
    "needs "
    "no such module.",
    "doctor.environment.library-shadowed.text.failing": "LD_LIBRARY_PATH puts {path} ({version}) "
    "before the `{library}` that PyTorch was built with, and PyTorch fails.",
    "doctor.environment.python-broken": "The environment's Python does not start",
    "doctor.environment.python-broken.text": "`{python}` could not be asked what it holds.",
    "doctor.environment.python-broken.text.timeout": "`{python}` did not answer in time. It may "
    "lie "
    "on a slow network disk.",
    "doctor.torch.cuda-unused": "A PyTorch for CUDA on a machine without a GPU",
    "doctor.torch.cuda-unused.text": "PyTorch {torch} for CUDA {cuda} computes on the processor "
    "here. "
    "That works; the build for processors is gigabytes smaller.",
    "doctor.torch.import-failed": "PyTorch cannot be imported",
    "doctor.torch.import-failed.text": "It ends with: {error}",
    "doctor.torch.proof-failed": "PyTorch does not compute rightly",
    "doctor.torch.proof-failed.text": "It was imported, and failed at: {checks}.",
    "doctor.room.disk-full": "A disk is full",
    "doctor.room.disk-full.text": "{free} MiB are free at {path}.",
    "doctor.room.disk-full.text.quota": "{free} MiB of your quota of {quota} MiB are left at "
    "{path}.",
    "doctor.room.disk-full.text.tmp": "{free} MiB are free at {path}, where installers unpack.",
    "doctor.room.disk-full.text.unknown": "There was no space left on the device.",
    "doctor.room.disk-low": "There is little room on a disk",
    "doctor.room.disk-low.text": "{free} MiB are free at {path}. PyTorch for CUDA takes about "
    "8000 MiB.",
    "doctor.room.disk-low.text.quota": "{free} MiB of your quota of {quota} MiB are left at "
    "{path}. "
    "PyTorch for CUDA takes about 8000 MiB.",
    "doctor.room.memory-small": "Little memory, and no swap",
    "doctor.room.memory-small.text": "This machine has {memory} MiB and no swap space. The system "
    "ends a program that loads more.",
    "doctor.room.memory-small.text.container": "The system has ended a program for want of memory: "
    "this container has {memory} MiB.",
    "doctor.room.memory-small.text.killed": "An installer ended for want of memory.",
}
