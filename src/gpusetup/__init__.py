"""gpusetup: from a fresh machine to a PyTorch that is proven to run on its NVIDIA GPU."""

__version__ = "0.1.0"
