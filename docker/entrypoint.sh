#!/bin/sh
# Runs one of the services. In a demonstration the secrets that were not given come from the service's own volume, which
# make-secrets.sh has filled; in production they must be given, and the services themselves refuse to start without them.
set -eu

if [ "${NODE_ENV:-}" != production ]; then
  for name in AUTH_KEK SERVICE_SECRET_CHAT SERVICE_SECRET_ACCOUNTING; do
    eval "given=\${$name:-}"
    if [ -z "$given" ] && [ -r "/secrets/$name" ]; then
      export "$name=$(cat "/secrets/$name")"
    fi
  done
fi

# A service with a database user of its own; the connection string of all is then not for it.
if [ -n "${OWN_MONGODB_URI:-}" ]; then
  export MONGODB_URI="$OWN_MONGODB_URI"
fi
unset OWN_MONGODB_URI

case ${1:-} in
  auth | accounting | chat) exec node "dist/apps/$1/src/main.js" ;;
  admin-create | users-import)
    command=$1
    shift
    exec node "dist/apps/auth/src/commands/$command.js" "$@"
    ;;
  make-secrets) exec /bin/sh docker/make-secrets.sh ;;
  *) exec "$@" ;;
esac
