"""The path of an environment in its files is that of the new place, and the files still work."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.environments import relocation

OLD = "/home/me/miniconda3/envs/cola"
NEW = "/data/envs/copy"


def moved(text: str, old: str = OLD, new: str = NEW) -> str:
    return relocation.in_text(text.encode(), old, new).decode()


@pytest.mark.parametrize("after", ["", "/bin", ":", '"', "'", " ", "\n", ")"])
def test_the_path_is_found_wherever_it_ends(after: str) -> None:
    assert moved(f"x={OLD}{after}") == f"x={NEW}{after}"


@pytest.mark.parametrize("after", ["2", ".before", "-old", "_x"])
def test_a_neighbour_keeps_its_path(after: str) -> None:
    assert moved(f"x={OLD}{after}/lib") == f"x={OLD}{after}/lib"


def test_addresses_and_json_are_written_in_their_own_way() -> None:
    old, new = "/home/me/my envs/é", '/data/a "b"'
    assert moved("file:///home/me/my%20envs/%C3%A9/x", old, new) == "file:///data/a%20%22b%22/x"
    assert moved('{"p": "/home/me/my envs/\\u00e9/x"}', old, new) == '{"p": "/data/a \\"b\\"/x"}'


@pytest.mark.parametrize("folder", ["plain", "my envs", "it's mine", "x" * 130])
def test_a_script_starts_from_every_place(tmp_path: Path, folder: str) -> None:
    old = tmp_path / "old"
    new = tmp_path / folder
    (new / "bin").mkdir(parents=True)
    (new / "bin" / "python").symlink_to(sys.executable)
    script = new / "bin" / "tool"
    text = f"#!{old}/bin/python -I\nimport sys\nprint(sys.argv[1:], sys.flags.isolated)\n"
    script.write_bytes(relocation.in_text(text.encode(), str(old), str(new)))
    script.chmod(0o755)
    said = subprocess.run(
        [str(script), "a b"], capture_output=True, text=True, check=True, timeout=30
    )
    assert said.stdout == "['a b'] 1\n"


def test_a_script_of_another_language_is_found_on_the_path_where_its_own_cannot_stand() -> None:
    assert moved(f"#!{OLD}/bin/perl\n", new="/my envs/x") == "#!/usr/bin/env perl\n"
    assert moved(f"#!{OLD}/bin/perl -w\n") == f"#!{NEW}/bin/perl -w\n"


@pytest.mark.parametrize("new", ["/data/it's new", '/data/"a" $HOME `b`', "/data/c"])
@pytest.mark.parametrize(
    ("old", "quoted"),
    [(OLD, OLD), (OLD, f"'{OLD}'"), (OLD, f'"{OLD}"'), ("/a/it's/b", shlex.quote("/a/it's/b"))],
)
def test_a_script_that_activates_keeps_its_quotes(old: str, quoted: str, new: str) -> None:
    text = f"VIRTUAL_ENV={quoted}\n"
    changed = relocation.in_activation(text.encode(), "activate", old, new).decode()
    told = subprocess.run(
        ["sh", "-c", f"{changed}printf %s \"$VIRTUAL_ENV\""], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert told.stdout == new


def test_the_name_in_the_prompt_is_the_new_one() -> None:
    text = b'prompt = bin\nPATH="$VIRTUAL_ENV/"bin":$PATH"\n    VIRTUAL_ENV_PROMPT="bin"\n'
    changed = relocation.with_prompt(text, "bin", "copy")
    assert (
        changed
        == b'prompt = copy\nPATH="$VIRTUAL_ENV/"bin":$PATH"\n    VIRTUAL_ENV_PROMPT="copy"\n'
    )


@pytest.mark.parametrize("new", [NEW, "/x", "/" + "long/" * 40 + "y"])
def test_strings_of_a_compiled_file_keep_their_length(new: str) -> None:
    room = 255
    strings = [f"{OLD}/lib", f"{OLD}/a:{OLD}/b", "other", f"{OLD}2/lib"]
    whole = b"".join(
        each.encode() + b"\0" * (1 + each.count(f"{OLD}/") * (room - len(OLD))) for each in strings
    )
    changed = relocation.in_binary(b"\x7fELF" + whole + b"end", OLD, new, room)
    assert len(changed) == len(b"\x7fELF" + whole + b"end")
    found = [each.decode() for each in changed[4:].split(b"\0") if each]
    assert found == [f"{new}/lib", f"{new}/a:{new}/b", "other", f"{OLD}2/lib", "end"]


def test_a_compiled_file_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 20"):
        relocation.in_binary(b"x", "/a", "/" + "b" * 30, 20)


def test_links_into_the_environment_lead_into_the_new_one() -> None:
    assert relocation.in_link(f"{OLD}/lib/x.so", OLD, NEW) == f"{NEW}/lib/x.so"
    assert relocation.in_link(f"{OLD}2/x", OLD, NEW) == f"{OLD}2/x"
    assert relocation.in_link("../lib", OLD, NEW) == "../lib"
