"""Sentences of `matrix`."""

from __future__ import annotations

_DATA = {
    "matrix.errors": "Mistakes in the compatibility data: {count}.",
    "matrix.errors.next": (
        "Correct these places; without GPUSETUP_COMPAT the data that gpusetup came with is used."
    ),
    "matrix.error-place": "{file}, line {line}, {path}: {text}",
    "matrix.error-line": "{file}, line {line}: {text}",
    "matrix.error-file": "{file}: {text}",
    "matrix.not-there": "GPUSETUP_COMPAT names {path}, which does not exist.",
    "matrix.not-there.next": (
        "Correct GPUSETUP_COMPAT, or unset it: gpusetup brings data of its own."
    ),
    "matrix.no-files": "There is no .yaml file in this folder.",
    "matrix.unreadable": "The file cannot be read: {problem}.",
    "matrix.too-large": "The file is larger than {limit} MiB; no compatibility data is.",
    "matrix.not-utf-8": "The file is not UTF-8 text.",
    "matrix.no-yaml": "This is not YAML: {problem}.",
    "matrix.empty": "The file is empty.",
    "matrix.several-documents": "A second document begins here; a file holds one.",
    "matrix.alias": "Anchors (&) and aliases (*) are not read here. Write the value out.",
    "matrix.tag": "Tags (!) are not read here. Write the value without it.",
    "matrix.too-deep": "Lists and mappings are nested too deeply here.",
    "matrix.wants-scalar": "One value is expected here, not a list or a mapping.",
    "matrix.wants-list": "A list is expected here: [a, b].",
    "matrix.wants-mapping": "A mapping is expected here: lines of `key: value`.",
    "matrix.unknown-key": "The key {key} is not known here. Is it misspelt?",
    "matrix.missing": "The key {key} is missing.",
    "matrix.duplicate-key": "The key {key} stands here again; the first is in line {first}.",
    "matrix.duplicate-row": "This row was already given in line {first}.",
    "matrix.row-in-two-files": "The row {key} stands in {other} too.",
    "matrix.unquoted": 'YAML may change {value} silently. Write it in quotes: "{value}".',
    "matrix.no-text": "Words are expected here, not {value}.",
    "matrix.no-https": "{value} is not an https address without login, ? and #.",
    "matrix.no-version": '{value} is not a version. Versions are numbers with dots: "12.6".',
    "matrix.no-range": '{value} is not a range of releases such as ">=2.4,<2.8".',
    "matrix.needs-newer": "The file needs gpusetup {wanted} or newer; this is {have}.",
    "matrix.no-capability": '{value} is not a compute capability such as "8.6".',
    "matrix.no-architecture-name": "{value} is not an architecture such as sm_86 or compute_90.",
    "matrix.no-date": '{value} is not a date such as "2026-11-21".',
    "matrix.no-number": "{value} is not a number. Numbers stand here without quotes.",
    "matrix.no-flag": "{value} is neither true nor false.",
    "matrix.no-device-id": '{value} is not a PCI device id: four of 0-9 and a-f, such as "2684".',
    "matrix.not-a-choice": "{value} is not possible here. Possible: {all}.",
    "matrix.unknown-source": "The source {key} is not among the sources at the head of this file.",
    "matrix.no-source": "The row names no source.",
    "matrix.build-and-runtime": "A build has a cuda_runtime, only cpu has none; {build} differs.",
    "matrix.dangling": "{key} is named here, but the table {table} has no such row.",
}

