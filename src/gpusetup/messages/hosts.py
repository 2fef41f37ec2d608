"""Sentences about hosts that are asked by ssh, and about nodes that tell themselves."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # what a node or a host answered
    "node.no-answer": "It ran no command of ours. It said: {words}",
    "node.no-answer.next": "Its account may have no shell, or may run one fixed command only: "
    "`{command}` must print `ready`.",
    "node.silent": "It ran no command of ours and said nothing.",
    "node.silent.next": "`{command}` must print `ready`; neither a Python nor a shell "
    "answered there.",
    "node.cut-off": "The answer was cut off after {lines} lines.",
    "node.cut-off.next": "Ask again. If it happens again, a start file on that host ends the "
    "connection, or its network does.",
    "node.damaged": "The answer did not arrive as it was sent: {found} bytes instead of {told}.",
    "node.damaged.next": "Ask again. A start file on that host may print in the background.",
    "node.too-long": "The answer did not end, so we stopped reading.",
    "node.too-long.next": "Look what `{command}` prints: a start file on that host may loop.",
    "node.unreadable": "The answer is not what our program tells ({reason}).",
    "node.unreadable.next": "Log in there and run `gpusetup detect`.",
    # how ssh failed
    "ssh.unknown-host": "ssh does not know this host name.",
    "ssh.unknown-host.next": "Check the spelling, or give the name a `HostName` in "
    "`~/.ssh/config`.",
    "ssh.refused": "The host refuses connections: no SSH server listens at this port.",
    "ssh.refused.next": "Check the port (`{host}:PORT`, or `Port` in `~/.ssh/config`) and whether "
    "its SSH server runs.",
    "ssh.unreachable": "There is no way to this host from here: {words}",
    "ssh.unreachable.next": "Check the network or the VPN; many hosts are only reached through a "
    "jump host (`ProxyJump` in `~/.ssh/config`).",
    "ssh.timeout": "No answer within its time.",
    "ssh.timeout.next": "A firewall may swallow the connection, or the host may hang: try "
    "`{command}`, or give it more time with `--timeout`.",
    "ssh.host-key-unknown": "Its host key is not known here, so nothing was sent.",
    "ssh.host-key-unknown.next": "Compare its fingerprint with what its administrator tells, by "
    "logging in once: `{login}`. We never accept a key for you.",
    "ssh.host-key-changed": "Its host key is another one than before, so nothing was sent. The "
    "host was installed anew, or somebody is between you and it.",
    "ssh.host-key-changed.next": "Ask its administrator. Only if they changed the key, forget the "
    "old one: `{forget}`",
    "ssh.denied": "It did not let us in: {words}",
    "ssh.denied.next": "Try `{login}`. Where that asks for a password, run this command in a "
    "terminal, or set up a key (`ssh-copy-id`) and an agent.",
    "ssh.jump": "A jump host on the way did not let us through: {words}",
    "ssh.jump.next": "Try the jump host alone: `ssh -G {target}` names it under `proxyjump`.",
    "ssh.configuration": "ssh does not accept its own configuration: {words}",
    "ssh.configuration.next": "Correct that line; `ssh -G {target}` must print no complaint.",
    "ssh.closed": "The host closed the connection: {words}",
    "ssh.closed.next": "It may limit how many log in at once, or block this address: wait a minute "
    "and ask fewer hosts.",
    "ssh.failed": "ssh failed: {words}",
    "ssh.failed.next": "Try `{login}`.",
    "ssh.not-asked": "Not asked: the time was over.",
    "ssh.not-asked.next": "Give all of them more time with `--timeout`.",
    "ssh.interrupted": "Interrupted before it had answered.",
    # what was typed
    "hosts.bad-name": "`{name}` is no host that can be asked.",
    "hosts.bad-name.next": "Names look like `gpu1`, `me@gpu1`, `gpu1:2222` or `ssh://me@gpu1:2222`.",
    "hosts.password": "A host may not be named together with a password.",
    "hosts.password.next": "Leave it out: ssh asks for it on the terminal, and we never see it.",
    "hosts.bad-program": "{variable} is no command line: {reason}",
    "hosts.bad-program.next": "It holds the words that begin the command, such as "
    "`ssh -F /path/to/config`.",
    "hosts.no-ssh": "`{program}` was not found, and hosts are asked by it.",
    "hosts.no-ssh.next": "Install the OpenSSH client (the package `openssh-client` on Debian and "
    "Ubuntu, `openssh-clients` on Red Hat and its kin).",
    "hosts.none-in-file": "{path} names no host.",
    "hosts.none-in-file.next": "Write one host a line.",
    "hosts.none-to-record": "No host answered, so nothing was written to {path}.",
    "hosts.none-to-record.next": "The causes stand above, host by host.",
    "hosts.not-with": "`{option}` does not go together with `--host`.",
    "hosts.not-with.next": "Log in on that host to use `{option}` there.",
    "hosts.one-only": "`doctor` looks at one host at a time.",
    "hosts.one-only.next": "`gpusetup detect --host … --host …` shows what is wrong on many.",
    # help
    "help.hosts.host": "Ask this host by your own ssh instead of looking at this machine; may be "
    "given more than once.",
    "help.hosts.hosts": "Ask the hosts of a file, one a line (`-`: standard input).",
    "help.hosts.one": "Look at this host, by your own ssh.",
    "help.metavar.HOST": "HOST",
    # the table
    "hosts.title": "{count} hosts",
    "hosts.asking": "Asking {count} hosts; {left} have not answered",
    "hosts.asking-one": "Asking {host}",
    "hosts.asks": "{host} asks for your login:",
    "hosts.asks-key": "{host} is not known to ssh yet:",
    "hosts.answered": "{host}: {cards} ({duration})",
    "hosts.did-not": "{host}: {text}",
    "hosts.column-host": "host",
    "hosts.column-cards": "cards",
    "hosts.column-driver": "driver",
    "hosts.column-torch": "PyTorch",
    "hosts.column-use": "in use",
    "hosts.column-wrong": "what is wrong",
    "hosts.no-gpu": "no GPU",
    "hosts.not-known": "not known",
    "hosts.none": "none",
    "hosts.free": "free",
    "hosts.by": "{used} of {count}: {users}",
    "hosts.used": "{used} of {count}",
    "hosts.torch": "{torch} {build}",
    "hosts.no-answer": "no answer",
    "hosts.trouble": "{host}: {text}",
    "hosts.all": "One build runs on all of them: PyTorch {torch} {build}.",
    "hosts.all-that-answered": "One build runs on all that answered: PyTorch {torch} {build}.",
    "hosts.plan.next": "`gpusetup plan --machine {path}` plans it.",
    "hosts.record.next": "`--record FILE` writes them down, and `gpusetup plan --machine FILE` "
    "plans one environment for all.",
    "hosts.recorded": "Written to {path}: {count} hosts with their names, without users and "
    "identifiers.",
    "hosts.recorded-one": "Written to {path}: {host} with its name, without users and identifiers.",
    "hosts.recorded-less": "Not in it, because there was no answer: {hosts}",
    # nodes of a profile
    "nodes.unnamed": "node {number} ({cards})",
    "nodes.because": "{host} falls out: {reason}",
    "nodes.all-but": "No build runs on all of them. PyTorch {torch} {build} runs on all but "
    "{hosts}.",
    "nodes.nothing": "No build of PyTorch runs on any of them.",
    "nodes.apart.next": "Take {hosts} out of the file to plan one environment for the others, and "
    "plan another one for what falls out.",
}
