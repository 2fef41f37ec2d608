#!/bin/bash
# The README's first line on a simulated fresh machine: a minimal Debian, an ordinary user,
# an empty home folder and a clean environment. Then the same again, and all of it taken back.
#
#   tools/fresh_machine.sh                     Debian 12
#   RELEASE=bullseye tools/fresh_machine.sh    Debian 11 with Python 3.9
#
# Needs root and mmdebstrap. What pip is configured with here, the user there gets too; folders
# among it are bound read-only. Instead of them, or where pip is not configured:
#   FRESH_WHEELS   folder of wheels (pip's find-links)
#   FRESH_INDEXES  folders of local package indexes (pip's extra-index-url), separated by colons
#   FRESH_MIRROR   the Debian mirror
#   FRESH_CACHE    where the root of each release is kept
#   FRESH_DRY=1    only plan (`init --yes --dry-run`): nothing is downloaded and nothing checked
#                  but the end of it. The default where no wheel of torch fits the release.
#   FRESH_WHOLE=1  install all the same: what the package index sends are gigabytes of CUDA
#   FRESH_KEEP=1   leave the home folder for a look
set -euo pipefail
unset PYTHONDONTWRITEBYTECODE

RELEASE=${RELEASE:-bookworm}
CHECKOUT=$(cd "$(dirname "$0")/.." && pwd)
CACHE=${FRESH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gpusetup-fresh}
FAILED=0

main() {
  [ "$(id -u)" = 0 ] || die "needs root (mmdebstrap, mount namespaces)"
  command -v mmdebstrap >/dev/null || die "needs mmdebstrap: apt-get install mmdebstrap"
  ROOT=$CACHE/$RELEASE
  [ -e "$ROOT/etc/fresh-machine" ] || make_root
  SCRATCH=$(mktemp -d "$CACHE/run.XXXXXX")
  trap clean_up EXIT
  make_home
  LINE=$(first_line)
  say "$RELEASE: $(inside 'python3 --version') in $SCRATCH"
  if [ -z "${FRESH_WHOLE:-}" ] && [ -n "${FRESH_DRY:-$(needs_dry)}" ]; then dry_road; else whole_road; fi
  [ "$FAILED" = 0 ] && say "passed on $RELEASE" || say "$FAILED checks failed on $RELEASE"
  [ "$FAILED" = 0 ]
}

whole_road() {
  tree >"$SCRATCH/before"

  step 1 "README's first line" "$LINE"
  check "ends with 0" test "$STATUS" = 0
  check "says how to activate it" grep -q "source ~*.*/gpu-envs/torch/bin/activate" "$OUTPUT"
  check "shows a benchmark" grep -q "FLOP" "$OUTPUT"
  step activated "a first program" 'source ~/gpu-envs/torch/bin/activate &&
    python -c "import torch; print(torch.ones(2, 2) @ torch.ones(2, 2))"'
  check "computes in the environment" test "$STATUS" = 0
  step verified "gpusetup verify" "$GPUSETUP verify --env torch --json"
  check "is proven" grep -q '"ok": true' "$OUTPUT"

  tree >"$SCRATCH/installed"
  step 2 "the same again" "$GPUSETUP init --yes"
  check "ends with 0" test "$STATUS" = 0
  check "takes seconds" test "$SECONDS_TAKEN" -lt 45
  check "says that nothing was changed" grep -q "Nothing was changed" "$OUTPUT"
  tree >"$SCRATCH/again"
  check "changed nothing" diff -q "$SCRATCH/installed" "$SCRATCH/again"

  step 3 "undo" "$GPUSETUP undo --yes"
  check "ends with 0" test "$STATUS" = 0
  tree >"$SCRATCH/after"
  check "left the home folder as before" diff "$SCRATCH/before" "$SCRATCH/after"
  check "left the clone as before" test -z "$(clone_status)"
}