_LIST = {
    "help.matrix.option.torch": "Only these releases: `2.7.1`, `>=2.4,<2.6`.",
    "help.matrix.option.platform": "Another system than this one.",
    "help.matrix.option.gpu": "Only builds that run on this GPU: a name or a capability (`8.6`).",
    "help.matrix.option.driver": "Only builds that this NVIDIA driver serves: `535`.",
    "help.matrix.option.origin": "Only builds from there.",
    "help.matrix.option.picture": "Which torch runs on which GPU with which driver, as a table.",
    "matrix.platform": "`{platform}` is not a system that torch is made for.",
    "matrix.platform.next": "Write one of: {known}.",
    "matrix.driver": "`{text}` is not a driver version.",
    "matrix.driver.next": "Write a branch such as 535 or a version such as 535.183.01.",
    "matrix.list-title": "Releases of PyTorch for {platform}: {count} (data of {updated})",
    "matrix.list-none": "No build in the compatibility data fits.",
    "matrix.picture-title": "The newest PyTorch for each GPU and driver on {platform}",
    "matrix.picture-looking": "Asking for every GPU and driver",
    "matrix.picture-legend": (
        "Columns are driver branches (535: the newest 535.x). `-`: this driver does not know the "
        "GPU. `x`: no PyTorch fits. `*`: from conda-forge."
    ),
    "matrix.picture-more": "Not shown here for want of room: {branches}. `--json` has them all.",
    "matrix.picture-cuda-only": "There is no CUDA on {platform}; nothing to show.",
    "matrix.column.torch": "torch",
    "matrix.column.released": "Released",
    "matrix.column.pypi": "PyPI",
    "matrix.column.wheel-index": "Wheel index",
    "matrix.column.conda-forge": "conda-forge",
    "matrix.column.pytorch": "pytorch channel",
    "matrix.column.pythons": "Python",
    "matrix.column.gpu": "GPU",
    "matrix.column.driver": "Driver",
    "matrix.column.build": "Build",
    "matrix.column.origin": "From",
    "matrix.column.gpus": "Code for",
    "matrix.column.minimum": "Driver from",
}

_SHOW = {
    "help.matrix.show.what": (
        "A GPU (`RTX 3060`, `sm_86`, `10de:2684`), a torch (`2.7.1`), a driver (`driver 535`) or "
        "a CUDA (`cuda 12.6`, `cu126`)."
    ),
    "matrix.unknown": "`{text}` is not in the compatibility data.",
    "matrix.unknown.next": (
        "Write a GPU as nvidia-smi names it, or `torch 2.7.1`, `driver 535`, `cu126`."
    ),
    "matrix.unknown-near": "`{text}` is not in the compatibility data.",
    "matrix.unknown-near.next": "Did you mean one of these? {near}",
    "matrix.unclear": "`{text}` can mean several things.",
    "matrix.unclear.next": "Write one of these: {candidates}",
    "matrix.label.architecture": "Architecture",
    "matrix.label.memory": "GPU memory",
    "matrix.label.power": "Power",
    "matrix.label.driver": "Driver",
    "matrix.label.speed": "Figures",
    "matrix.label.cards": "Cards",
    "matrix.label.state": "State",
    "matrix.label.cuda": "CUDA",
    "matrix.label.toolkits": "Toolkits",
    "matrix.label.builds": "Builds",
    "matrix.label.drives": "Drives",
    "matrix.gpu-architecture": "{name}, compute capability {capability}",
    "matrix.gpu-architecture-chip": "{name}, compute capability {capability}, chip {chip}",
    "matrix.gpu-memory": "{sizes} GB",
    "matrix.gpu-memory-options": "{sizes} GB, as sold",
    "matrix.gpu-power": "{watts} W. How it is fed is the matter of the machine it comes in.",
    "matrix.gpu-power-supply": (
        "{watts} W. A computer with one of them wants a power supply of about {supply} W."
    ),
    "matrix.gpu-driver-open": "branch R{first} or newer; still supported",
    "matrix.gpu-driver-closed": "branch R{first} to R{last}; newer drivers do not know it",
    "matrix.gpu-driver-until": "up to branch R{last}; newer drivers do not know it",
    "matrix.gpu-driver-any": "every branch so far; still supported",
    "matrix.gpu-driver-jetson": "part of its system (JetPack), not installed by itself",
    "matrix.gpu-open-required": "It needs the open kernel modules.",
    "matrix.gpu-torch-title": "Which PyTorch runs on it ({platform})",
    "matrix.gpu-torch-title-of": "Which PyTorch runs on {capability} ({platform})",
    "matrix.gpu-torch-none": "No build of PyTorch in the compatibility data runs on it.",
    "matrix.gpu-torch-free": "With its own system: PyTorch {torch} ({build}).",
    "matrix.gpu-no-cuda": "There is no CUDA on {platform}; shown for {other}.",
    "matrix.branches": "R{first} to R{last}",
    "matrix.branch": "R{first}",
    "matrix.branches-open": "R{first} and newer",
    "matrix.ask-plan": "`gpusetup plan` answers for your machine.",
    "matrix.torch-title": "PyTorch {torch}, released {released} ({platform})",
    "matrix.torch-none": "There is no build of it for {platform}.",
    "matrix.torch-elsewhere": "It exists for {platforms}; add `--platform`.",
    "matrix.trap-pins": "Install with it: {pins}",
    "matrix.torch-companions": "Goes with {companions}.",
    "matrix.torch-others": "Also known: {others}.",
    "matrix.driver-title": "NVIDIA driver {version} (branch R{branch})",
    "matrix.driver-title-alone": "NVIDIA driver {version}",
    "matrix.driver-newer": (
        "not in the data, whose newest branch is R{newest}; shown is what that one can do"
    ),
    "matrix.driver-cuda": "serves CUDA up to {cuda} (as nvidia-smi shows it)",
    "matrix.driver-runtimes": "builds for CUDA {newest} and older run on it",
    "matrix.driver-end": "{state}, until {end}",
    "matrix.driver-ended": "{state} since {end}",
    "matrix.driver-torch-title": "The newest PyTorch with it ({platform})",
    "matrix.state.current": "current",
    "matrix.state.long-term": "long-term support",
    "matrix.state.superseded": "superseded by a newer branch",
    "matrix.state.end-of-life": "no longer maintained",
    "matrix.state.legacy": "kept for old cards only",
    "matrix.cuda-title": "CUDA {version}",
    "matrix.cuda-minimum": "{linux} or newer (Linux), {windows} or newer (Windows)",
    "matrix.cuda-ptx": (
        "To translate code for newer GPUs itself, the driver must be {linux} (Linux) or "
        "{windows} (Windows)."
    ),
    "matrix.cuda-builds": "PyTorch {torches} ({platform})",
    "matrix.cuda-no-builds": "no build of PyTorch for {platform} uses it",
    "matrix.figure.bandwidth_gb_s": "{value} GB/s memory",
    "matrix.figure.fp32_tflops": "{value} TFLOP/s float32",
    "matrix.figure.tf32_tflops": "{value} TFLOP/s TF32",
    "matrix.figure.fp16_tflops": "{value} TFLOP/s float16",
    "matrix.figure.bf16_tflops": "{value} TFLOP/s bfloat16",
    "matrix.figure.fp8_tflops": "{value} TFLOP/s float8",
}

