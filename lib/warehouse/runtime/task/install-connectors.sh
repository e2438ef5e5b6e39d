#!/bin/sh
# Installs connectors of Airbyte, `install-connectors.sh FOLDER package==version...`: each into an environment of its own
# below the folder, because their packages and the tasks' want other versions of the same. A lock file in connectors/ says
# what goes with one, with hashes; of the others, what their own packages say.
set -eu
folder=$1
shift
for requirement in "$@"; do
  package=${requirement%%==*}
  lock=connectors/$package-${requirement##*==}.txt
  python -m venv "$folder/$package"
  if [ -f "$lock" ]; then
    "$folder/$package/bin/pip" install --no-cache-dir --require-hashes --no-deps -r "$lock"
  else
    "$folder/$package/bin/pip" install --no-cache-dir "$requirement"
  fi
done