dry_road() {
  step 1 "README's first line, only planned" "$LINE --dry-run"
  check "ends with 0, or refuses with 3" test "$STATUS" = 0 -o "$STATUS" = 3
  check "has no traceback" test -z "$(grep Traceback "$OUTPUT")"
  check "made no environment" test ! -e "$SCRATCH/home/gpu-envs"
  [ "$STATUS" = 3 ] || check "expects no GPU" grep -q -e "--expected cpu" "$OUTPUT"
  cat "$OUTPUT"

  tree >"$SCRATCH/before"
  step detected "gpusetup detect" "$GPUSETUP detect --json"
  check "ends with 0" test "$STATUS" = 0
  check "tells the system's Python" grep -q '"python": "3' "$OUTPUT"
  step planned "gpusetup plan" "$GPUSETUP plan --explain"
  check "ends with 0, or refuses with 3" test "$STATUS" = 0 -o "$STATUS" = 3
  step scripted "gpusetup plan --script bash" "$GPUSETUP plan --script bash >/tmp/plan.sh && bash -n /tmp/plan.sh"
  check "gives a script, or refuses with 3" test "$STATUS" = 0 -o "$STATUS" = 3
  tree >"$SCRATCH/after"
  check "changed nothing" diff "$SCRATCH/before" "$SCRATCH/after"
}

# --- the machine -------------------------------------------------------------------------------

make_root() {
  say "makes the root of $RELEASE (once)"
  mkdir -p "$CACHE"
  rm -rf "$ROOT" "$ROOT.new"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,python3,python3-venv \
    "$RELEASE" "$ROOT.new" "deb $(debian_mirror) $RELEASE main"
  chroot "$ROOT.new" useradd --uid 1000 --no-create-home --shell /bin/bash student
  mkdir -p "$ROOT.new/home/student" "$ROOT.new/mnt"
  touch "$ROOT.new/etc/fresh-machine"
  mv "$ROOT.new" "$ROOT"
}

debian_mirror() {
  local found=${FRESH_MIRROR:-}
  [ -n "$found" ] || found=$(apt-get indextargets --format '$(REPO_URI)' \
    'Label: Debian' 'Created-By: Packages' 2>/dev/null | head -n 1)
  [ -n "$found" ] || die "name a Debian mirror in FRESH_MIRROR"
  echo "$found"
}

# The user's home with a clone, and a pip.conf that says what pip is told here.
make_home() {
  mkdir -m 700 "$SCRATCH/home"
  mkdir -m 1777 "$SCRATCH/tmp"
  git -c safe.directory='*' clone --quiet "$CHECKOUT" "$SCRATCH/home/gpusetup"
  mkdir -p "$SCRATCH/home/.config/pip"
  echo '# my own' >"$SCRATCH/home/.bashrc"
  pip_conf >"$SCRATCH/home/.config/pip/pip.conf"
  chown -R 1000:1000 "$SCRATCH/home"
  GPUSETUP=gpusetup/.venv/bin/gpusetup
}

pip_conf() {
  local number=0 folder links='' extra=''
  : >"$SCRATCH/binds"
  for folder in ${FRESH_WHEELS:-$(local_folders find-links)}; do
    number=$((number + 1))
    echo "$folder /mnt/wheels-$number" >>"$SCRATCH/binds"
    links="$links /mnt/wheels-$number"
  done
  for folder in $(tr : ' ' <<<"${FRESH_INDEXES:-}") $([ -n "${FRESH_INDEXES:-}" ] || local_folders extra-index-url); do
    number=$((number + 1))
    # links of an index may lead out of it to the files beside it
    echo "$(dirname "$folder") /mnt/index-$number" >>"$SCRATCH/binds"
    extra="$extra file:///mnt/index-$number/$(basename "$folder")"
  done
  echo "[global]"
  [ -z "$links" ] || echo "find-links =$links"
  [ -z "$extra" ] || echo "extra-index-url =$extra"
  [ -z "$(pip_setting index-url)" ] || echo "index-url = $(pip_setting index-url)"
  [ -z "$(pip_setting default-timeout)" ] || echo "timeout = $(pip_setting default-timeout)"
  if [ -n "$(pip_setting cert)" ]; then
    echo "$(readlink -f "$(pip_setting cert)") /mnt/cert.pem" >>"$SCRATCH/binds"
    echo "cert = /mnt/cert.pem"
  fi
}

# One setting of the pip that is configured here; its environment variables count most.
pip_setting() {
  python3 -m pip config list 2>/dev/null | sort | sed -n "s/^[^ ]*\.$1='\(.*\)'\$/\1/p" | head -n 1
}

