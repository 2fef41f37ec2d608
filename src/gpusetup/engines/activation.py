"""Files that activate a conda environment where no conda is set up in the shell. Pure.

They do what `conda activate` does for one environment: PATH, CONDA_PREFIX, the scripts that
packages leave in `etc/conda/activate.d`, the prompt; and take it back with `deactivate`.
"""

from __future__ import annotations

from gpusetup.engines.uv import Place
from gpusetup.steps import WriteFile

_WINDOWS_FOLDERS = (
    "", "Library\\mingw-w64\\bin", "Library\\usr\\bin", "Library\\bin", "Scripts", "bin",
)  # fmt: skip


def activation_files(place: Place) -> tuple[WriteFile, ...]:
    """One file for each shell that people use on the system."""
    if place.separator == "\\":
        texts = {
            ("Scripts", "Activate.ps1"): _powershell, ("Scripts", "activate.bat"): _cmd,
            ("Scripts", "deactivate.bat"): _cmd_leaving,
        }  # fmt: skip
    else:
        texts = {
            ("bin", "activate"): _posix, ("bin", "activate.fish"): _fish,
            ("bin", "activate.csh"): _csh,
        }  # fmt: skip
    return tuple(
        WriteFile("write-config", place.within(*path), text(place), "step.activation")
        for path, text in texts.items()
    )


def _posix(place: Place) -> str:
    return f"""\
# Written by gpusetup. In bash, zsh, dash or ksh: source this file.
_gpusetup_scripts () {{
    # zsh takes a pattern that nothing matches for an error
    if [ -n "$(find "$1" -name '*.sh' 2>/dev/null)" ]; then
        for _gpusetup_script in "$1"/*.sh; do
            . "$_gpusetup_script"
        done
        unset _gpusetup_script
    fi
}}

deactivate () {{
    if [ -n "${{_GPUSETUP_PREFIX:-}}" ]; then
        _gpusetup_scripts "$_GPUSETUP_PREFIX/etc/conda/deactivate.d"
        PATH=$_GPUSETUP_OLD_PATH
        export PATH
        if [ -n "${{_GPUSETUP_OLD_PS1+x}}" ]; then
            PS1=$_GPUSETUP_OLD_PS1
        fi
        unset CONDA_PREFIX CONDA_DEFAULT_ENV
        if [ -n "${{_GPUSETUP_OLD_PREFIX:-}}" ]; then
            CONDA_PREFIX=$_GPUSETUP_OLD_PREFIX
            CONDA_DEFAULT_ENV=$_GPUSETUP_OLD_NAME
            export CONDA_PREFIX CONDA_DEFAULT_ENV
        fi
        unset _GPUSETUP_PREFIX _GPUSETUP_OLD_PATH _GPUSETUP_OLD_PS1
        unset _GPUSETUP_OLD_PREFIX _GPUSETUP_OLD_NAME
        hash -r 2>/dev/null || true
    fi
    if [ "${{1:-}}" != again ]; then
        unset -f deactivate _gpusetup_scripts
    fi
}}

deactivate again
_GPUSETUP_PREFIX={_quoted(place.prefix)}
_GPUSETUP_OLD_PATH=$PATH
_GPUSETUP_OLD_PREFIX=${{CONDA_PREFIX:-}}
_GPUSETUP_OLD_NAME=${{CONDA_DEFAULT_ENV:-}}
CONDA_PREFIX=$_GPUSETUP_PREFIX
CONDA_DEFAULT_ENV={_quoted(place.name)}
PATH=$_GPUSETUP_PREFIX/bin:$PATH
export PATH CONDA_PREFIX CONDA_DEFAULT_ENV
if [ -n "${{PS1:-}}" ]; then
    _GPUSETUP_OLD_PS1=$PS1
    PS1="($CONDA_DEFAULT_ENV) $PS1"
fi
_gpusetup_scripts "$_GPUSETUP_PREFIX/etc/conda/activate.d"
hash -r 2>/dev/null || true
"""


