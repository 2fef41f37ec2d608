# Tells what a node is, in any Bourne shell, where there is no Python: the same records in the same
# block as node.py. It judges nothing and writes no file. Names nonce, seconds, wishes, pythons and
# program are set before begin_node is called; it all is one function, so that a script that was cut
# off does nothing.

begin_node() {
    LC_ALL=C
    export LC_ALL
    for each in $pythons; do
        if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 6))' </dev/null >/dev/null 2>&1
        then
            printf '%s\n' "$program" | "$each" -I -B - "$nonce" "$seconds" "$wishes" && return
        fi
    done
    told=$(tell_node | tr '\000' '\001')
    sum=$(printf '%s\n' "$told" | cksum 2>/dev/null)
    length=${sum#* }
    sum=${sum%% *}
    case $sum in
    '') sum=- length=$(printf '%s\n' "$told" | wc -c) ;;
    esac
    printf '\n<<gpusetup-node 1 %s\n' "$nonce"
    printf '%s\n' "$told" | sed 's/^/:/'
    printf '>>gpusetup-node %s %s %s\n\n' "$nonce" $((length)) "$sum"
}

record() {
    printf '=%s %s\n' "$1" "$2"
    case $# in 3) printf '%s\n' "$3" | sed 's/^/|/' ;; esac
}

tell_text() {
    # not every file of /proc and /sys can be read, and a missing one is no error
    if [ -f "$1" ] && [ -r "$1" ]; then
        printf '=text %s\n' "$1"
        head -c 65536 "$1" 2>/dev/null | sed 's/^/|/'
        printf '\n|\n'
    fi
}

tell_node() {
    system=$(uname -s)
    record fact sysname "$system"
    record fact machine "$(uname -m)"
    record fact kernel "$(uname -r)"
    record fact host "$(uname -n)"
    record fact uid "$(id -u)"
    record fact told-by sh
    record fact home "$HOME"
    record fact libc "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
    record fact musl "$(tell_musl)"
    record fact ticks "$(getconf CLK_TCK 2>/dev/null)"
    tell_cards
    tell_libraries
    tell_groups
    printf '%s\n' "$wishes" | while read -r kind what; do tell_wish "$kind" "$what"; done
    record exit system 0
    tell_smi
}

tell_musl() {
    for loader in /lib/ld-musl-*; do
        [ -x "$loader" ] && "$loader" --version 2>&1 | sed -n 's/^Version //p'
    done
}

tell_wish() {
    what=$2
    case $1 in
    text) tell_text "$what" ;;
    names) [ -d "$what" ] && record names "$what" "$(ls "$what" 2>/dev/null)" ;;
    exists)
        if [ -d "$what" ]; then record exists "$what" folder
        elif [ -e "$what" ]; then record exists "$what" file
        fi ;;
    value) eval "[ -n \"\${$what+x}\" ] && record value $what \"\$(printf '%s' \"\$$what\" | tr '\n' ' ')\"" ;;
    mark) eval "[ -n \"\${$what:-}\" ] && record value $what 1" ;;
    program)
        found=$(command -v "$what" 2>/dev/null)
        case $found in /*) record program "$what" "$found" ;; esac ;;
    place) tell_place ;;
    esac
}

tell_place() {
    case $what in
    '~') place=$HOME ;;
    *) place=$what ;;
    esac
    if [ -d "$place" ]; then is=folder
    elif [ -e "$place" ]; then is='file'
    else is=nothing
    fi
    room=$place
    while [ ! -e "$room" ] && [ "$room" != / ] && [ "$room" != . ]; do room=$(dirname "$room"); done
    may=read-only
    [ -w "$room" ] && may=writable
    free=$(df -Pk "$room" 2>/dev/null | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p')
    record place "$what" "$place
$is
$may
$((${free:-0} / 1024))"
}

tell_groups() {
    for folder in /sys/fs/cgroup /sys/fs/cgroup/memory; do tell_limits; done
    while IFS=: read -r _number controllers path; do
        case $controllers in
        '') base=/sys/fs/cgroup ;;
        memory) base=/sys/fs/cgroup/memory ;;
        *) continue ;;
        esac
        while [ -n "$path" ] && [ "$path" != / ]; do
            folder=$base$path
            tell_limits
            path=${path%/*}
        done
    done </proc/self/cgroup 2>/dev/null
}

tell_limits() {
    for file in memory.max memory.limit_in_bytes memory.swap.max; do tell_text "$folder/$file"; done
}

tell_cards() {
    [ -d /sys/bus/pci/devices ] && record pci-bus ok
    [ -d /sys/bus/pci/devices ] || record pci-bus absent 'No such file or directory'
    for slot in /sys/bus/pci/devices/*; do
        read -r maker 2>/dev/null <"$slot/vendor" || continue
        read -r class 2>/dev/null <"$slot/class" || continue
        read -r device 2>/dev/null <"$slot/device" || continue
        case $maker$class in
        0x10de0x03*)
            driver=$(ls -ld "$slot/driver" 2>/dev/null | sed 's/.*\///')
            record pci "${slot##*/}" "${device#0x}
$driver" ;;
        esac
    done
    for slot in /proc/driver/nvidia/gpus/*; do tell_text "$slot/information"; done
    for file in /dev/nvidia[0-9]* /dev/nvidiactl /dev/nvidia-uvm /dev/dxg; do
        if [ -r "$file" ] && [ -w "$file" ]; then record device "${file##*/}" open
        elif [ -e "$file" ]; then record device "${file##*/}" closed
        fi
    done
}

