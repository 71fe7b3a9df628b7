#!/bin/sh
# Makes the two roles of memweb in a new PostgreSQL container: one that owns the database and runs
# its migrations, and one for web and workers, which may add to the event log and not change it.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set owner_password="$(cat /run/secrets/owner_password)" \
  --set application_password="$(cat /run/secrets/application_password)" <<'SQL'
CREATE ROLE memweb_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE memweb LOGIN PASSWORD :'application_password';
ALTER DATABASE memweb OWNER TO memweb_owner;
CREATE EXTENSION IF NOT EXISTS vector;
SQL
