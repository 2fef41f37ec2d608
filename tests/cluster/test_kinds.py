"""Nodes are sorted into kinds, and each kind gets a job that can run nowhere else."""

from __future__ import annotations

from gpusetup.cluster.kinds import cluster_of, in_partition, kinds_of, request_for, to_ask
from gpusetup.cluster.sinfo import read_groups
from gpusetup.cluster.values import ClusterFacts, JobWish, Partition

TYPED = """\
gpu|up|infinite|idle|2|64|515000|gpu:a100:4|rack1|gpu[1-2]|none
gpu|up|infinite|mixed|3|64|515000|gpu:a100:8|rack2|gpu[3-5]|none
gpu|up|infinite|idle|1|64|515000|gpu:a100:4,gpu:t4:1|rack2|gpu6|none
debug|up|30:00|idle|1|64|515000|gpu:a100:4|rack1|gpu1|none
cpu|up|infinite|idle|9|64|1500|(null)|(null)|cpu[1-9]|none
"""
BY_FEATURE = """\
all|up|infinite|idle|2|16|64000|gpu:2|v100,rack1|a[1-2]|none
all|up|infinite|idle|2|16|64000|gpu:2|k80,rack1|b[1-2]|none
all|up|infinite|down*|1|16|64000|gpu:2|k80,rack1|b3|power
"""


def test_the_types_of_gpus_make_the_kind() -> None:
    kinds = kinds_of(read_groups(TYPED))
    assert [(kind.label, kind.nodes) for kind in kinds] == [("a100", 6), ("a100+t4", 1), ("cpu", 9)]
    assert [gpu.count for gpu in kinds[0].gpus] == [8]


def test_without_types_features_tell_kinds_apart() -> None:
    kinds = kinds_of(read_groups(BY_FEATURE))
    assert [(kind.label, kind.nodes, kind.usable) for kind in kinds] == [
        ("gpu-v100", 2, 2), ("gpu-k80", 3, 2),
    ]  # fmt: skip


def test_a_job_cannot_land_on_another_kind() -> None:
    typed = cluster_of(ClusterFacts(), read_groups(TYPED), (Partition("gpu", is_default=True),))
    request = request_for(typed.kinds[0], typed, JobWish())
    assert (request.partition, request.gres, request.exclude) == ("gpu", "gpu:a100:1", "gpu6")
    untyped = cluster_of(ClusterFacts(), read_groups(BY_FEATURE), ())
    request = request_for(untyped.kinds[1], untyped, JobWish())
    assert (request.gres, request.constraint) == ("gpu:1", "k80&rack1")
    assert request.exclude == "a[1-2]"


def test_what_is_wished_goes_before_what_was_found() -> None:
    cluster = cluster_of(ClusterFacts(), read_groups(TYPED), (Partition("debug", max_minutes=30),))
    wish = JobWish(partition="debug", account="physics", qos="short", minutes=2, memory_mib=500)
    request = request_for(cluster.kinds[0], cluster, wish)
    assert (request.partition, request.account, request.qos) == ("debug", "physics", "short")
    assert (request.minutes, request.memory_mib) == (2, 500)


def test_the_limit_is_no_longer_than_the_partition_allows() -> None:
    cluster = cluster_of(ClusterFacts(), read_groups(TYPED), (Partition("gpu", max_minutes=3),))
    assert request_for(cluster.kinds[0], cluster, JobWish(partition="gpu")).minutes == 3


def test_partitions_that_let_everybody_in_are_preferred() -> None:
    partitions = (Partition("gpu", accounts=("physics",)), Partition("debug"))
    cluster = cluster_of(ClusterFacts(), read_groups(TYPED), partitions)
    assert request_for(cluster.kinds[0], cluster, JobWish()).partition == "debug"
    assert request_for(cluster.kinds[1], cluster, JobWish()).partition == "gpu"


def test_jobs_go_to_kinds_with_gpus_that_meet_the_wish() -> None:
    kinds = kinds_of(read_groups(TYPED))
    assert [kind.label for kind in to_ask(kinds, JobWish())] == ["a100", "a100+t4"]
    assert [kind.label for kind in to_ask(kinds, JobWish(gres="gpu:t4:1"))] == ["a100+t4"]
    assert [kind.label for kind in to_ask(kinds[2:], JobWish())] == ["cpu"]
    featured = kinds_of(read_groups(BY_FEATURE))
    assert [kind.label for kind in to_ask(featured, JobWish(constraint="k80"))] == ["gpu-k80"]


def test_one_partition_shows_its_own_nodes() -> None:
    cluster = cluster_of(ClusterFacts(), read_groups(TYPED), ())
    assert [(kind.label, kind.nodes) for kind in in_partition(cluster, "debug")] == [("a100", 1)]


def test_hundreds_of_nodes_are_few_kinds() -> None:
    lines = "".join(
        f"gpu|up|infinite|idle|1|64|515000|gpu:{'a100' if number % 2 else 'v100'}:4|r{number}|"
        f"gpu{number}|none\n"
        for number in range(600)
    )
    kinds = kinds_of(read_groups(lines))
    assert [(kind.label, kind.nodes) for kind in kinds] == [("v100", 300), ("a100", 300)]
