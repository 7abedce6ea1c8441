#!/usr/bin/env bash
# Makes the secrets that compose.yaml names, where there are none.
set -euo pipefail
cd "$(dirname "$0")"

random() { head --bytes 32 /dev/urandom | base64 --wrap=0 | tr '+/' '-_' | tr --delete '='; }

mkdir --parents secrets
# The containers' users read them, whoever they are; the directory keeps others out.
chmod 0700 secrets
umask 022
if [[ ! -e secrets/admin-token ]]; then
    printf 'fwk_%s' "$(random)" > secrets/admin-token
    sha256sum < secrets/admin-token | cut --delimiter=' ' --fields=1 > secrets/admin-token-hash
fi
if [[ ! -e secrets/database-password ]]; then
    random > secrets/database-password
    printf 'postgres://webhook:%s@database/inbox' "$(cat secrets/database-password)" > secrets/database-url
fi
