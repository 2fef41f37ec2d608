"""Which rented or hosted machine this is, by the marks that it leaves.

The marks of AutoDL, Kaggle, Colab and Vast were seen in public code. The others were not verified;
the addresses say where they can be.
"""

from __future__ import annotations

from gpusetup.machine import Reading, Status
from gpusetup.probe.world import World

# Environment variables. Kaggle stands before Colab: its image is made from Colab's.
VARIABLES = (
    # https://www.autodl.com/docs/elastic_deploy/ (variables inside a container)
    ("autodl", ("AutoDLContainerUUID", "AutoDLRegion", "AutoDLDataCenter")),
    # https://github.com/Kaggle/kagglehub/blob/main/src/kagglehub/env.py
    ("kaggle", ("KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_URL_BASE")),
    ("colab", ("COLAB_RELEASE_TAG", "COLAB_GPU", "COLAB_BACKEND_VERSION")),
    # https://github.com/aws/sagemaker-training-toolkit#important-environment-variables
    ("sagemaker", ("SM_TRAINING_ENV", "SM_CURRENT_HOST", "SAGEMAKER_APP_TYPE")),
    ("paperspace", ("PAPERSPACE_NOTEBOOK_REPO_ID", "PAPERSPACE_FQDN", "PAPERSPACE_CLUSTER_ID")),
    # https://docs.runpod.io/pods/references/environment-variables
    ("runpod", ("RUNPOD_POD_ID",)),
    # https://docs.vast.ai (variables inside an instance)
    ("vast", ("VAST_CONTAINERLABEL",)),
    ("lightning", ("LIGHTNING_CLOUD_SPACE_ID", "LIGHTNING_CLOUD_PROJECT_ID")),
    ("databricks", ("DATABRICKS_RUNTIME_VERSION",)),
    ("modelscope", ("MODELSCOPE_ENVIRONMENT",)),
    # https://docs.github.com/codespaces (default environment variables)
    ("codespaces", ("CODESPACES",)),
)

# Files and folders that only this service has. A plain SSH login lacks the variables.
PATHS = (
    # /root/autodl-tmp is the data disk (https://www.autodl.com/docs/env/)
    ("autodl", ("/root/autodl-tmp", "/root/autodl-pub", "/etc/autodl-motd")),
    ("kaggle", ("/kaggle/working",)),
    ("colab", ("/opt/google/drive", "/content/sample_data")),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-metadata.html
    ("sagemaker", ("/opt/ml/metadata/resource-metadata.json", "/home/studio-lab-user")),
    ("aistudio", ("/home/aistudio",)),
    # https://docs.lambda.ai/public-cloud/filesystems/ (where they are mounted)
    ("lambda", ("/lambda/nfs",)),
)

# What the firmware of a virtual machine says (the DMI fields that cloud-init's ds-identify reads).
_FIRMWARE = (
    ("aws", ("Amazon EC2",)),
    ("gcp", ("Google",)),
    ("alibaba", ("Alibaba Cloud",)),
    ("tencent", ("Tencent Cloud",)),
    ("huawei", ("Huawei Cloud", "HUAWEICLOUD")),
    ("openstack", ("OpenStack Foundation",)),
)
_AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"  # chassis asset tag of every Azure machine


def read_cloud(world: World) -> tuple[str | None, Reading]:
    """The service's name, and the mark that told it."""
    for name, variables in VARIABLES:
        for variable in variables:
            if world.environ.get(variable):
                return name, Reading("cloud", Status.OK, variable)
    for name, paths in PATHS:
        for path in paths:
            if world.exists(path):
                return name, Reading("cloud", Status.OK, path)
    return _firmware(world)


def _firmware(world: World) -> tuple[str | None, Reading]:
    folder = "/sys/class/dmi/id"
    if (world.text(f"{folder}/chassis_asset_tag") or "").strip() == _AZURE_TAG:
        return "azure", Reading("cloud", Status.OK, f"{folder}/chassis_asset_tag")
    vendor = (world.text(f"{folder}/sys_vendor") or "").strip()
    for name, vendors in _FIRMWARE:
        if vendor in vendors:
            return name, Reading("cloud", Status.OK, f"{folder}/sys_vendor")
    return None, Reading("cloud", Status.ABSENT)
