"""Machine profiles: what is written can be read, and what cannot be read says where and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gpusetup.basics.errors import Problem, UsageError
from gpusetup.basics.versions import Version
from gpusetup.machine import (
    Absence,
    Arch,
    Conda,
    Conflict,
    Disk,
    Driver,
    Gpu,
    GpuState,
    Installers,
    Libc,
    Machine,
    Mig,
    MigInstance,
    Os,
    PciGpu,
    Python,
    Reading,
    Status,
    Toolkit,
)
from gpusetup.messages import say
from gpusetup.profiles.reading import machine_from_text, machine_to_document, without_personal_data

RECORDED = sorted((Path(__file__).parent.parent / "machines").glob("*.yaml"))
SCHEMA_FILE = Path(__file__).parent.parent.parent / "compat" / "schema" / "machine.json"


def check_against_schema(document: object) -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(document)


def problems_of(text: str) -> list[tuple[int | None, str, str]]:
    """Line, path and code of every mistake in a profile."""
    with pytest.raises(UsageError) as caught:
        machine_from_text(text, "machine.yaml")
    problems = caught.value.facts["problems"]
    assert isinstance(problems, tuple)
    assert all(isinstance(each, Problem) for each in problems)
    assert len(say(caught.value.code, **caught.value.facts).splitlines()) == 1 + len(problems)
    return [(each.line, each.path, each.code) for each in problems]


# Machines of every shape. Text is anything that UTF-8 can carry.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
versions = st.lists(st.integers(0, 999), min_size=1, max_size=4).map(
    lambda numbers: Version.parse(".".join(map(str, numbers)))
)
capabilities = st.tuples(st.integers(0, 20), st.integers(0, 9))
sizes = st.integers(0, 10**9)


def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


def some(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(strategy, max_size=2).map(tuple)


migs = st.builds(
    Mig, st.booleans(), some(st.builds(MigInstance, texts, maybe(texts), maybe(sizes)))
)
gpus = st.builds(
    Gpu,
    index=maybe(st.integers(0, 99)),
    name=maybe(texts),
    compute_capability=maybe(capabilities),
    memory_mib=maybe(sizes),
    memory_used_mib=maybe(sizes),
    uuid=maybe(texts),
    pci_bus_id=maybe(texts),
    mig=maybe(migs),
    state=st.sampled_from(GpuState),
    unified_memory=maybe(st.booleans()),
    virtualization=st.sampled_from([None, "passthrough", "vgpu", "host"]),
    capability_source=maybe(texts),
)
pci_gpus = st.builds(
    PciGpu,
    st.sampled_from(["2684", "1e04", "0fc1"]),
    maybe(texts),
    maybe(texts),
    maybe(capabilities),
    maybe(texts),
    maybe(texts),
    maybe(texts),
)
drivers = st.builds(
    Driver, maybe(versions), maybe(versions), st.sampled_from([None, "proprietary", "open"])
)
condas = st.builds(
    Conda, texts, st.sampled_from(["conda", "mamba", "micromamba"]), *[maybe(texts)] * 3
)
installers = st.builds(
    Installers,
    uv=maybe(texts),
    uv_version=maybe(texts),
    pip_config_files=some(texts),
    index_url=st.sampled_from([None, "https://mirror.example/simple"]),
    find_links=st.sampled_from([(), ("/srv/轮子 wheels", "https://mirror.example/torch/")]),
    no_index=st.booleans(),
    trusted_hosts=some(texts),
)
disks = st.builds(
    Disk,
    texts,
    st.sampled_from(["home", "prefix", "cache", "tmp"]),
    maybe(sizes),
    maybe(texts),
    maybe(sizes),
)
witnesses = st.tuples(texts, texts)
machines = st.builds(
    Machine,
    os=st.sampled_from(Os),
    arch=st.sampled_from(Arch),
    os_version=maybe(texts),
    distribution=maybe(texts),
    libc=maybe(st.builds(Libc, st.sampled_from(["glibc", "musl"]), maybe(versions))),
    kernel=maybe(texts),
    wsl=st.sampled_from([None, 1, 2]),
    container=st.sampled_from([None, "docker", "other"]),
    cloud=maybe(texts),
    scheduler=maybe(texts),
    node_role=st.sampled_from([None, "login", "compute"]),
    python=maybe(st.builds(Python, versions, st.just(""))),
    other_pythons=some(st.builds(Python, versions, texts)),
    driver=st.sampled_from([None, Absence.NOT_THERE]) | drivers,
    gpus=maybe(some(gpus)),
    pci_gpus=maybe(some(pci_gpus)),
    toolkits=some(st.builds(Toolkit, versions, texts)),
    conda=st.sampled_from([None, Absence.NOT_THERE]) | condas,
    installers=installers,
    memory_mib=maybe(sizes),
    swap_mib=maybe(sizes),
    disks=some(disks),
    proxies=st.sampled_from([(), (("https", "http://proxy.example:8080"),)]),
    cuda_visible_devices=maybe(texts),
    readings=some(st.builds(Reading, texts, st.sampled_from(Status), maybe(texts))),
    conflicts=some(st.builds(Conflict, texts, witnesses, witnesses)),
)
clusters = st.builds(
    lambda login, nodes: replace(login, compute_nodes=nodes), machines, some(machines)
)


@given(clusters, st.booleans())
def test_a_machine_written_as_json_is_read_back_equal(machine: Machine, ascii_only: bool) -> None:
    text = json.dumps(machine_to_document(machine), indent="\t", ensure_ascii=ascii_only)
    assert machine_from_text(text, "machine.json") == machine


@given(machines)
def test_a_machine_written_as_yaml_is_read_back_equal(machine: Machine) -> None:
    text = yaml.safe_dump(machine_to_document(machine))
    assert machine_from_text(text, "machine.yaml") == machine


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")))
def test_no_text_whatever_gives_more_than_one_clear_error(text: str) -> None:
    said = "machine.yaml"
    try:
        machine_from_text(text, "machine.yaml")
    except UsageError as error:
        said = say(error.code, **error.facts)
    assert "machine.yaml" in said


@given(clusters)
def test_every_document_fits_the_published_schema(machine: Machine) -> None:
    check_against_schema(machine_to_document(machine))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_machines_are_read_and_fit_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    machine = machine_from_text(text, path.name)
    check_against_schema(yaml.safe_load(text))
    assert machine_from_text(json.dumps(machine_to_document(machine)), "again.json") == machine


@pytest.mark.parametrize(
    "change",
    [
        {"os": "wsl2"},
        {"python": 3.10},
        {"os_verson": "22.04"},
        {"gpus": [{"compute_capability": "8.66"}]},
        {"driver": {"version": "535.x"}},
        {"compute_nodes": [{"compute_nodes": [{}]}]},
        {"disks": [{"path": "/"}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_and_the_reader_refuse_the_same(change: dict[str, object]) -> None:
    document = {"os": "linux", "arch": "x86_64", **change}
    with pytest.raises(jsonschema.ValidationError):
        check_against_schema(document)
    assert problems_of(json.dumps(document))


def test_os_and_arch_are_enough_and_everything_else_is_unknown() -> None:
    machine = machine_from_text("os: linux\narch: AMD64\n", "machine.yaml")
    assert machine == Machine(Os.LINUX, Arch.X86_64)
    assert machine.driver is None
    assert machine.gpus is None


def test_null_means_looked_for_and_not_there() -> None:
    text = "os: linux\narch: x86_64\ndriver: null\ngpus: []\nconda: null\n"
    machine = machine_from_text(text, "machine.yaml")
    assert machine.driver is Absence.NOT_THERE
    assert machine.conda is Absence.NOT_THERE
    assert machine.gpus == ()
    document = machine_to_document(machine)
    assert document["driver"] is None
    assert document["gpus"] == []


def test_a_driver_that_is_not_known_has_no_key_in_the_document() -> None:
    document = machine_to_document(Machine(Os.LINUX, Arch.X86_64))
    assert not {"driver", "gpus", "pci_gpus", "conda"} & set(document)


def test_compute_nodes_take_the_system_of_their_login_node() -> None:
    text = (
        "os: linux\narch: aarch64\ncompute_nodes:\n- driver: {version: '550.54.15'}\n  gpus: []\n"
    )
    (node,) = machine_from_text(text, "cluster.yaml").compute_nodes
    assert (node.os, node.arch, node.gpus) == (Os.LINUX, Arch.AARCH64, ())


def test_keys_that_begin_with_x_are_notes() -> None:
    assert machine_from_text("os: linux\narch: x86_64\nx-note: {a: 1}\n", "machine.yaml")


def test_all_mistakes_are_reported_at_once_with_their_lines() -> None:
    text = "\n".join(
        [
            "os: wsl2",
            "python: 3.10",
            "os_verson: '22.04'",
            "wsl: 3",
            "libc: {name: uclibc}",
            "driver: {version: '535.x'}",
            "gpus:",
            "  - {index: -1, compute_capability: '8.66', memory_mib: 24 GiB, mig: yes}",
            "  - nonsense",
            "disks: {}",
            "os: linux",
        ]
    )
    assert problems_of(text) == [
        (1, "os", "profile.os-is-wsl"),
        (1, "", "profile.missing-key"),
        (2, "python", "profile.write-in-quotes"),
        (3, "", "profile.unknown-key-near"),
        (4, "wsl", "profile.not-one-of"),
        (5, "libc.name", "profile.not-one-of"),
        (6, "driver.version", "profile.not-a-version"),
        (8, "gpus[0].index", "profile.not-a-number"),
        (8, "gpus[0].compute_capability", "profile.not-a-capability"),
        (8, "gpus[0].memory_mib", "profile.not-a-number"),
        (8, "gpus[0].mig", "profile.not-a-mapping"),
        (9, "gpus[1]", "profile.not-a-mapping"),
        (10, "disks", "profile.not-a-list"),
        (11, "", "profile.key-twice"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", (None, "", "profile.empty")),
        ("# nothing yet\n", (None, "", "profile.empty")),
        ("- os\n", (1, "", "profile.not-a-mapping")),
        ("a: [1,\n", (2, "", "profile.not-yaml")),
        ("os: linux\n\x00", (2, "", "profile.not-yaml")),
        ("[" * 5000, (None, "", "profile.not-yaml")),
        ('{"os": "linux", "arch": "x86_64",}x', (1, "", "profile.not-yaml")),
        ("os: beos\narch: x86_64", (1, "os", "profile.not-one-of")),
        ("os: Darwin\narch: arm64", (1, "os", "profile.not-one-of-near")),
        ("os: linux\narch: x86_64\nschema: gpusetup.machine/9", (3, "schema", "profile.schema")),
        (
            "os: linux\narch: x86_64\npci_gpus: [{device_id: '268'}]",
            (3, "pci_gpus[0].device_id", "profile.not-a-pci-id"),
        ),
        (
            "os: linux\narch: x86_64\ncompute_nodes: [{compute_nodes: [{}]}]",
            (3, "compute_nodes[0].compute_nodes", "profile.nodes-in-nodes"),
        ),
    ],
)
def test_one_mistake_is_named_with_its_place(
    text: str, problem: tuple[int | None, str, str]
) -> None:
    assert problems_of(text) == [problem]


def test_the_message_names_the_file_the_line_and_what_to_write() -> None:
    with pytest.raises(UsageError) as caught:
        machine_from_text("os: linux\narch: x86_64\npython: 3.10\n", "lab/server.yaml")
    text = say(caught.value.code, **caught.value.facts)
    assert text.splitlines() == [
        "`lab/server.yaml` cannot be used as a machine profile:",
        '  line 3, python: Write it in quotes: "3.10". Without them YAML reads a number or a '
        "yes/no, and 3.10 becomes 3.1.",
    ]


ALICES = Machine(
    Os.LINUX,
    Arch.X86_64,
    distribution="ubuntu",
    python=Python(Version.parse("3.11.7"), "/home/alice/.pyenv/versions/3.11.7/bin/python"),
    gpus=(
        Gpu(
            0,
            "NVIDIA A100-SXM4-80GB",
            uuid="GPU-5b6f9c7e-1111-2222-3333-444455556666",
            pci_bus_id="00000000:07:00.0",
            mig=Mig(True, (MigInstance("1g.10gb", "MIG-0f3c8d5a-aaaa-bbbb-cccc-0123456789ab"),)),
        ),
    ),
    conda=Conda("/home/alice/miniconda3/bin/conda", "conda", root="/home/alice/miniconda3"),
    installers=Installers(
        pip_config_files=("/home/alice/.pip/pip.conf",),
        index_url="https://alice:s3cret@mirror.example/simple?token=abc",
        find_links=("/scratch/alice/wheels",),
        proxy="http://alice:s3cret@proxy.example:8080",
    ),
    disks=(Disk("/home/alice", "home", 1000), Disk("/scratch/alice/envs", "prefix", 1000)),
    proxies=(("https", "http://alice:s3cret@proxy.example:8080"),),
    cuda_visible_devices="GPU-5b6f9c7e-1111-2222-3333-444455556666",
    readings=(Reading("host", Status.OK, "lab7 GPU-5b6f9c7e-1111-2222-3333-444455556666"),),
)


def test_a_profile_to_pass_on_names_no_person_host_or_device() -> None:
    text = json.dumps(machine_to_document(without_personal_data(ALICES, names=["lab7"])))
    for secret in ("alice", "lab7", "s3cret", "abc", "5b6f9c7e", "0f3c8d5a", "proxy.example"):
        assert secret not in text


def test_a_profile_to_pass_on_keeps_what_the_decision_needs() -> None:
    clean = without_personal_data(ALICES)
    assert clean.conda == Conda("~/miniconda3/bin/conda", "conda", root="~/miniconda3")
    assert clean.installers.index_url == "https://mirror.example/simple?token=***"
    assert clean.gpus is not None
    assert clean.gpus[0].pci_bus_id == "00000000:07:00.0"
    assert clean.distribution == "ubuntu"
    assert clean.readings[0].detail == "lab7 GPU-UUID"


def test_documents_hold_no_credentials() -> None:
    text = json.dumps(machine_to_document(ALICES))
    assert "s3cret" not in text
    assert "https://mirror.example/simple" in text