def _fish(place: Place) -> str:
    home = "$HOME/" if place.prefix.startswith("~/") else ""
    rest = place.prefix[2:] if home else place.prefix
    prefix = rest.replace("\\", "\\\\").replace("'", "\\'")
    name = place.name.replace("\\", "\\\\").replace("'", "\\'")
    return f"""\
# Written by gpusetup. In fish: source this file.
function deactivate
    if set -q _GPUSETUP_OLD_PATH
        for script in $CONDA_PREFIX/etc/conda/deactivate.d/*.fish
            source $script
        end
        set -gx PATH $_GPUSETUP_OLD_PATH
        set -e _GPUSETUP_OLD_PATH CONDA_PREFIX CONDA_DEFAULT_ENV
        if test -n "$_GPUSETUP_OLD_PREFIX"
            set -gx CONDA_PREFIX $_GPUSETUP_OLD_PREFIX
            set -gx CONDA_DEFAULT_ENV $_GPUSETUP_OLD_NAME
        end
        set -e _GPUSETUP_OLD_PREFIX _GPUSETUP_OLD_NAME
        if functions -q _gpusetup_old_prompt
            functions -e fish_prompt
            functions -c _gpusetup_old_prompt fish_prompt
            functions -e _gpusetup_old_prompt
        end
    end
    if test "$argv[1]" != again
        functions -e deactivate
    end
end

deactivate again
set -g _GPUSETUP_OLD_PATH $PATH
set -g _GPUSETUP_OLD_PREFIX $CONDA_PREFIX
set -g _GPUSETUP_OLD_NAME $CONDA_DEFAULT_ENV
set -gx CONDA_PREFIX {home}'{prefix}'
set -gx CONDA_DEFAULT_ENV '{name}'
set -gx PATH $CONDA_PREFIX/bin $PATH
if functions -q fish_prompt
    functions -c fish_prompt _gpusetup_old_prompt
    function fish_prompt
        set -l before $status
        printf '(%s) ' $CONDA_DEFAULT_ENV
        # the prompt of the user may show how the last command ended
        echo "exit $before" | source
        _gpusetup_old_prompt
    end
end
for script in $CONDA_PREFIX/etc/conda/activate.d/*.fish
    source $script
end
"""


def _csh(place: Place) -> str:
    prefix, name = (_quoted(each).replace("!", "\\!") for each in (place.prefix, place.name))
    return f"""\
# Written by gpusetup. In csh or tcsh: source this file.
if ($?_GPUSETUP_OLD_PATH) then
    deactivate
endif
set _GPUSETUP_OLD_PATH = $PATH:q
setenv CONDA_PREFIX {prefix}
setenv CONDA_DEFAULT_ENV {name}
setenv PATH ${{CONDA_PREFIX:q}}/bin:${{PATH:q}}
alias deactivate 'setenv PATH $_GPUSETUP_OLD_PATH:q; unset _GPUSETUP_OLD_PATH; \
unsetenv CONDA_PREFIX; unsetenv CONDA_DEFAULT_ENV; unalias deactivate; rehash'
rehash
"""


def _powershell(place: Place) -> str:
    folders = ", ".join(f"'{each}'" for each in _WINDOWS_FOLDERS)
    name = place.name.replace("'", "''")
    return f"""\
# Written by gpusetup. In PowerShell: & this file.
$env:CONDA_PREFIX = Split-Path -Parent $PSScriptRoot
$env:CONDA_DEFAULT_ENV = '{name}'
$global:_GPUSETUP_OLD_PATH = $env:PATH
$folders = @({folders}) | ForEach-Object {{ Join-Path $env:CONDA_PREFIX $_ }}
$env:PATH = (@($folders) + $env:PATH) -join ';'
Get-ChildItem "$env:CONDA_PREFIX\\etc\\conda\\activate.d\\*.ps1" -ErrorAction SilentlyContinue |
    ForEach-Object {{ . $_.FullName }}
function global:deactivate {{
    $env:PATH = $global:_GPUSETUP_OLD_PATH
    Remove-Item Env:CONDA_PREFIX, Env:CONDA_DEFAULT_ENV, Function:deactivate
}}
"""


def _cmd(_place: Place) -> str:
    folders = ";".join(f"%CONDA_PREFIX%\\{each}".rstrip("\\") for each in _WINDOWS_FOLDERS)
    return f"""\
@rem Written by gpusetup. In cmd: call this file.
@for %%i in ("%~dp0..") do @set "CONDA_PREFIX=%%~fi"
@if defined _GPUSETUP_OLD_PATH set "PATH=%_GPUSETUP_OLD_PATH%"
@set "_GPUSETUP_OLD_PATH=%PATH%"
@set "PATH={folders};%PATH%"
@if exist "%CONDA_PREFIX%\\etc\\conda\\activate.d\\*.bat" for %%f in \
("%CONDA_PREFIX%\\etc\\conda\\activate.d\\*.bat") do @call "%%f"
"""


def _cmd_leaving(_place: Place) -> str:
    return """\
@rem Written by gpusetup. In cmd: call this file to leave the environment.
@if defined _GPUSETUP_OLD_PATH set "PATH=%_GPUSETUP_OLD_PATH%"
@set "_GPUSETUP_OLD_PATH="
@set "CONDA_PREFIX="
"""


def _quoted(text: str) -> str:
    """A word for a POSIX shell. The home folder of a machine that is only a profile is its own."""
    home, rest = ('"$HOME"/', text[2:]) if text.startswith("~/") else ("", text)
    return home + "'" + rest.replace("'", "'\\''") + "'"
