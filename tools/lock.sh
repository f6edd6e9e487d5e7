#!/bin/sh
# Compile requirements files with hashes and without any address, from pyproject.toml and bot/pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
compile="uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate $*"
$compile --universal --python-version 3.11 pyproject.toml -o requirements/web.txt
$compile --universal --python-version 3.11 pyproject.toml --group train --group dev -c requirements/web.txt -o requirements/dev.txt
cd bot
$compile --python-version 3.11 --python-platform x86_64-manylinux_2_28 pyproject.toml -o requirements.lock.txt
