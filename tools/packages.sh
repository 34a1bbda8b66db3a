# packages.sh - which packages of Debian a script lacks. Sourced by tools/setup and
# tools/emulate.

# Sets `missing` to those of its arguments that are not installed.
findMissing() {
  missing=()
  local package state
  for package; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
  done
}
