#!/bin/sh
# Runs one of the services. In a demonstration the secrets that were not given come from the volume of the `secrets` service;
# in production they must be given, and the services themselves refuse to start without them.
set -eu

if [ "${NODE_ENV:-}" != production ]; then
  for name in AUTH_KEK SERVICE_SECRET_CHAT SERVICE_SECRET_ACCOUNTING; do
    eval "given=\${$name:-}"
    if [ -z "$given" ] && [ -r "/secrets/$name" ]; then
      export "$name=$(cat "/secrets/$name")"
    fi
  done
fi

# Which kind of demo it is concerns only auth.
if [ "${SEED_DEMO:-}" = exposed ] && [ "${1:-}" != auth ]; then
  export SEED_DEMO=true
fi

case ${1:-} in
  auth | accounting | chat) exec node "dist/apps/$1/src/main.js" ;;
  make-secrets) exec /bin/sh docker/make-secrets.sh ;;
  *) exec "$@" ;;
esac
