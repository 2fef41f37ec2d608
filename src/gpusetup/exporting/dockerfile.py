"""`Dockerfile`: an image that holds the same torch, for a container with the host's GPUs."""

from __future__ import annotations

from typing import Iterator, Sequence

from gpusetup.exporting import Comment, Contents, head
from gpusetup.shells import Shell, quote

BUILD = "docker build -t {name} ."
RUN = "docker run --rm -it --gpus all {name}"
_CONDA_IMAGE = "mambaorg/micromamba:2.0"
_LAST_ON_BULLSEYE = (3, 6)
_FOLDER_IN_IMAGE = "/wheels"


def text(contents: Contents, comment: Comment) -> str:
    """The file."""
    blocks = [_comments(_head(contents, comment))]
    if contents.build.origin.is_conda or contents.more_specs:
        blocks += _with_conda(contents, comment)
    else:
        blocks += _with_pip(contents, comment)
    blocks += [_comments(comment("export.docker-work")), 'WORKDIR /work\nCMD ["python"]']
    return "\n\n".join(each for each in blocks if each) + "\n"


def image_name(contents: Contents) -> str:
    """A name that docker takes: lower case.

    >>> from types import SimpleNamespace
    >>> image_name(SimpleNamespace(name="My Env"))
    'my-env'
    """
    from gpusetup.exporting.pyproject_toml import project_name

    return project_name(contents.name).lower()


def _head(contents: Contents, comment: Comment) -> Iterator[str]:
    name = image_name(contents)
    folder = contents.source.folder
    build = BUILD.format(name=name)
    if folder:
        context = quote(f"wheels={folder}", Shell.BASH)
        build = build.replace("build", f"build --build-context {context}")
    yield from head(contents, comment, build)
    if contents.driver_cuda is not None:
        yield from comment("export.docker-gpus", command=RUN.format(name=name))


def _comments(lines: Sequence[str] | Iterator[str]) -> str:
    return "\n".join(f"# {each}".rstrip() for each in lines)


def _with_pip(contents: Contents, comment: Comment) -> Iterator[str]:
    """Python's own image. torch comes first and from its own index only, then all the rest."""
    major, minor = (int(each) for each in contents.minor.split("."))
    debian = "bullseye" if (major, minor) <= _LAST_ON_BULLSEYE else "bookworm"
    if contents.build.cuda_runtime is not None:
        yield _comments(comment("export.docker-no-cuda"))
    yield f"FROM python:{contents.minor}-slim-{debian}"
    yield from _driver_variables(contents, comment)
    yield "RUN useradd --create-home user && install -d -o user /work /opt/venv\nUSER user"
    yield "RUN python -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH"
    if contents.source.url:
        yield _comments(comment("export.docker-torch-first")) + "\n" + _torch_first(contents)
    yield _pip_install(contents, (*contents.torch, *contents.packages), _index(contents))


def _torch_first(contents: Contents) -> str:
    source = contents.source
    if source.folder:
        mount = f"--mount=type=bind,from=wheels,target={_FOLDER_IN_IMAGE} "
        where: tuple[str, ...] = ("--no-index", "--find-links", _FOLDER_IN_IMAGE)
        return _pip_install(contents, contents.torch, ("--no-deps", *where), mount)
    url = source.url or ""
    where = ("--no-index", "--find-links", url) if source.flat else ("--index-url", url)
    return _pip_install(contents, contents.torch, ("--no-deps", *where))


def _index(contents: Contents) -> tuple[str, ...]:
    return ("--index-url", contents.index) if contents.index else ()


def _pip_install(
    contents: Contents, lines: Sequence[str], options: Sequence[str], mount: str = ""
) -> str:
    words = ["pip install --no-cache-dir", *_joined(options)]
    words += [_requirement(each) for each in lines]
    return f"RUN {mount}" + " \\\n    ".join(words)


def _joined(options: Sequence[str]) -> Iterator[str]:
    """Options with their values on one line."""
    for position, each in enumerate(options):
        if each.startswith("--"):
            value = options[position + 1 : position + 2]
            takes = bool(value) and not value[0].startswith("--")
            yield f"{each} {quote(value[0], Shell.BASH)}" if takes else each


def _requirement(line: str) -> str:
    """A line of a requirements file as a word: options keep their own form."""
    if line.startswith("-"):
        option, _, value = line.partition(" ")
        return f"{option} {quote(value, Shell.BASH)}"
    return quote(line, Shell.BASH)


def _driver_variables(contents: Contents, comment: Comment) -> Iterator[str]:
    if contents.driver_cuda is None:
        return
    variables = "ENV NVIDIA_VISIBLE_DEVICES=all \\\n    NVIDIA_DRIVER_CAPABILITIES=compute,utility"
    yield _comments(comment("export.docker-variables")) + "\n" + variables


def _with_conda(contents: Contents, comment: Comment) -> Iterator[str]:
    """micromamba's image, which runs as an ordinary user already."""
    yield f"FROM {_CONDA_IMAGE}"
    yield from _driver_variables(contents, comment)
    if contents.driver_cuda is not None:
        yield (
            _comments(comment("export.docker-override"))
            + f"\nENV CONDA_OVERRIDE_CUDA={contents.driver_cuda}"
        )
    channels = [word for each in contents.conda.channels for word in ("--channel", each)]
    words = ["micromamba install --yes --name base --override-channels", *_joined(channels)]
    words += [quote(each, Shell.BASH) for each in contents.conda.specs]
    yield "RUN " + " \\\n    ".join(words) + " \\\n && micromamba clean --all --yes"
    yield "ENV PATH=/opt/conda/bin:$PATH"
    if contents.torch and contents.source.url:
        yield _comments(comment("export.docker-torch-first")) + "\n" + _torch_first(contents)
    rest = (*contents.torch, *contents.packages)
    if rest:
        yield _pip_install(contents, rest, _index(contents))
