#!/bin/sh
# The product in a minute: a server of its own, one ticket filed, answered, shown and listed.
#
# Everything happens in a temporary directory, which goes when the script ends, however it ends.
# `tickiti` must be on the PATH; `make demo` sees to that.
set -eu

# A demonstration must not reach the install that the caller's shell is set up for.
for name in $(env | sed -n 's/^\(TICKITI_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done

scratch=$(mktemp -d)
server=
clean_up() {
    if [ -n "$server" ] && kill "$server" 2>/dev/null; then wait "$server" || true; fi
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

export TICKITI_CONFIG_DIR="$scratch/config"
database=$scratch/tickiti.db
cd "$scratch"

run() {
    printf '\n$ tickiti'
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9@%+=:,./_-]*) printf " '%s'" "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    tickiti "$@"
}

printf '\n$ tickiti server start --demo --port 0 --port-file port --db tickiti.db &\n'
tickiti server start --demo --port 0 --port-file port --db "$database" 2>server.log &
server=$!
if ! tickiti server wait-ready --quiet --db "$database" --timeout 30; then
    cat server.log >&2
    exit 1
fi
cat server.log

run ticket create --from marcus@trailblazers-club.example --queue Sales \
    --subject 'Carbon plate cracked on first marathon' \
    --body 'The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon.'
number=$(tickiti ticket list --output plain --limit 1 --fields number)
run ticket respond "$number" --from anna@sole-trader.example \
    --body 'A new pair is on its way. Please keep the cracked one for our workshop.'
run ticket view "$number"
run ticket list

cat <<END

The same ticket with curl (the token is in credentials.toml of the configuration directory):

curl -X POST http://127.0.0.1:$(cat port)/api/create_ticket -H "Authorization: Bearer YOUR_TOKEN" \\
 -H "Idempotency-Key: 7b4f3c2e-9d6a-4f8b-9e7c-2c3a4b5e6f7a" -H "Content-Type: application/json" -d '{
  "originator_email_address": "marcus@trailblazers-club.example",
  "data": {"queue_name": "Sales", "subject": "Carbon plate cracked on first marathon",
           "content": "The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."}}'
END

run server stop --db "$database"
wait "$server"
server=
