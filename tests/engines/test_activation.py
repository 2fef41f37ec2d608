"""An environment is entered and left in every shell, where no conda was ever set up.

Shells that are not installed are skipped; GPUSETUP_TEST_SHELLS names folders with more of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gpusetup.engines.activation import activation_files
from gpusetup.engines.uv import Place

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shells of POSIX systems")

NAMES = ["course", "my env", "it's", 'a "b" $HOME `id`', "中文"]
POSIX = """\
set -eu
PATH=/usr/bin:/bin
. "$1/bin/activate"
echo "$(command -v tool)"; echo "$CONDA_PREFIX"; echo "$CONDA_DEFAULT_ENV"; echo "$FROM_PACKAGE"
. "$1/bin/activate"
echo "$PATH"
deactivate
echo "$PATH"; echo "${CONDA_PREFIX-none}"; echo "${FROM_PACKAGE-none}"
"""
FISH = """\
set -gx PATH /usr/bin /bin
source $argv[1]/bin/activate.fish
command -v tool; echo $CONDA_PREFIX; echo $CONDA_DEFAULT_ENV; echo $FROM_PACKAGE
source $argv[1]/bin/activate.fish
string join : $PATH
deactivate
string join : $PATH
set -q CONDA_PREFIX; and echo $CONDA_PREFIX; or echo none
set -q FROM_PACKAGE; and echo $FROM_PACKAGE; or echo none
"""
CSH = """\
setenv PATH /usr/bin:/bin
source $argv[1]:q/bin/activate.csh
which tool; echo $CONDA_PREFIX:q; echo $CONDA_DEFAULT_ENV:q; echo yes
source $argv[1]:q/bin/activate.csh
echo $PATH:q
deactivate
echo $PATH:q
if ($?CONDA_PREFIX) then
    echo left
else
    echo none
endif
echo none
"""
SHELLS = {"bash": POSIX, "dash": POSIX, "zsh": POSIX, "ksh": POSIX, "fish": FISH, "tcsh": CSH}


def shell(name: str) -> str:
    """The program; the test is skipped where there is none."""
    more = os.environ.get("GPUSETUP_TEST_SHELLS", "")
    found = shutil.which(name, path=os.pathsep.join(filter(None, (os.environ["PATH"], more))))
    if found is None:
        pytest.skip(f"no {name} here")
    return found


def environment(folder: Path, name: str) -> Path:
    """A prefix with a program, and a package that has something to say when it is entered."""
    prefix = folder / name
    place = Place(name, str(prefix), f"{prefix}/bin/python", "uv", "", "", "")
    for step in activation_files(place):
        path = Path(step.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.content)
    (prefix / "bin" / "tool").write_text("#!/bin/sh\n")
    (prefix / "bin" / "tool").chmod(0o755)
    for verb, posix, fish in (
        ("activate", "export FROM_PACKAGE=yes", "set -gx FROM_PACKAGE yes"),
        ("deactivate", "unset FROM_PACKAGE", "set -e FROM_PACKAGE"),
    ):
        scripts = prefix / "etc" / "conda" / f"{verb}.d"
        scripts.mkdir(parents=True)
        (scripts / "package.sh").write_text(f"{posix}\n")
        (scripts / "package.fish").write_text(f"{fish}\n")
    return prefix


def said(program: str, text: str, *words: str, env: dict[str, str] | None = None) -> list[str]:
    script = Path(words[0]).parent / "script"
    script.write_text(text)
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(script.parent),
        "LC_ALL": "C.UTF-8",
        **(env or {}),
    }
    flags = ["-f"] if Path(program).name == "tcsh" else []
    done = subprocess.run(
        [program, *flags, str(script), *words], capture_output=True, text=True, timeout=30, check=False,
        env=environ,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout.rstrip("\n").split("\n")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", SHELLS)
def test_it_is_entered_twice_and_left(tmp_path: Path, kind: str, name: str) -> None:
    program = shell(kind)
    prefix = environment(tmp_path, name)
    told = said(program, SHELLS[kind], str(prefix))
    assert told == [
        f"{prefix}/bin/tool", str(prefix), name, "yes", f"{prefix}/bin:/usr/bin:/bin", "/usr/bin:/bin",
        "none", "none",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bash", '. "$1/bin/activate"; . "$2/bin/activate"; echo "$PATH"; deactivate; echo "$PATH" "$CONDA_PREFIX"'),
        ("zsh", '. "$1/bin/activate"; . "$2/bin/activate"; echo "$PATH"; deactivate; echo "$PATH" "$CONDA_PREFIX"'),
        ("fish", "source $argv[1]/bin/activate.fish; source $argv[2]/bin/activate.fish; string join : $PATH; deactivate; echo (string join : $PATH) $CONDA_PREFIX"),
    ],
)  # fmt: skip
def test_another_is_entered_from_within_and_condas_own_comes_back(
    tmp_path: Path, kind: str, text: str
) -> None:
    """base was active, by `conda init`."""
    program = shell(kind)
    first, second = environment(tmp_path, "first"), environment(tmp_path, "second")
    base = {
        "CONDA_PREFIX": "/opt/conda",
        "CONDA_DEFAULT_ENV": "base",
        "PATH": "/opt/conda/bin:/usr/bin:/bin",
    }
    told = said(program, text, str(first), str(second), env=base)
    assert told == [
        f"{second}/bin:/opt/conda/bin:/usr/bin:/bin",
        "/opt/conda/bin:/usr/bin:/bin /opt/conda",
    ]


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_the_prompt_shows_the_name_and_is_given_back(tmp_path: Path, kind: str) -> None:
    program = shell(kind)
    prefix = environment(tmp_path, "course")
    text = 'PS1="> "; . "$1/bin/activate"; echo "$PS1"; deactivate; echo "$PS1"'
    assert said(program, text, str(prefix)) == ["(course) > ", "> "]


def test_fish_shows_the_name_before_the_users_own_prompt(tmp_path: Path) -> None:
    program = shell("fish")
    prefix = environment(tmp_path, "course")
    text = (
        'function fish_prompt; echo -n "[$status]"; end; source $argv[1]/bin/activate.fish; '
        "false; fish_prompt; echo; deactivate; fish_prompt; functions -q deactivate; or echo gone"
    )
    assert said(program, text, str(prefix)) == ["(course) [1]", "[0]gone"]