local_folders() {
  local word
  for word in $(pip_setting "$1"); do
    word=${word#file://}
    [ ! -d "$word" ] || echo "${word%/}"
  done
}

# Says yes where no torch in the folders of wheels fits the release's Python: the package index
# would send gigabytes of CUDA to a machine that has no GPU.
needs_dry() {
  local tag folder
  tag=$(inside 'python3 -c "import sys; print(\"cp%d%d\" % sys.version_info[:2])"')
  while read -r folder _; do
    ls "$folder"/torch-*"-$tag-"*.whl >/dev/null 2>&1 && return
  done <"$SCRATCH/binds"
  echo yes
}

# `inside COMMAND`: as the user, at home, with nothing of this environment but the network.
inside() {
  SCRATCH=$SCRATCH ROOT=$ROOT unshare --mount --pid --fork --uts bash -euc '
    mount --make-rprivate /
    mount --bind "$ROOT" "$ROOT"
    mount --bind "$SCRATCH/home" "$ROOT/home/student"
    mount --bind "$SCRATCH/tmp" "$ROOT/tmp"
    mount -t proc proc "$ROOT/proc"
    mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
    for device in null zero full urandom random tty; do
      touch "$ROOT/dev/$device" && mount --bind "/dev/$device" "$ROOT/dev/$device"
    done
    mkdir "$ROOT/dev/shm" && mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm"
    mount -t tmpfs -o mode=755 tmpfs "$ROOT/mnt"
    while read -r from to; do
      if [ -d "$from" ]; then mkdir -p "$ROOT$to"; else touch "$ROOT$to"; fi
      mount --bind -o ro "$from" "$ROOT$to"
    done <"$SCRATCH/binds"
    for file in resolv.conf hosts; do
      touch "$ROOT/etc/$file" && mount --bind "/etc/$file" "$ROOT/etc/$file"
    done
    hostname fresh
    exec chroot --userspec=1000:1000 "$ROOT" env -i HOME=/home/student USER=student \
      LOGNAME=student SHELL=/bin/bash PATH=/usr/local/bin:/usr/bin:/bin TERM=xterm-256color \
      LANG=C.UTF-8 bash -c "cd && $1"
  ' _ "$1"
}

# The user's files with kind, mode and content, but for what may stay: gpusetup's state, the
# caches of installers, and what git ignores in the clone (gpusetup's own environment).
tree() {
  (
    cd "$SCRATCH/home"
    find . \( -path ./.local/state/gpusetup -o -path ./.cache/uv -o -path ./.cache/pip \
      -o -path ./gpusetup \) -prune -o -printf '%y %m %P -> %l\n' |
      grep -vE ' \.(local|local/state|cache) -> $' | sort
    find . \( -path ./.local/state/gpusetup -o -path ./.cache/uv -o -path ./.cache/pip \
      -o -path ./gpusetup \) -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum
  )
}

clone_status() {
  git -c safe.directory='*' -C "$SCRATCH/home/gpusetup" status --porcelain
}

# --- the road ----------------------------------------------------------------------------------

# The first block of README's set-up, as it stands there.
first_line() {
  sed -n '/^## Set up/,$p' "$SCRATCH/home/gpusetup/README.md" | sed -n '/^```bash/{n;p;q}'
}

step() {
  local began=$SECONDS
  OUTPUT=$SCRATCH/$1.txt
  say "$2"
  STATUS=0
  case $1 in 1) set -- "$1" "$2" "cd gpusetup && $3" ;; esac
  inside "$3" >"$OUTPUT" 2>&1 || STATUS=$?
  SECONDS_TAKEN=$((SECONDS - began))
  echo "   exit $STATUS after $SECONDS_TAKEN s"
}

check() {
  local what=$1
  shift
  if "$@" >"$SCRATCH/check.txt" 2>&1; then
    echo "   ok: $what"
    return
  fi
  echo "   FAILED: $what"
  FAILED=$((FAILED + 1))
  sed 's/^/   | /' "$SCRATCH/check.txt" | tail -n 15
  tail -n 15 "$OUTPUT" | sed 's/^/   > /'
}

clean_up() {
  if [ -n "${FRESH_KEEP:-}" ]; then say "kept $SCRATCH"; else rm -rf "$SCRATCH"; fi
}

say() { echo "== $*"; }

die() {
  echo "fresh_machine.sh: $*" >&2
  exit 2
}

main
