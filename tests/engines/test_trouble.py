"""What conda and rattler write when they fail becomes one cause, with what it is about."""

from __future__ import annotations

import json

import pytest

from gpusetup.engines.trouble import explain

# The first words as conda 26.7 and rattler 0.25 and 0.28 write them.
TEXTS = {
    "conda.package-missing": "PackagesNotFoundInChannelsError: The following packages are not "
    "available from current channels:\n\n  - torhc\n\nCurrent channels:",
    "conda.channel-missing": "UnavailableInvalidChannel: HTTP 404 UNAVAILABLE OR INVALID for channel "
    "anaconda/pkgs/r <https://mirrors.example/anaconda/pkgs/r>",
    "conda.unreachable": "CondaHTTPError: HTTP 000 CONNECTION FAILED for url "
    "<https://conda.example/conda-forge/linux-64/pytorch-2.8.0-cpu_0.tar.bz2>\nElapsed: -",
    "conda.no-cuda": "Cannot solve the request because of: pytorch ==2.10.0 cuda128* cannot be "
    "installed\n   └─ __cuda *, for which no candidates were found.",
    "conda.old-glibc": "pytorch 2.10.0 would require\n   └─ __glibc >=2.28, for which no candidates",
    "conda.condarc": "ParserError('while parsing a flow sequence', ...)",
    "conda.proxy": "CondaHTTPError: HTTP 407 PROXY AUTHENTICATION REQUIRED for url <https://c.example/x>",
    "conda.login": "CondaHTTPError: HTTP 401 UNAUTHORIZED for url <https://c.example/noarch/repodata.json>",
    "conda.forbidden": "CondaHTTPError: HTTP 403 FORBIDDEN for url "
    "<https://mirror.example/conda-forge/linux-64/pytorch-2.8.0-cuda129_0.conda>",
    "conda.terms": "CondaToSNonInteractiveError: Terms of Service have not been accepted for the "
    "following channels. Please accept or remove them before proceeding:",
    "conda.locked": "LockError: Could not acquire lock on /opt/conda/pkgs/cache",
    "conda.unwritable": "NoWritablePkgsDirError: No writeable pkgs directories configured.",
    "conda.disk-full": "failed to link: No space left on device (os error 28)",
    "conda.corrupt": "failed to fetch numpy-2.3.1-0.tar.bz2\nCaused by: decompression not finished "
    "but EOF reached",
    "conda.conflict": "LibMambaUnsatisfiableError: Encountered problems while solving:\n"
    "  - package a-1-0 requires b <2, but none of the providers can be installed",
    "conda.unsolvable": "UnsatisfiableError: Did not find conflicting dependencies.",
}
# The same causes in the words of the other programs, and of other releases.
OTHERS = [
    ("conda.unwritable", "CondaError: Unable to create prefix directory '/srv/envs/x'."),
    ("conda.corrupt", "EOFError('Compressed file ended before the end-of-stream marker was reached')"),
    ("conda.condarc", "CustomValidationError: Parameter channel_priority = 'strictly' declared in /r/.condarc is invalid."),
    ("conda.condarc", "DuplicateKeyError('while constructing a mapping', 'found duplicate key \"channels\"')"),
    ("conda.condarc", "InvalidTypeError: Parameter _channels = 'x' declared in /r/.condarc has type str."),
    ("conda.locked", "LockError: Failed to acquire lock."),
    ("conda.locked", "error    libmamba Could not set lock (Resource temporarily unavailable)"),
    ("conda.corrupt", "CondaVerificationError: The package for numpy located at /p/numpy-2 appears to be corrupted."),
    ("conda.corrupt", "ChecksumMismatchError: Conda detected a mismatch between the expected content and"),
    ("conda.corrupt", "InvalidArchiveError(\"Error with archive /p/numpy-2.conda.\")"),
    ("conda.unreachable", "critical libmamba Download error (28) Timeout was reached [https://c.example/noarch/repodata.json.zst]"),
    ("conda.forbidden", "Transfer finalized, status: 403 [https://c.example/a.conda] 0 bytes"),
    ("conda.channel-missing", "Transfer finalized, status: 404 [https://c.example/noarch/repodata.json] 0 bytes"),
    ("conda.unwritable", "NoWritablePkgsDirError: No writeable pkgs directories configured.\n  - /opt/conda/pkgs"),
    ("conda.unwritable", "EnvironmentNotWritableError: The current user does not have write permissions to the target"),
    ("conda.unwritable", "failed to create directory: Read-only file system (os error 30)"),
    ("conda.disk-full", "NoSpaceLeftError: No space left on devices."),
    ("conda.disk-full", "failed to write: Disk quota exceeded (os error 122)"),
    ("conda.without-locks", "failed to acquire global cache lock\nCaused by: No locks available (os error 37)"),
    ("conda.no-cuda", "PackagesNotFoundInChannelsError: The following packages are not available:\n\n  - __cuda"),
    ("conda.no-cuda", "  - nothing provides __cuda needed by pytorch-2.8.0-cuda129_mkl_py312_h0_301"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), OTHERS)