tell_libraries() {
    cached=$({ ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null)
    for name in libcuda.so.1 libnvidia-ml.so.1; do
        listed=$(printf '%s\n' "$cached" | sed -n "s/.*$name .*=> //p")
        for file in $listed /usr/lib/wsl/lib/$name /usr/lib/x86_64-linux-gnu/$name \
            /usr/lib/aarch64-linux-gnu/$name /usr/lib64/$name /usr/lib64/nvidia/$name \
            /usr/lib/$name /usr/local/nvidia/lib64/$name /run/opengl-driver/lib/$name; do
            [ -e "$file" ] || continue
            behind=$(readlink -f "$file" 2>/dev/null || printf '%s' "$file")
            record library "$name" "$file
$behind"
            break
        done
    done
}

tell_smi() {
    smi=nvidia-smi
    command -v "$smi" >/dev/null 2>&1 || smi=/usr/lib/wsl/lib/nvidia-smi
    if ! command -v "$smi" >/dev/null 2>&1; then
        record no-smi 2
        record exit nvidia-smi 0
        return
    fi
    base=index,name,uuid,pci.bus_id,driver_version,memory.total,memory.used
    csv=--format=csv,noheader,nounits
    ended=timeout
    ask_smi "--query-gpu=$base,compute_cap,mig.mode.current" $csv &&
        case $code:$answer in
        2:* | *'not a valid field'*) ask_smi "--query-gpu=$base" $csv ;;
        esac && ask_smi && ask_smi -L &&
        ask_smi --query-gpu=index,utilization.gpu,compute_mode $csv &&
        ask_smi --query-compute-apps=gpu_uuid,pid,used_memory,process_name $csv && ended=0
    record exit nvidia-smi "$ended"
    case $wishes in *processes*) tell_processes ;; esac
}

# With a limit of its own: a driver that hangs must not keep the rest from being told.
ask_smi() {
    answer=$(
        unset LD_LIBRARY_PATH
        {
            "$smi" "$@" 2>&1 </dev/null &
            asked=$!
            waited=0
            while kill -0 $asked && [ $waited -lt "$seconds" ]; do
                # tenths of a second, where sleep knows them
                sleep 0.1 || sleep 1
                tenths=$((${tenths:-0} + 1))
                waited=$((tenths / 10))
            done
            kill -9 $asked
            wait $asked
            code=$?
            printf '\n%s' "$code"
        } 2>/dev/null
    )
    code=${answer##*
}
    answer=${answer%
*}
    case $code in 137) return 1 ;; esac
    record smi "$code $*" "$answer"
    case " $* " in *query-compute-apps*) apps=$answer ;; esac
}

tell_processes() {
    tell_text /proc/1/stat
    for pid in $(printf '%s\n' "$apps" | sed -n 's/^[^,]*, *\([0-9][0-9]*\),.*/\1/p' | sort -u); do
        for name in status loginuid cmdline comm stat cgroup; do tell_text "/proc/$pid/$name"; done
        ls -l "/proc/$pid/fd" 2>/dev/null | sed -n 's/.* -> \(.*\/nvidia.*\)/\1/p' |
            while read -r target; do record opened "/proc/$pid/fd" "$target"; done
        for user in $(sed -n 's/^Uid:[^0-9]*[0-9]*[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null); do
            name=$(id -nu "$user" 2>/dev/null || printf '%s' "$user")
            record user "$user" "$name"
        done
    done
}
