"""The small scripts that connect a shell's Tab to `gpusetup __complete`. PROGRAM is put in.

Each asks with the words up to the cursor. The first line of the answer says whether the shell
shall offer files ("files", "folders" or "words"); then follow candidates, with a tab before their
meaning. The one for PowerShell was written from Microsoft's documentation and never run.
"""

from __future__ import annotations

BASH = """\
# bash completion of gpusetup
_gpusetup() {
    local IFS=$'\\n' lines places word text width=0 current="${COMP_WORDS[COMP_CWORD]}"
    mapfile -t lines < <(PROGRAM __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    places="${lines[0]}"
    lines=("${lines[@]:1}")
    COMPREPLY=("${lines[@]%%$'\\t'*}")
    if [ "$places" = files ]; then
        compopt -o filenames
        COMPREPLY+=($(compgen -f -- "$current"))
    elif [ "$places" = folders ]; then
        compopt -o filenames
        COMPREPLY+=($(compgen -d -- "$current"))
    elif [ "${#COMPREPLY[@]}" -gt 1 ] && [ "$COMP_TYPE" = 63 ]; then
        # the list that a second Tab shows: with meanings, one a line
        for word in "${COMPREPLY[@]}"; do [ "${#word}" -gt "$width" ] && width=${#word}; done
        COMPREPLY=()
        for word in "${lines[@]}"; do
            text="${word#*$'\\t'}"
            [ "$text" = "$word" ] && text=""
            printf -v word "%-${width}s  %s" "${word%%$'\\t'*}" "${text:+($text)}"
            COMPREPLY+=("$word")
        done
    fi
    case "${COMPREPLY[0]-}" in *=) compopt -o nospace ;; esac
}
complete -F _gpusetup gpusetup
"""

ZSH = """\
#compdef gpusetup
# zsh completion of gpusetup
_gpusetup() {
    local -a lines words_found described
    local line places
    local -i width=0
    lines=("${(@f)$(PROGRAM __complete zsh "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    places="${lines[1]}"
    for line in "${(@)lines[2,-1]}"; do
        [[ -n "$line" ]] || continue
        words_found+=("${line%%$'\\t'*}")
        (( ${#words_found[-1]} > width )) && width=${#words_found[-1]}
    done
    for line in "${(@)lines[2,-1]}"; do
        if [[ "$line" == *$'\\t'* ]]; then
            described+=("${(r:$width:)${line%%$'\\t'*}}  -- ${line#*$'\\t'}")
        elif [[ -n "$line" ]]; then
            described+=("$line")
        fi
    done
    (( $#words_found )) && compadd -l -d described -a -- words_found
    case "$places" in
        files) _files ;;
        folders) _files -/ ;;
    esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
compdef _gpusetup gpusetup
"""

FISH = """\
# fish completion of gpusetup
function __gpusetup_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (PROGRAM __complete fish $words[2..-1] "$current" 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
    end
    printf '%s\\n' $lines[2..-1]
end
complete -c gpusetup -f -a '(__gpusetup_complete)'
"""

POWERSHELL = """\
# PowerShell completion of gpusetup
Register-ArgumentCompleter -Native -CommandName gpusetup -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
    if ($wordToComplete -eq '') { $words += '""' }
    $lines = @(& PROGRAM __complete powershell @words)
    foreach ($line in ($lines | Select-Object -Skip 1)) {
        $word, $text = $line -split "`t", 2
        if (-not $text) { $text = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $text)
    }
}
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}
"""Shell -> its script."""


def script(shell: str, program: str) -> str:
    """The script of a shell; `program` is how it shall call us."""
    import shlex

    quoted = f"'{program}'" if shell == "powershell" else shlex.quote(program)
    return SCRIPTS[shell].replace("PROGRAM", quoted)
