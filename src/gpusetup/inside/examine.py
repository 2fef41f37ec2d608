"""Tells what its Python would import, as one JSON line: no package is imported, nothing is written.

Runs without -I: the user's site folder, PYTHONPATH and .pth files shall act as they do for the
user. The folder of this script is taken off the path.
"""

from __future__ import print_function

import json
import os
import re
import site
import sys

MARK = "gpusetup-examine "
MODULES = ("torch", "numpy", "torchvision", "torchaudio")
VARIABLES = re.compile(
    r"(LD_LIBRARY_PATH|LD_PRELOAD|DYLD_LIBRARY_PATH|PYTHON(PATH|HOME|NOUSERSITE|USERBASE)"
    r"|CUDA_[A-Z_]+|NVIDIA_[A-Z_]+|TORCH_CUDA_ARCH_LIST|PYTORCH_[A-Z_]+|CONDA_(PREFIX|OVERRIDE_\w+)"
    r"|VIRTUAL_ENV|PATH|MKL_\w+|OMP_NUM_THREADS|HIP_VISIBLE_DEVICES|XPU_VISIBLE_DEVICES)$"
)
NEED = ("torch", "torchvision", "torchaudio")
DEMANDS = re.compile(r"(torch|numpy|mkl|triton)(?![\w.-])", re.I)
_LONGEST = 4096


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != here]
    folders = list(dict.fromkeys(os.path.abspath(each) for each in sys.path if os.path.isdir(each)))
    found = {
        "python": sys.executable,
        "version": "%d.%d.%d" % sys.version_info[:3],
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
        "conda": conda_packages(os.path.join(sys.prefix, "conda-meta")),
        "folders": folders,
        "site_packages": site_packages(),
        "user_site": user_site(),
        "user_base": getattr(site, "USER_BASE", None),
        "externally_managed": externally_managed(),
        "distributions": [each for folder in folders for each in distributions(folder)],
        "made_with": text(os.path.join(sys.prefix, "gpusetup", "pyproject.toml")),
        "pth": [each for folder in folders for each in pth_files(folder)],
        "modules": {name: module(name) for name in MODULES},
        "variables": {name: value for name, value in os.environ.items() if VARIABLES.match(name)},
    }
    sys.stdout.write(MARK + json.dumps(found) + "\n")


def externally_managed():
    """The distribution's mark lies beside the standard library, which a venv only borrows."""
    is_venv = sys.prefix != getattr(sys, "base_prefix", sys.prefix)
    return not is_venv and os.path.isfile(os.path.join(stdlib(), "EXTERNALLY-MANAGED"))


def stdlib():
    return os.path.dirname(os.path.abspath(os.__file__))


def site_packages():
    """Where this environment's own packages go."""
    import sysconfig

    return sysconfig.get_paths().get("purelib")


def user_site():
    """The user's site folder if this Python looks there, whether it exists or not."""
    if not site.ENABLE_USER_SITE:
        return None
    return getattr(site, "USER_SITE", None) or site.getusersitepackages()


def distributions(folder):
    """The packages whose metadata lie in one folder of the path."""
    for name in names(folder):
        if name.startswith("~"):  # what pip left of a removal that failed: Python ignores it
            continue
        if name.endswith(".dist-info"):
            yield distribution(folder, name, "METADATA")
        elif name.endswith(".egg-info"):
            place = os.path.join(folder, name)
            yield distribution(folder, name, "PKG-INFO" if os.path.isdir(place) else "")


def distribution(folder, entry, file):
    head = text(os.path.join(folder, entry, file) if file else os.path.join(folder, entry))
    fields = dict(re.findall(r"^(Name|Version): *(.*?)\s*$", head, re.M))
    guess = entry.rsplit(".", 1)[0].split("-")
    demands = re.findall(r"^Requires-Dist: *(.+?)\s*$", head, re.M)
    return {
        "name": fields.get("Name") or guess[0],
        "version": fields.get("Version") or (guess[1] if len(guess) > 1 else ""),
        "location": folder,
        "info": entry,
        "whole": bool(head),
        "installer": text(os.path.join(folder, entry, "INSTALLER")).strip() or None,
        "pins": [each for each in demands if DEMANDS.match(each) and "extra ==" not in each],
        "needs": demands if fields.get("Name") in NEED else [],
    }


def conda_packages(folder):
    """What conda says that it has put here; None where it is no conda environment."""
    if not os.path.isdir(folder):
        return None
    found = []
    for name in names(folder):
        if not name.endswith(".json"):
            continue
        try:
            with open(os.path.join(folder, name), encoding="utf-8") as stream:
                raw = json.load(stream)
            found.append([str(raw.get(key) or "") for key in ("name", "version", "build")])
            found[-1] += [str(raw.get("channel") or ""), bool(raw.get("files"))]
        except (OSError, ValueError, AttributeError):
            found.append([name[:-5], "", "", "", False])
    return found


def pth_files(folder):
    """.pth files that add folders, and egg-links."""
    for name in names(folder):
        if not name.endswith(".pth"):
            continue
        path = os.path.join(folder, name)
        lines = [line.strip() for line in text(path).splitlines()]
        added = [
            each for each in lines if each and not each.startswith(("#", "import ", "import\t"))
        ]
        if added:
            yield [path, added[:20]]


def module(name):
    """Where a module would come from, without importing it, and what its version file says."""
    import importlib.util

    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError) as error:
        return {"error": str(error)}
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or ())
    found = {"origin": spec.origin, "folder": places[0] if places else None}
    if places:
        found["version_file"] = version_file(places[0])
        found["files"] = names(os.path.join(places[0], "lib"))[:200] if name == "torch" else []
    return found


def version_file(folder):
    """The plain values of version.py: __version__, cuda, hip, git_version, debug."""
    lines = text(os.path.join(folder, "version.py"))
    pattern = r"^(\w+)\s*(?::[^=\n]+)?=\s*(None|True|False|'[^'\n]*'|\"[^\"\n]*\")\s*$"
    return {key: value.strip("'\"") for key, value in re.findall(pattern, lines, re.M)}


def names(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(_LONGEST * 16)
    except (OSError, ValueError):
        return ""


if __name__ == "__main__":
    main()