def test_other_programs_say_the_same_in_other_words(code: str, text: str) -> None:
    assert explain(text).code == code


CONFLICTS = {
    "rattler": (
        "Cannot solve the request because of: mid * cannot be installed because there are no viable options:\n"
        "└─ mid 1 would require\n   └─ old *, which cannot be installed because there are no viable options:\n"
        "      └─ old 1 | 1 | 1 would require\n         └─ numpy <2, for which no candidates were found.",
        "old 1", "numpy <2",
    ),
    "rattler, a constraint": (
        "Cannot solve the request because of: The following packages are incompatible\n"
        "├─ numpy 2.3.* can be installed with any of the following options:\n│  └─ numpy 2.3\n"
        "└─ u * cannot be installed because there are no viable options:\n   └─ u 1 would constrain\n"
        "      └─ numpy <2, which conflicts with any installable versions previously reported",
        "u 1", "numpy <2",
    ),
    "libmamba's list": (
        "Encountered problems while solving:\n  - package lightning-2.5-pyh_0 requires pytorch >=2.1,<4.0, but "
        "none of the providers can be installed", "lightning 2.5", "pytorch >=2.1,<4.0",
    ),
    "libmamba's tree": (
        "Could not solve for environment specs\nThe following packages are incompatible\n"
        "├─ python 3.6**  is requested and can be installed;\n└─ pytorch 2.8.0 cpu* is not installable because it "
        "requires\n   └─ python 3.11.* , which conflicts with any installable versions previously reported.",
        "pytorch 2.8.0 cpu*", "python 3.11.*",
    ),
    "conda's classic solver": (
        "UnsatisfiableError: The following specifications were found to be incompatible with each other:\n\n"
        "Output in format: Requested package -> Available versions\n\nPackage python conflicts for:\n"
        "pytorch==2.8.0[build=cpu*] -> python=3.11\npython=3.6",
        "pytorch==2.8.0[build=cpu*]", "python=3.11 (python=3.6)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("solver", CONFLICTS)
def test_of_a_solvers_report_the_package_and_the_constraint_are_told(solver: str) -> None:
    text, package, needs = CONFLICTS[solver]
    reason = explain(text)
    assert reason.code == "conda.conflict"
    assert (reason.facts["package"], reason.facts["needs"]) == (package, needs)


def test_a_report_that_names_nothing_is_shown_as_it_is() -> None:
    assert explain(TEXTS["conda.unsolvable"]).facts == {"output": TEXTS["conda.unsolvable"]}


def test_mambas_json_names_its_problems() -> None:
    problems = ["nothing provides requested torhc 1.*"]
    reason = explain(json.dumps({"solver_problems": problems, "success": False}, indent=2))
    assert (reason.code, reason.facts["package"]) == ("conda.package-missing", "torhc 1.*")


def test_several_errors_of_conda_are_read_together() -> None:
    document = {
        "error": "Multiple Errors Encountered.",
        "errors": [{"error": "OSError(28, 'No space left on device')"}, {"error": "()"}],
    }
    reason = explain(json.dumps(document))
    assert reason.code == "conda.disk-full"
    assert reason.facts["output"] == "OSError(28, 'No space left on device')"


def test_the_file_that_conda_cannot_read_is_named() -> None:
    reason = explain(
        "InvalidTypeError: Parameter _channels = 'x' declared in /r/.condarc has type str."
    )
    assert reason.facts["path"] == "/r/.condarc"
    assert explain(TEXTS["conda.condarc"]).facts["path"] == "~/.condarc"


def test_a_version_that_is_missing_is_told_with_its_package() -> None:
    missing = "Cannot solve the request because of: No candidates were found for numpy 1.0.*."
    assert explain(missing).facts["package"] == "numpy 1.0.*"
    assert explain(missing.replace("numpy 1.0.*", "torhc *")).facts["package"] == "torhc"


@pytest.mark.parametrize("code", TEXTS)
def test_each_cause_is_told_by_its_own_words(code: str) -> None:
    reason = explain(TEXTS[code])
    assert reason.code == code
    assert str(reason.facts["output"]).startswith(TEXTS[code][:20])


@pytest.mark.parametrize("code", TEXTS)
def test_the_words_in_a_json_answer_count_alone(code: str) -> None:
    document = {
        "error": TEXTS[code],
        "exception_name": "Error",
        "traceback": "File conda/gateways/connection/session.py: tls certificate __cuda",
    }
    reason = explain(f"a warning before it\n{json.dumps(document, indent=2)}\n")
    assert reason.code == code


def test_a_missing_package_and_a_dead_channel_are_named() -> None:
    assert explain(TEXTS["conda.package-missing"]).facts["package"] == "torhc"
    found = explain(TEXTS["conda.channel-missing"]).facts["url"]
    assert found == "https://mirrors.example/anaconda/pkgs/r"


def test_a_full_disk_is_the_cause_of_the_damaged_package() -> None:
    text = "failed to extract numpy: No space left on device"
    assert explain(text).code == "conda.disk-full"
