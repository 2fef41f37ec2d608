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
    "conda.terms": "CondaToSNonInteractiveError: Terms of Service have not been accepted for the "
    "following channels. Please accept or remove them before proceeding:",
    "conda.locked": "LockError: Could not acquire lock on /opt/conda/pkgs/cache",
    "conda.unwritable": "NoWritablePkgsDirError: No writeable pkgs directories configured.",
    "conda.disk-full": "failed to link: No space left on device (os error 28)",
    "conda.corrupt": "failed to fetch numpy-2.3.1-0.tar.bz2\nCaused by: decompression not finished "
    "but EOF reached",
    "conda.unsolvable": "LibMambaUnsatisfiableError: Encountered problems while solving:\n"
    "  - package a-1 requires b <2, but none of the providers can be installed",
}


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
