#!/usr/bin/env bash
# Run each plugin's tests in an environment that holds the plugin, Tanggap and its test group alone:
# what a plugin uses and does not declare is missing there. Names folders below plugins/, all of them
# unless some are given.
set -euo pipefail
cd "$(dirname "$0")/.."

plugins=("$@")
if [ ${#plugins[@]} -eq 0 ]; then
	for project in plugins/*/pyproject.toml; do
		plugins+=("$(basename "$(dirname "$project")")")
	done
fi

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
pip="$place/venv/bin/python -m pip --disable-pip-version-check"
$pip install --quiet "pip>=25.1"
$pip install --quiet .

for plugin in "${plugins[@]}"; do
	echo "== $plugin alone"
	cp -r "plugins/$plugin" "$place/$plugin"
	$pip install --quiet "$place/$plugin[simulator]" --group "$place/$plugin/pyproject.toml:test"
	# Away from the checkout and from the package's source, so that what is installed is what is tested.
	rm -rf "$place/$plugin/tanggap_$plugin.source"
	mv "$place/$plugin/tanggap_$plugin" "$place/$plugin/tanggap_$plugin.source"
	(cd "$place/$plugin" && "$place/venv/bin/pytest" -q)
	$pip uninstall --quiet --yes "tanggap-$plugin"
done
