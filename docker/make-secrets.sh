#!/bin/sh
# Makes the secrets of a demonstration, once: 32 random bytes each. Auth keeps all three; the others get the one that they share
# with it, each in a volume of its own.
set -eu
umask 077

if [ "${NODE_ENV:-}" = production ]; then
  echo 'production: the secrets come from the environment, none are made'
  exit 0
fi

# keep FILE: takes its content from the input, as a whole or not at all.
keep() {
  cat >"$1.draft"
  mv "$1.draft" "$1"
}

for name in AUTH_KEK SERVICE_SECRET_CHAT SERVICE_SECRET_ACCOUNTING; do
  [ -s "/secrets/auth/$name" ] && continue
  node -p 'crypto.randomBytes(32).toString("base64url")' | keep "/secrets/auth/$name"
  echo "made $name"
done

keep /secrets/accounting/SERVICE_SECRET_ACCOUNTING </secrets/auth/SERVICE_SECRET_ACCOUNTING
keep /secrets/chat/SERVICE_SECRET_CHAT </secrets/auth/SERVICE_SECRET_CHAT
