#!/usr/bin/env bash
# Private PostgreSQL and Redis on free loopback ports, for tests and benchmarks.
#   scripts/services.sh install   Debian packages, where a program is missing
#   scripts/services.sh start     start both and print their URLs
#   scripts/services.sh env       print `export` lines for a shell: eval "$(scripts/services.sh env)"
#   scripts/services.sh stop      stop both and remove their data
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
state="$here/var/services"

pg_bin() {
  local newest
  newest=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$newest" ]; then echo "$newest"; else dirname "$(command -v initdb)"; fi
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

install_packages() {
  local missing=() browser=chromium-headless-shell
  command -v psql >/dev/null && [ -x "$(pg_bin)/initdb" ] || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v chromium-headless-shell chromium >/dev/null || missing+=("$browser")
  # The tests start it themselves, one mailbox each.
  [ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd)
  [ ${#missing[@]} = 0 ] && return
  # Debian would start its own cluster and server; ours are private.
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
  apt-get update -qq
  # Not every distribution has it in a package of its own.
  apt-cache show "$browser" >/dev/null 2>&1 || missing=("${missing[@]/$browser/chromium}")
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

start() {
  if [ -f "$state/env" ]; then echo "already running; scripts/services.sh stop ends it" >&2; exit 1; fi
  local data pg_port redis_port
  data=$(mktemp -d "${TMPDIR:-/tmp}/tanggap-services.XXXXXX")
  chmod 755 "$data"
  mkdir -p "$state" "$data/redis"
  echo "$data" > "$state/data"
  trap 'stop' ERR
  start_postgres "$data/postgres"
  start_redis "$data/redis"
  cat > "$state/env" <<ENV
export TANGGAP_TEST_POSTGRES_URL=postgresql+psycopg://tanggap@127.0.0.1:$pg_port/tanggap
export TANGGAP_TEST_REDIS_URL=redis://127.0.0.1:$redis_port/0
ENV
  cat "$state/env"
}

start_postgres() {
  local folder=$1 bin
  bin=$(pg_bin)
  pg_port=$(free_port)
  mkdir "$folder"
  [ "$(id -u)" = 0 ] && chown postgres "$folder"
  as_postgres "$bin/initdb" -D "$folder" --username=tanggap --auth=trust --encoding=UTF8 \
    --no-locale --no-sync > /dev/null
  # Durability costs time, and nothing here outlives the run.
  cat <<CONF | as_postgres tee -a "$folder/postgresql.conf" > /dev/null
listen_addresses = '127.0.0.1'
port = $pg_port
unix_socket_directories = '$folder'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
  as_postgres "$bin/pg_ctl" -D "$folder" -l "$folder/log" -w start > /dev/null
  as_postgres "$bin/createdb" -h 127.0.0.1 -p "$pg_port" -U tanggap tanggap
}

start_redis() {
  local folder=$1
  redis_port=$(free_port)
  redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$folder" --save '' --appendonly no \
    --daemonize yes --pidfile "$folder/pid" --logfile "$folder/log" > /dev/null
  for _ in $(seq 50); do
    redis-cli -p "$redis_port" ping > /dev/null 2>&1 && return
    sleep 0.1
  done
  echo "Redis did not answer; its log is $folder/log" >&2
  return 1
}

stop() {
  local data
  [ -f "$state/data" ] || return 0
  data=$(cat "$state/data")
  [ -f "$data/redis/pid" ] && kill "$(cat "$data/redis/pid")" 2>/dev/null || true
  [ -f "$data/postgres/postmaster.pid" ] \
    && as_postgres "$(pg_bin)/pg_ctl" -D "$data/postgres" -m immediate -w stop > /dev/null || true
  rm -rf "$data" "$state"
}

case "${1:-}" in
  install) install_packages ;;
  start) start ;;
  env) cat "$state/env" ;;
  stop) stop ;;
  *) sed -n '2,6p' "$0"; exit 2 ;;
esac
