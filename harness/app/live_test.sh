#!/usr/bin/env bash
# What a run draws on a terminal, seen through a small terminal of our own.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
source "$LETHE_SOURCE_DIR/harness/app/tiny_suite.sh"
tiny_suite suite.json
exec python3 "$LETHE_SOURCE_DIR/harness/app/live_terminal.py"
