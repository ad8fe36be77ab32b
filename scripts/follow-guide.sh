#!/usr/bin/env bash
# Follow docs/writing-a-channel.md to the letter: write its files into an empty folder, run its commands
# in a fresh environment, and look for the channel on the plugins page of a running inbox.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi; rm -rf "$place"' EXIT

# The release that the guide installs is the one in this repository.
"${PYTHON:-python3}" -m pip wheel --quiet --no-deps --wheel-dir "$place/wheels" "$repository"
export PIP_FIND_LINKS="$place/wheels ${PIP_FIND_LINKS:-}"

mkdir "$place/empty"
cd "$place/empty"
"${PYTHON:-python3}" "$repository/scripts/docs.py" --follow >"$place/steps.sh"
# shellcheck disable=SC1091
source "$place/steps.sh"

set +x

export TANGGAP_DATA_DIR="$place/data" TANGGAP_BIND=127.0.0.1:${PORT:-8732}
export TANGGAP_PUBLIC_URL=http://$TANGGAP_BIND
password=a-long-enough-password
tanggap db upgrade
echo "$password" | tanggap user add founder@example.com --name Founder --role admin --password-stdin
tanggap serve >"$place/serve.log" 2>&1 &
server=$!
python - "$TANGGAP_PUBLIC_URL" "$password" <<'LOOK' || { cat "$place/serve.log"; exit 1; }
import re
import sys
import time

import httpx

url, password = sys.argv[1:]
with httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=30) as browser:
    for _ in range(240):
        try:
            form = browser.get("/login")
            break
        except httpx.ConnectError:
            time.sleep(0.5)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)[1]
    fields = {"csrf_token": token, "email": "founder@example.com", "password": password}
    browser.post("/login", data=fields).raise_for_status()
    page = browser.get("/admin/plugins").text
    assert "<strong>Echo</strong>" in page and "tanggap_echo" not in page, page
    assert "Not loaded" not in page, page
print("Echo is on the plugins page of a running inbox.")
LOOK
