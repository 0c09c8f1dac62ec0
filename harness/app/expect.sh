# For tests that source it. Works in the current folder: stdout and stderr of
# the command are left there.

# expect CODE PATTERN COMMAND...: one error line that matches, that exit code.
expect() {
  local code=$1 pattern=$2 got=0
  shift 2
  "$@" >stdout 2>stderr </dev/null || got=$?
  if [ $got -ne "$code" ] || [ "$(grep -c '^error: ' stderr)" -ne 1 ] ||
    ! grep -qE "$pattern" stderr; then
    echo "FAILED: $* : exit $got, wanted $code and /$pattern/; stderr:"
    tail -3 stderr
    exit 1
  fi
}
