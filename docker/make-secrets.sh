#!/bin/sh
# Makes the secrets of a demonstration, once: 32 random bytes each, in files that the volume keeps.
set -eu
umask 077

if [ "${NODE_ENV:-}" = production ]; then
  echo 'production: the secrets come from the environment, none are made'
  exit 0
fi

for name in AUTH_KEK SERVICE_SECRET_CHAT SERVICE_SECRET_ACCOUNTING; do
  [ -s "/secrets/$name" ] && continue
  node -p 'crypto.randomBytes(32).toString("base64url")' >"/secrets/$name.draft"
  mv "/secrets/$name.draft" "/secrets/$name"
  echo "made $name"
done
