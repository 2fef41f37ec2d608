"""The words of `gpusetup mirrors`; why a mirror does not serve stands in `mirror_verdicts`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # help
    "help.mirrors": "Download through a mirror: set conda, pip, uv and pixi, and back again.",
    "help.mirrors.more": (
        "A mirror is written only after it has proven to work from here. What it does not have "
        "goes to another one that does, or to the official source. Without an option: `--show`."
    ),
    "help.mirrors.examples": (
        "gpusetup mirrors --tuna\n"
        "gpusetup mirrors --fastest --for pip,uv\n"
        "gpusetup mirrors --tuna --dry-run\n"
        "gpusetup mirrors --restore"
    ),
    "help.mirrors.tuna": "Use the mirror of Tsinghua University (TUNA).",
    "help.mirrors.use": "Use this mirror: bfsu, ustc, sjtu, nju, zju, aliyun ...",
    "help.mirrors.fastest": "Measure all mirrors (3 seconds); use those that are clearly faster.",
    "help.mirrors.show": "Show what each client uses now, from which file, and whether it works.",
    "help.mirrors.restore": "Take our changes out of the files again.",
    "help.mirrors.for": "Only these: conda,pip,uv,pixi.",
    "help.mirrors.dry-run": "Show what would change and change nothing.",
    "help.mirrors.env-only": "Print environment variables instead of writing files.",
    "help.mirrors.yes": "Do not ask.",
    "help.metavar.CLIENTS": "CLIENTS",
    # wrong usage
    "mirrors.one-action": (
        "`--tuna`, `--use`, `--fastest`, `--show` and `--restore` exclude each other."
    ),
    "mirrors.one-action.next": "Choose one of them.",
    "mirrors.env-only-alone": "`--env-only` needs a mirror.",
    "mirrors.env-only-alone.next": "`gpusetup mirrors --tuna --env-only`, for example.",
    "mirrors.unknown": "There is no mirror `{name}`. Known: {names}.",
    "mirrors.unknown.next": "`gpusetup mirrors --fastest` finds the best one for this place.",
    "mirrors.use-official": "`{name}` is not a mirror but the source itself. Mirrors: {names}.",
    "mirrors.use-official.next": "`gpusetup mirrors --restore` goes back to it.",
    "mirrors.unknown-client": "`{name}` is not one of conda, pip, uv, pixi.",
    "mirrors.unknown-client.next": "Write them with commas: `--for conda,pip`.",
    # files that are left alone
    "mirrors.broken-line": (
        "{client} cannot read {path}, line {line}: {reason}. Nothing was changed."
    ),
    "mirrors.broken-line.next": "Mend line {line}, or leave {client} out: `--for {others}`.",
    "mirrors.broken": "{client} cannot read {path}: {reason}. Nothing was changed.",
    "mirrors.broken.next": "Mend the file, or leave {client} out: `--for {others}`.",
    "mirrors.reason.not-utf-8": "it is not UTF-8",
    "mirrors.reason.no-mapping": "keys with values are expected, and something else is there",
    "mirrors.reason.key-no-mapping": "`{key}` must hold names with values",
    "mirrors.reason.key-no-list": "`{key}` must be a list",
    "mirrors.reason.key-twice": "`{key}` stands there twice",
    "mirrors.reason.section-twice": "the section `[{key}]` stands there twice",
    "mirrors.reason.no-section": "there is no section such as `[global]` before it",
    "mirrors.reason.no-option": "it is neither a setting nor a comment",
    "mirrors.reason.tab": "a tab stands where YAML wants spaces",
    "mirrors.reason.no-value": "it holds a date or a number that cannot be",
    "mirrors.reason.too-deep": "it is nested too deeply",
    "mirrors.reason.syntax": "brackets, quotes or signs are not complete here",
    "mirrors.reason.unsafe": "it cannot be changed without losing something",
    "mirrors.unreadable": "{path} cannot be read: {cause}. Nothing was changed.",
    "mirrors.unreadable.next": "Make it readable for you, or leave that client out with `--for`.",
    "mirrors.no-file": "{client} reads no file of settings here: {name} is set.",
    "mirrors.file.no-file": "{client} left alone: it reads no file of settings while {path} is set",
    "mirrors.no-file.next": "Unset {name}, or use `--env-only`.",
    "mirrors.another-user": "{path} belongs to another user, so it was left alone.",
    "mirrors.another-user.next": "Ask its owner, or use `--env-only`.",
    "mirrors.unwritable": "{path} cannot be written: {what} is not yours to write in.",
    "mirrors.unwritable.next": "Leave {client} out with `--for`, or use `--env-only`.",
    "mirrors.folder": "{path} is a folder and should be a file.",
    "mirrors.folder.next": "Move it away, or leave {client} out with `--for`.",
    "mirrors.changed-meanwhile": "{path} changed while you looked; it was left alone.",
    "mirrors.changed-meanwhile.next": "Run the command again.",
    "mirrors.write-failed": "{path} could not be written: {cause}",
    "mirrors.write-failed.next": "`gpusetup mirrors --restore` takes back what was written before.",
    "mirrors.client-broke": (
        "{client} no longer works with the new settings, so all of it was taken back:\n{output}"
    ),
    "mirrors.client-broke.next": "Leave {client} out with `--for`, and tell us what it said.",
    # mirrors that fail
    "mirrors.failed": (
        "{mirror} was not set: {what}, asked as {client}, {cause} ({host}). Nothing was changed."
    ),
    "mirrors.failed.next": "`gpusetup mirrors --use {best}` works from here.",
    "mirrors.failed-all": (
        "{mirror} was not set: {what}, asked as {client}, {cause} ({host}), and no other mirror "
        "works from here. Nothing was changed."
    ),
    "mirrors.failed-all.next": (
        "Look at the network: proxy (`HTTPS_PROXY`), certificates (`SSL_CERT_FILE`), login page."
    ),
    "mirrors.nothing-reached": (
        "Neither a mirror nor an official source has proven itself in the few seconds that a "
        "comparison takes."
    ),
    "mirrors.nothing-reached.next": (
        "Look at the network: proxy (`HTTPS_PROXY`), certificates (`SSL_CERT_FILE`), login page."
    ),
    "mirrors.dead-proxy": (
        "No mirror was set: everything goes through the proxy {proxy}, and nobody answers there. "
        "The proxy program (Clash, V2Ray ...) is probably not running. Nothing was changed."
    ),
    "mirrors.dead-proxy.next": (
        "Start it, or do without it in this terminal: `unset http_proxy https_proxy all_proxy "
        "HTTP_PROXY HTTPS_PROXY ALL_PROXY`. Then run the same command again."
    ),
    "mirrors.show.dead-proxy": (
        "Everything goes through the proxy {proxy}, and nobody answers there. Start the proxy "
        "program (Clash, V2Ray ...), or do without it in this terminal: `unset http_proxy "
        "https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY`."
    ),
    "mirrors.show.no-network": (
        "None of these addresses answers. `gpusetup doctor` looks for the reason; perhaps the "
        "network wants a login in the browser first."
    ),
    # what is set
    "mirrors.proving": "asking the mirrors what the clients will ask them",
    "mirrors.asking": "asking the clients what they use now",
    "mirrors.official": "official source",
    "mirrors.built-in": "built in",
    "mirrors.what.index": "the package index",
    "mirrors.what.channel": "the channel {name}",
    "mirrors.what.wheels": "the PyTorch wheels",
    "mirrors.what.installer": "the installer {name}",
    "mirrors.what.cuda-apt": "the CUDA packages for apt",
    "mirrors.what.pythons": "the interpreters for uv",
    "mirrors.label.index": "packages",
    "mirrors.label.channel": "channel",
    "mirrors.label.wheels": "torch wheels",
    "mirrors.label.installer": "installer",
    "mirrors.label.cuda-apt": "CUDA apt",
    "mirrors.label.pythons": "Pythons",
    "mirrors.sources": "Where things come from",
    "mirrors.changes": "What changes",
    "mirrors.confirm": "Write this?",
    "mirrors.nothing-to-do": "Everything is set like this already; nothing to change.",
    "mirrors.none-clearly-faster": "No mirror is clearly faster here than the official sources.",
    "mirrors.nothing-to-set": "There is nothing to set.",
    "mirrors.wheels": (
        "The address of the torch wheels stands in no file, since pip and uv cannot send torch "
        "alone elsewhere; `gpusetup init` passes it by itself."
    ),
    "mirrors.dry-run": "Only shown: nothing was changed.",
    "mirrors.done": "Done",
    "mirrors.file.write-done": "{path} written",
    "mirrors.file.private": (
        "{path} left alone: {client} uses a private index there, and a mirror has not its packages"
    ),
    "mirrors.file.no-route": "{path} left alone: there is nothing to set for {client}",
    "mirrors.backups": "The old files lie in {folder}.",
    "mirrors.how-back": "`gpusetup mirrors --restore` takes this back.",
    "mirrors.check.agrees": "{client} says that it uses them",
    "mirrors.check.not-asked": "{client} reads them; it is not here to be asked",
    "mirrors.check.failed": "{client} could not be asked, now as before: {output}",
    "mirrors.check.missing": "{client} does not take {what} from there",
    "mirrors.check.overruled": (
        "{client} takes {what} from {url} all the same: {origin} is stronger. Change it there."
    ),
    "mirrors.check.besides": "conda asks {url} too: {origin} adds it.",
    "mirrors.env-conda": (
        "conda knows no variable that sends a channel named with `-c` to a mirror; "
        "CONDA_CHANNELS counts where no channel is named."
    ),
    "mirrors.env-pixi": "pixi has no variable for mirrors; it needs its file.",
    # taking back
    "mirrors.restore.title": "Taking our part out again",
    "mirrors.restore.kept": "{path}: you changed {keys} since; that stays",
    "mirrors.restore.confirm": "Take this back?",
    "mirrors.restore.done": "Taken back.",
    "mirrors.restore.nothing": "There is nothing of ours to take back.",
    # what is used now
    "mirrors.show.looking": "asking the addresses that are in use",
    "mirrors.show.absent": "not on this machine, nothing set",
    "mirrors.show.line": "{name}: {url} ({origin}) {answer}",
    "mirrors.show.works": "answers",
    "mirrors.show.works-fast": "answers, {speed} MiB/s",
    "mirrors.show.fails": "does not serve: {cause}",
    "mirrors.show.not-asked": "not asked",
    "mirrors.show.flaws": "What is wrong in the settings",
    "mirrors.show.fine": "No setting that is known to break something.",
    "mirrors.show.use": "`gpusetup mirrors --fastest` looks for something faster.",
    # settings that break things
    "mirrors.flaw.dead-channel": "{value} is dead; conda may stop at it ({origin}, {key}).",
    "mirrors.flaw.dead-channel.repair": "Setting a mirror takes it out, or take that line out.",
    "mirrors.flaw.dead-mirror": "{value} no longer serves ({origin}, {key}).",
    "mirrors.flaw.dead-mirror.repair": "Set another mirror: `gpusetup mirrors --fastest`.",
    "mirrors.flaw.channel-alias": (
        "channel_alias sends every channel to {value}, also those that it does not have, such as "
        "nvidia ({origin})."
    ),
    "mirrors.flaw.channel-alias.repair": (
        "`conda config --file {origin} --remove-key channel_alias`, or set a mirror."
    ),
    "mirrors.flaw.defaults-first": (
        "`defaults` stands before conda-forge: packages of both get mixed, and Anaconda's terms "
        "apply ({origin})."
    ),
    "mirrors.flaw.defaults-first.repair": (
        "`conda config --file {origin} --remove channels defaults`"
    ),
    "mirrors.flaw.misspelt-defaults": "conda has no channel `{value}` ({origin}, {key}).",
    "mirrors.flaw.misspelt-defaults.repair": (
        "`conda config --file {origin} --remove channels {value}`"
    ),
    "mirrors.flaw.plain-http": (
        "{value} is not encrypted: anybody on the way can change packages ({origin}, {key})."
    ),
    "mirrors.flaw.plain-http.repair": "Write https there, or set a mirror with `gpusetup mirrors`.",
    "mirrors.flaw.extra-index": (
        "{value} is asked beside the index, and pip takes the highest version of all: which one "
        "wins is a lottery ({origin}, {key})."
    ),
    "mirrors.flaw.extra-index.repair": "Take {key} out of {origin}; one index is enough.",
    "mirrors.flaw.trusted-host": (
        "pip does not check the certificate of {value} ({origin}, {key})."
    ),
    "mirrors.flaw.trusted-host.repair": "Take {key} out of {origin}; mirrors have certificates.",
    "mirrors.flaw.ssl-verify": "conda checks no certificates ({origin}, {key}).",
    "mirrors.flaw.ssl-verify.repair": "`conda config --file {origin} --remove-key ssl_verify`",
    "mirrors.flaw.flat-index": (
        "{value} is a folder of files and no index: pip finds nothing there ({origin}, {key})."
    ),
    "mirrors.flaw.flat-index.repair": "Take {key} out; give it to pip with `--find-links`.",
    "mirrors.flaw.broken": "{origin} cannot be read, line {line}: {value}.",
    "mirrors.flaw.broken.repair": "Mend the line; until then the client stops or ignores the file.",
}
