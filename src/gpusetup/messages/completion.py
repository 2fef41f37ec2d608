"""Sentences of `completion`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.completion": "Let the Tab key complete commands, options, environments and mirrors.",
    "help.completion.more": (
        "Prints the script for a shell. With `--install` the shell loads it in every new "
        "terminal. In PowerShell, add the line of the example to the file that `$PROFILE` names."
    ),
    "help.completion.examples": (
        "gpusetup completion --install\n"
        'eval "$(gpusetup completion bash)"\n'
        "gpusetup completion fish > ~/.config/fish/completions/gpusetup.fish\n"
        "gpusetup completion powershell | Out-String | Invoke-Expression"
    ),
    "help.completion.shell": "Which shell; without it the one in use.",
    "help.completion.install": "Set it up for all new terminals; `gpusetup undo` takes it back.",
    "help.completion.yes": "Ask nothing.",
    "completion.which-shell": "The environment variable SHELL names no shell that gpusetup knows.",
    "completion.which-shell.next": "Name one: `gpusetup completion bash` (zsh, fish, powershell).",
    "completion.no-place": "PowerShell alone knows where its start file is.",
    "completion.no-place.next": (
        "In PowerShell: `Add-Content $PROFILE 'gpusetup completion powershell | Out-String | "
        "Invoke-Expression'`"
    ),
    "completion.unreadable": "{path} cannot be read as text, so nothing was added to it.",
    "completion.unreadable.next": "Load the script yourself: `gpusetup completion bash` prints it.",
    "completion.title": "Tab completion for {shell}",
    "completion.there": "It is set up already: {path}",
    "completion.confirm": "Write this?",
    "completion.done": "It works in new terminals: type `gpusetup` and a space, then press Tab.",
    "step.completion": "Let the shell complete the words of gpusetup",
}
