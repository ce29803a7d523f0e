#!/usr/bin/env bash
# Installs what `npm run bench -- peers` compares with, from package registries: Debian's (as root), Maven's and npm's. What cannot be had is skipped, by name, when the benchmark runs.
set -u
cd "$(dirname "$0")"
mkdir -p node_modules

if [ ! -x "$(ls -d /usr/lib/postgresql/*/bin/pgbench 2> /dev/null | tail -1)" ] && command -v apt-get > /dev/null; then
  apt-get update > /dev/null && apt-get install -y --no-install-recommends postgresql > /dev/null || echo "no PostgreSQL"
fi
if ! command -v javac > /dev/null && command -v apt-get > /dev/null; then
  apt-get update > /dev/null && apt-get install -y --no-install-recommends openjdk-17-jdk-headless maven > /dev/null || echo "no Java"
fi
# Before the jars, and in one go: npm removes what it has not put there.
medici="medici@7.4.0 mongoose@9.12.1"
if ! npm install --silent --no-save --prefix . better-sqlite3@12.11.1 $medici > /dev/null; then
  echo "no better-sqlite3"
  npm install --silent --no-save --prefix . $medici > /dev/null || echo "no medici"
fi
for artifact in com.lmax:disruptor:4.0.0 io.aeron:aeron-all:1.44.1; do
  mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$PWD/node_modules" > /dev/null || echo "no $artifact"
done
# What the stand-in for MongoDB stands on: these registries do not have its own server.
mvn -q -B -f programs/pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/node_modules/documents" > /dev/null || echo "no mongo-java-server"
ls -d node_modules/*.jar node_modules/better-sqlite3 node_modules/medici node_modules/documents
