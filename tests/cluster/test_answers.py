"""An answer is found again whatever a site prints around it."""

from __future__ import annotations

import subprocess

from gpusetup.cluster.answers import marked, read_answer


def ran(body: str, before: str = "", after: str = "") -> str:
    script = f"{before}\n{marked(body, 'abc')}\n{after}\n"
    return subprocess.run(
        ["/bin/sh", "-s"], input=script, stdout=subprocess.PIPE, text=True, check=False
    ).stdout


def test_the_answer_is_what_the_body_prints() -> None:
    answer = read_answer(ran("echo one; printf two; cat"), "abc")
    assert answer is not None
    assert (answer.text, answer.returncode) == ("one\ntwo", 0)
    assert answer.node


def test_noise_around_it_is_no_part_of_it() -> None:
    output = ran("echo in", "printf 'Welcome! '", "printf 'gpusetup_abc end 5 or so'")
    answer = read_answer(output, "abc")
    assert answer is not None
    assert (answer.text, answer.returncode) == ("in\n", 0)


def test_a_body_that_leaves_early_still_has_an_end() -> None:
    answer = read_answer(ran("echo half\nexit 7\necho rest"), "abc")
    assert answer is not None
    assert (answer.text, answer.returncode) == ("half\n", 7)


def test_what_is_cut_off_has_no_end() -> None:
    output = ran("echo one; echo two")
    answer = read_answer(output[: output.index("two")], "abc")
    assert answer is not None
    assert not answer.is_whole


def test_marks_of_another_job_do_not_count() -> None:
    assert read_answer(ran("echo x"), "abd") is None
