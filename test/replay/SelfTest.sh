#!/bin/sh
# SelfTest.sh - tools/machine-check on a machine without a GPU.
#
# usage: SelfTest.sh TOOL BUILD FAKE_DRIVER_FOLDER WORK_FOLDER
#
# Makes a small bundle for PTX and runs it: without a device, on the driver of
# test/cuda, and with damaged records, which must be noticed. Another one holds
# code for the CPU.

set -eu
tool=$1 build=$2 folder=$4/bundle
export LD_LIBRARY_PATH="$3"

fail() {
  echo "$*" >&2
  exit 1
}

# expect STATUS TEXT OPTION..: how a run ends, and what its results say.
expect() {
  status=$1 text=$2 actual=0
  shift 2
  sh "$folder/machine-check" run "$folder" -o "$folder/results" "$@" \
    >"$folder/output" 2>&1 || actual=$?
  cat "$folder/output"
  [ "$actual" -eq "$status" ] || fail "expected status $status, got $actual"
  grep -q "$text" "$folder"/results/machine-*.txt || fail "expected '$text'"
  rm -r "$folder/results"
}

# bundle TARGET TESTS: numbers and lists, integers beyond 2^53, truths that nothing
# predicts and rows of several axes are among the tests.
bundle() {
  rm -rf "$folder"
  "$tool" bundle "$folder" -B "$build" --no-build --target="$1" --tests="$2"
}

bundle x86-64-v2 'Ties*,prod*agree*,Arrays over pairs*,Matrices agree*'
expect 0 '^result: all right'
grep -q '^replay calls with arrays elsewhere: [1-9]' "$folder/output" ||
  fail "expected calls with rows apart"
# The code of a level is checked where the machine runs it.
grep -q ' avx512vl ' /proc/cpuinfo && expected=all || expected=nothing
bundle x86-64-v4 'Ties*'
expect 0 "^result: $expected "

bundle ptx 'Ties*,logsumexp agrees*,prod*agree*'
if ! nvidia-smi -L >/dev/null 2>&1; then
  FAKECUDA_DEVICES=0 expect 0 '^result: nothing was checked'
fi
expect 0 '^result: all right' --f32-sizes=64,200 --f64-sizes=64
grep -q '^replay calls with arrays elsewhere: [1-9]' "$folder/output" ||
  fail "expected calls with arrays elsewhere"

# Bytes that are no result, as f32 1.5e13, over the last recorded interval.
place=$(tr ' ' '\n' <"$folder/cases.txt" | sed -n 's/^r//p' |
  sort -n | tail -n 1)
printf UUUUUUUUUUUUUUUU |
  dd of="$folder/cases.bin" bs=1 conv=notrunc seek="$place" 2>/dev/null
expect 1 '^FAIL case .* of .*: got ' --steps=replay
# The driver knows the device, also where nvidia-smi is not.
grep -q '^== .*/machine-unknown' "$folder/output" &&
  fail "expected results under the name of the device"

# A file that was cut off is no result at all.
: >"$folder/cases.bin"
if sh "$folder/machine-check" run "$folder" >"$folder/output" 2>&1; then
  fail "expected cut records to be refused"
fi
grep -q 'the records are not whole' "$folder/output" || fail "expected a reason"