_WHY = {
    "help.matrix.why.what": "The torch in question: `torch==2.15`, `2.7.1`, `2.7.1+cu126`.",
    "help.matrix.why.machine": "Ask for the machine in this profile; nothing is probed.",
    "matrix.why-torch": "`{text}` is not a version of torch.",
    "matrix.why-torch.next": "Write `gpusetup matrix why torch==2.15`.",
    "matrix.why-yes": "Yes: {chosen} runs here.",
    "matrix.why-no": "No: {reason}",
    "matrix.why-builds": "Its builds, one by one",
    "matrix.why-takes": "This is the one that would be taken.",
    "matrix.why-instead": "What would be taken without this wish",
    "matrix.why-nothing": "Nothing else runs here either.",
    "matrix.why-nothing-changes": "Nothing on this machine would change that.",
}

_UPDATE = {
    "help.matrix.update.file": "A file or an http(s) address: zip, tar.gz, or one .yaml file.",
    "help.matrix.update.sha256": "The SHA-256 that the file must have.",
    "help.matrix.update.restore": "Go back to the data that was used before.",
    "matrix.update-needs-file": "A file or an address is missing behind `gpusetup matrix update`.",
    "matrix.update-needs-file.next": "Or write `--restore` to go back to the data before.",
    "matrix.update-with-restore": "`--restore` goes back and takes no file.",
    "matrix.update-with-restore.next": "Leave one of them out.",
    "matrix.update-needs-hash": "`--sha256` is missing.",
    "matrix.update-needs-hash.next": (
        "Take it from where the file was announced, not from the file: only so does it prove "
        "anything."
    ),
    "matrix.update-bad-hash": "`{text}` is not a SHA-256: it has 64 of 0-9 and a-f.",
    "matrix.update-bad-hash.next": "Copy the whole number from where the file was announced.",
    "matrix.update-wrong-hash": (
        "The SHA-256 of {source} is {found}, not {wanted}. Nothing was changed."
    ),
    "matrix.update-wrong-hash.next": "Get the file again, or the right number; do not use it.",
    "matrix.update-no-file": "{source} cannot be read: {cause}",
    "matrix.update-no-file.next": ("Check the path."),
    "matrix.update-folder": "{source} is a folder; only one file has a SHA-256.",
    "matrix.update-folder.next": (
        "Pack it (`tar -czf compat.tar.gz compat`), or name it in GPUSETUP_COMPAT."
    ),
    "matrix.update-not-reached": "{source} cannot be fetched: {cause}. Nothing was changed.",
    "matrix.update-not-reached.next": (
        "Check the address and the network, or download the file in a browser and name it."
    ),
    "matrix.update-too-large": "It is larger than {limit} MiB; no compatibility data is.",
    "matrix.update-too-large.next": (
        "Look whether it is the right file; `gpusetup matrix update` keeps the old data until then."
    ),
    "matrix.update-file-too-large": "{name} in it is larger than {limit} MiB.",
    "matrix.update-file-too-large.next": (
        "Look whether it is the right file; `gpusetup matrix update` keeps the old data until then."
    ),
    "matrix.update-too-many": "It holds more than {limit} files; no compatibility data does.",
    "matrix.update-too-many.next": (
        "Look whether it is the right file; `gpusetup matrix update` keeps the old data until then."
    ),
    "matrix.update-escapes": "It holds {name}, a path that leads out of it. Nothing was changed.",
    "matrix.update-escapes.next": (
        "Do not use this file; take it anew from where it was announced."
    ),
    "matrix.update-link": "It holds {name}, which is no ordinary file. Nothing was changed.",
    "matrix.update-link.next": ("Do not use this file; take it anew from where it was announced."),
    "matrix.update-no-archive": "It cannot be unpacked: {cause}",
    "matrix.update-no-archive.next": (
        "It takes a zip, a tar.gz or one .yaml file; download it again if it is one."
    ),
    "matrix.update-empty": "There is no .yaml file in it.",
    "matrix.update-empty.next": ("Pack the .yaml files of the folder `compat`."),
    "matrix.update-old": (
        "Its data is of {updated}, older than the data that gpusetup came with ({packaged}). "
        "Nothing was changed."
    ),
    "matrix.update-old.next": (
        "Look for newer data; `gpusetup matrix list` shows of which day the data in use is."
    ),
    "matrix.update-unwritable": "{folder} cannot be written: {cause}",
    "matrix.update-unwritable.next": ("Make room there, or ask whoever owns that folder."),
    "matrix.update-fetching": "Fetching {source}",
    "matrix.update-checking": "Checking it",
    "matrix.update-same": "It says the same as the data in use. Nothing was changed.",
    "matrix.update-done": "The data of {after} is used from now on (until now: {before}).",
    "matrix.update-not-used": "GPUSETUP_COMPAT names other data, which is used instead of it.",
    "matrix.update-back": "`gpusetup matrix update --restore` goes back.",
    "matrix.update-differences": "What differs",
    "matrix.update-added": "added",
    "matrix.update-removed": "removed",
    "matrix.update-changed": "changed",
    "matrix.update-field": "{field}: {before} -> {after}",
    "matrix.update-more": "{count} more; `--json` has them all.",
    "matrix.update-table": "{table}: {added} added, {removed} removed, {changed} changed",
    "matrix.restored-update": "The data of {updated} from {source} is used again.",
    "matrix.restored-packaged": "The data that gpusetup came with is used again.",
    "matrix.restore-nothing": "There is no update to take back.",
    "matrix.restore-nothing.next": (
        "The data that gpusetup came with is in use; there is nothing to do."
    ),
}

SENTENCES: dict[str, str] = {**_DATA, **_LIST, **_SHOW, **_WHY, **_UPDATE}
