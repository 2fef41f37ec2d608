"""A configuration file after our write, and after we have taken it back."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.merging import decoded
from gpusetup.mirrors.restoring import restored
from gpusetup.mirrors.settings import (
    CondaSettings,
    PipSettings,
    PixiSettings,
    Settings,
    UvSettings,
)
from gpusetup.mirrors.texts import Unreadable, format_of
from gpusetup.mirrors.wanting import wanted
from tests.mirrors.configurations import BROKEN, CONDA, READABLE, TUNA_2018, TUNA_2020, File

SMALL = [file for file in READABLE if file.name != "huge"]
CLOUD = "https://mirror.example/anaconda/cloud"
INDEX = "https://mirror.example/pypi/simple"
SETTINGS: dict[Client, Settings] = {
    Client.CONDA: CondaSettings(
        (("conda-forge", CLOUD), ("pytorch", CLOUD), ("nvidia", "https://conda.anaconda.org")),
        ("https://mirror.example/anaconda/pkgs/main", "https://mirror.example/anaconda/pkgs/r"),
    ),
    Client.PIP: PipSettings(INDEX),
    Client.UV: UvSettings(INDEX, "https://mirror.example/pythons"),
    Client.PIXI: PixiSettings(
        (("https://conda.anaconda.org/conda-forge", (f"{CLOUD}/conda-forge", "https://conda.anaconda.org/conda-forge")),),
        INDEX,
    ),
}  # fmt: skip
OTHER: dict[Client, Settings] = {
    Client.CONDA: CondaSettings((("conda-forge", "https://b.example/cloud"),)),
    Client.PIP: PipSettings("https://b.example/simple"),
    Client.UV: UvSettings("https://b.example/simple"),
    Client.PIXI: PixiSettings((), "https://b.example/simple"),
}


def is_public(url: str) -> bool:
    return any(host in url for host in ("tuna.", "bfsu.", "aliyun.", "douban.", "mirror.example", "conda.anaconda.org", "b.example"))  # fmt: skip


def write(content: bytes, client: Client, chosen: dict[Client, Settings] = SETTINGS) -> bytes:
    text = decoded(content)
    format = format_of(client)
    try:
        target = wanted(client, format.data_of(text.text), chosen[client], is_public)
    except Unreadable as error:
        raise error.within(text.text) from None
    return text.encoded(format.changed(text.text, target))


def assert_safe(before: bytes, after: bytes) -> None:
    """Nothing that is wrong on every machine is ever added."""
    added = b"\n".join(set(after.splitlines()) - set(before.splitlines()))
    for word in (b"http://", b"trusted-host", b"ssl_verify", b"channel_alias", b"pkgs/free"):
        assert word not in added


def name(file: File) -> str:
    return f"{file.client.value}-{file.name}"


@pytest.mark.parametrize("file", READABLE, ids=name)
def test_a_file_is_written_once_and_comes_back_byte_for_byte(file: File) -> None:
    wrote = write(file.content, file.client)
    assert wrote != file.content
    assert write(wrote, file.client) == wrote
    assert_safe(file.content, wrote)
    format = format_of(file.client)
    assert restored(wrote, wrote, file.content, format).content == file.content
    assert restored(file.content, wrote, file.content, format).content == file.content


@pytest.mark.parametrize("file", READABLE, ids=name)
def test_no_line_of_the_user_is_lost(file: File) -> None:
    """Comments, order, unknown keys, line ends and the mark at the beginning stay."""
    wrote = write(file.content, file.client)
    changed = (
        "http",
        "channels",
        "defaults",
        "{",
        "}",
        "default",
        "url",
        "index",
        "pkgs",
        "*base",
        "*map",
    )
    lines = [line for line in file.content.splitlines(keepends=True) if line.strip()]
    whole = [line for line in lines if line.endswith(b"\n")]
    kept = [line for line in whole if line.lstrip().startswith((b"#", b";")) or not any(word.encode() in line.lower() for word in changed)]  # fmt: skip
    new = wrote.splitlines(keepends=True)
    positions = [new.index(line) for line in kept]
    assert positions == sorted(positions)
    assert wrote.startswith(b"\xef\xbb\xbf") == file.content.startswith(b"\xef\xbb\xbf")
    if file.content.count(b"\r\n") == file.content.count(b"\n") > 0:
        assert wrote.count(b"\r\n") == wrote.count(b"\n")


@pytest.mark.parametrize("file", BROKEN, ids=name)
def test_the_line_of_a_broken_file_is_known(file: File) -> None:
    with pytest.raises(Unreadable) as caught:
        write(file.content, file.client)
    assert caught.value.line == file.line


@pytest.mark.parametrize("file", SMALL, ids=name)
def test_what_the_user_added_since_stays_and_the_rest_goes(file: File) -> None:
    wrote = write(file.content, file.client)
    format = format_of(file.client)
    mine = with_my_key(wrote, file.client)
    back = restored(mine, wrote, file.content, format)
    assert back.content is not None
    assert back.kept == ()
    before, after = (format.data_of(decoded(c).text) for c in (file.content, back.content))
    expected = format.data_of(decoded(with_my_key(file.content, file.client)).text)
    assert after == expected != before


def with_my_key(content: bytes, client: Client) -> bytes:
    """The file after its user set one more thing in an editor."""
    text = decoded(content)
    format = format_of(client)
    data = format.data_of(text.text)
    if client is Client.PIP:
        data["global"] = {**data.get("global", {}), "retries": "7"}
    else:
        data = {**data, "pinned": "mine"}
    return text.encoded(format.changed(text.text, data))


@pytest.mark.parametrize("file", SMALL, ids=name)
def test_two_mirrors_one_after_the_other_are_both_taken_back(file: File) -> None:
    format = format_of(file.client)
    first = write(file.content, file.client)
    second = write(first, file.client, OTHER)
    mine = with_my_key(second, file.client)
    half = restored(mine, second, first, format).content
    back = restored(half, first, file.content, format).content
    assert back is not None
    expected = format.data_of(decoded(with_my_key(file.content, file.client)).text)
    assert format.data_of(decoded(back).text) == expected


def test_a_value_that_the_user_changed_after_us_is_kept_and_named() -> None:
    wrote = write(b"[global]\ntimeout = 60\n", Client.PIP)
    mine = wrote.replace(INDEX.encode(), b"https://my.example/simple")
    back = restored(mine, wrote, b"[global]\ntimeout = 60\n", format_of(Client.PIP))
    assert back.kept == ("global.index-url",)
    assert back.content == mine


def test_a_file_that_we_made_goes_unless_the_user_put_something_in() -> None:
    wrote = write(b"", Client.UV)
    format = format_of(Client.UV)
    assert restored(wrote, wrote, None, format).content is None
    back = restored(b"native-tls = true\n" + wrote, wrote, None, format)
    assert back.content is not None
    assert decoded(back.content).text.strip() == "native-tls = true"


def test_the_texts_of_2018_become_names_and_dead_channels_go() -> None:
    text = decoded(write(TUNA_2018.encode(), Client.CONDA)).text
    data = format_of(Client.CONDA).data_of(text)
    assert data["channels"] == ["defaults", "conda-forge"]
    assert data["show_channel_urls"] is True


def test_the_alias_of_2020_goes_and_foreign_channels_stay() -> None:
    text = decoded(write(TUNA_2020.encode(), Client.CONDA)).text
    data = format_of(Client.CONDA).data_of(text)
    assert "channel_alias" not in data
    assert data["default_channels"] == list(SETTINGS[Client.CONDA].default_channels)  # type: ignore[union-attr]
    assert (
        data["custom_channels"]["bioconda"] == "https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud"
    )
    assert data["custom_channels"]["nvidia"] == "https://conda.anaconda.org"


names = st.sampled_from(["conda-forge", "pytorch", "nvidia", "lab", "defaults", "https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free", CLOUD + "/pytorch"])  # fmt: skip
condarcs = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.lists(names, max_size=4, unique=True),
        "custom_channels": st.dictionaries(names, st.just(CLOUD) | st.just("https://lab.example"), max_size=3),
        "default_channels": st.lists(names, max_size=3, unique=True),
        "ssl_verify": st.booleans(),
        "my_key": st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12),
        "envs_dirs": st.lists(st.just("/data"), max_size=1),
    },
)  # fmt: skip


def as_text(data: dict[str, object], flow: bool) -> bytes:
    import yaml

    text = yaml.safe_dump(data, sort_keys=False, default_flow_style=flow) if data else ""
    return text.encode()


@settings(max_examples=50, deadline=None)
@given(condarcs, condarcs, st.booleans())
def test_restore_after_write_is_identity_with_user_edits_in_between(
    before: dict[str, object], edit: dict[str, object], flow: bool
) -> None:
    """What the user adds (under keys that we do not touch) survives, all of ours goes."""
    content = as_text(before, flow)
    wrote = write(content, Client.CONDA)
    assert write(wrote, Client.CONDA) == wrote
    format = format_of(Client.CONDA)
    assert restored(wrote, wrote, content, format).content == content
    theirs = {f"their_{key}": value for key, value in edit.items()}
    now = decoded(wrote)
    try:
        mine = now.encoded(format.changed(now.text, {**format.data_of(now.text), **theirs}))
    except Unreadable:  # the library cannot write some texts between braces: `{my_key: ?0}`
        reject()
    back = restored(mine, wrote, content, format).content
    assert back is not None
    assert format.data_of(decoded(back).text) == {**format.data_of(decoded(content).text), **theirs}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CONDA), st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=3))
def test_comments_that_the_user_writes_in_between_survive(
    file: File, places: list[tuple[int, bool]]
) -> None:
    wrote = write(file.content, Client.CONDA)
    lines = wrote.splitlines(keepends=True)
    for place, is_last in places:
        at = len(lines) if is_last else min(place, len(lines))
        if at and not lines[at - 1].endswith(b"\n"):
            continue
        lines.insert(at, b"# mine\n")
    mine = b"".join(lines)
    format = format_of(Client.CONDA)
    try:
        same = format.data_of(decoded(mine).text) == format.data_of(decoded(wrote).text)
    except Unreadable:
        return
    if not same:
        return  # inside a block of text the line is no comment
    back = restored(mine, wrote, file.content, format).content
    assert back is not None
    assert format.data_of(decoded(back).text) == format.data_of(decoded(file.content).text)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(READABLE), st.integers(0, 1000))
def test_a_line_that_the_user_writes_elsewhere_is_the_only_difference_afterwards(
    file: File, number: int
) -> None:
    """Byte for byte: as if the user had written that line into the file of before."""
    wrote = write(file.content, file.client)
    old, new = (content.splitlines(keepends=True) for content in (file.content, wrote))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    places = [(b.a + i, b.b + i) for b in blocks for i in range(1, b.size)]
    if not places:
        return
    before, now = places[number % len(places)]
    end = b"\r\n" if old[before - 1].endswith(b"\r\n") else b"\n"
    old.insert(before, b"# mine" + end)
    new.insert(now, b"# mine" + end)
    format = format_of(file.client)
    try:
        same = format.data_of(decoded(b"".join(new)).text) == format.data_of(decoded(wrote).text)
    except Unreadable:
        return
    if same:  # else the line stands inside a text and is no comment
        assert restored(b"".join(new), wrote, file.content, format).content == b"".join(old)
