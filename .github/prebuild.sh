#!/bin/sh
# Compiles, packs and tests the binary of @lstm/backend-cpu for the system it runs on, which $1 names as prebuilds/ does.
set -eu
if command -v apk >/dev/null; then apk add --no-cache g++ make python3; fi
pnpm='npx --yes pnpm@12.21.0'
export CI=1
$pnpm install --frozen-lockfile
node packages/backend-cpu/scripts/build-native.mjs
node packages/backend-cpu/scripts/make-prebuild.mjs
export LSTM_CPU_BINARY="packages/backend-cpu/prebuilds/$1/backend_cpu.node"
test -f "$LSTM_CPU_BINARY"
LSTM_CPU_BINARY=$(node -p 'require("path").resolve(process.env.LSTM_CPU_BINARY)') $pnpm vitest run --project packages/backend-cpu
