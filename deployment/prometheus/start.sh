#!/bin/sh
# Prometheus reads no environment: the token and the port go into files, then it runs in this process's place.
set -eu
: "${METRICS_TOKEN:?Set METRICS_TOKEN in .env}"
umask 077
printf '%s' "$METRICS_TOKEN" >/tmp/metrics_token
sed "s/PORT/$PORT/" /etc/atelier/prometheus.yml >/tmp/prometheus.yml
unset METRICS_TOKEN
exec /bin/prometheus --config.file=/tmp/prometheus.yml --storage.tsdb.path=/prometheus --storage.tsdb.retention.time=30d
