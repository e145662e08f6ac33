#!/bin/sh
# Run one step of the set-up quietly: tools/step.sh "what it does" "what to do if it fails" command...
what=$1
advice=$2
shift 2
log=$(mktemp "${TMPDIR:-/tmp}/onecall-step.XXXXXX")
trap 'rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM
printf '· %s\n' "$what"
if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    printf '\nThis step failed: %s.\nWhat to do: %s.\n' "$what" "$advice" >&2
    exit 1
fi
