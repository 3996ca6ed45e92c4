#!/usr/bin/env bash
# How the measuring rig runs masthead; scripts/bench names this file to it in MASTHEAD_ADAPTER. The verbs:
#   prepare-smtp WORK KIND N DIR            a workspace whose message is as large as the others', and N recipients
#   smtp WORK KIND N DIR PORT CONNS         send a new edition to 127.0.0.1:PORT: plan, render and rehearse everybody,
#                                           seal, send, record; the ledger is SQLite and every commit is flushed
#   mjml FILE OUT                           compile one digest
#   csv CSV DIR                             import a list into a fresh ledger; bad rows are reported and left out
# Measured verbs end with exec, so that what is measured is masthead and not this shell.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
: "${MASTHEAD_BIN:?names the program to be measured}"
masthead=$(readlink -f "$MASTHEAD_BIN")
verb=${1:?a verb}; shift

case $verb in
prepare-smtp)
    work=$1 kind=$2 recipients=$3 directory=$4
    bytes() { stat -c %s "$work/$kind.$1"; }
    python3 "$here/rig_workspace.py" "$masthead" "$kind" "$(bytes html)" "$(bytes txt)" "$recipients" "$directory"
    ;;
smtp)
    directory=$4 port=$5 connections=$6
    exec "$masthead" -w "$directory" --json send bench/2024-03 --to "$directory/list.csv" --yes --new-edition \
        --relay "smtp://127.0.0.1:$port" --connections "$connections"
    ;;
mjml)
    exec "$masthead" mjml "$1" -o "$2"
    ;;
csv)
    printf 'relay: { url: "smtp://127.0.0.1:2525" }\nledger: sqlite:masthead.db\n' > "$2/masthead.yaml"
    exec "$masthead" -w "$2" subscribers import "$1" --skip-bad
    ;;
*)
    echo "rig-adapter: no verb '$verb'" >&2
    exit 2
    ;;
esac
