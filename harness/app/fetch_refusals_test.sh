#!/usr/bin/env bash
# fetch: answers and archives that are not what they say, and what is kept when
# one comes.
set -euo pipefail
source "$LETHE_SOURCE_DIR/harness/app/expect.sh"
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
mkdir www
python3 "$LETHE_SOURCE_DIR/harness/app/fetch_server.py" www log >port &
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
U=http://127.0.0.1:$(cat port)

python3 - "$U" <<'P'
import hashlib, io, json, random, sys, tarfile, zipfile
base = sys.argv[1]
random.seed(1)
def write(name, data):
    open(f"www/{name}", "wb").write(data)
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
pin = write("big.bin", random.randbytes(300_000))
long_pin = write("long.bin", bytes(64_000_000))
write("page.html", b"<html>Please log in</html>")
write("page.zip", b"<html>Please log in</html>")
def zipped(name, members):
    with zipfile.ZipFile(f"www/{name}", "w") as z:
        for path, data in members: z.writestr(path, data)
    return write(name, open(f"www/{name}", "rb").read())
def tarred(name, path, size=2, **how):
    with tarfile.open(f"www/{name}", "w", **how) as t:
        info = tarfile.TarInfo(path); info.size = size
        t.addfile(info, io.BytesIO(b"x\n") if size == 2 else None)
members = [("r/a_test.csv", b"1,2\n"), ("r/b_test.csv", b"3,4\n")]
r_pin = zipped("r.zip", members)
zipped("named.zip", [("r/\u00e9_test.csv", b"5,6\n")])
tarred("latin.tar", "r/\u00e9_test.csv", encoding="latin-1", format=tarfile.GNU_FORMAT)
tarred("control.tar", "r/a\nb_test.csv")
# Headers only: what they announce does not follow.
tarred("other.tar", "other", size=65 << 30)
tarred("space.tar", "r/a_test.csv", size=60 << 30)
sources = {}
def add(name, url, path="f/big.bin", **keys):
    sources[name] = {"description": name, "license": "ours",
                     "files": [dict({"url": base + url, "path": path}, **keys)]}
for name, url in {"pieces": "/pieces/50000/big.bin", "nothing": "/nothing/big.bin",
                  "other": "/other/big.bin", "rawtag": "/rawtag/big.bin",
                  "plain": "/plain/big.bin", "cut": "/cut/100000/big.bin",
                  "grown": "/cut/200000/big.bin", "chunks": "/chunks",
                  "absent": "/endless/404", "lost": "/endless/302",
                  "broken": "/broken/404"}.items():
    add(name, url)
add("page", "/html/page.html")
add("named_page", "/nolength/page.html", **pin)
add("sized_page", "/plain/page.html", **pin)
add("long", "/plain/long.bin", path="f/long.bin", **long_pin)
def archive(name, file, **keys):
    add(name, "/plain/" + file, path="a/" + file,
        members=[dict({"member": "r/*_test.csv", "path": "t/"}, **keys)])
for name, file in {"zip": "r.zip", "page_zip": "page.zip", "named": "named.zip",
                   "latin": "latin.tar", "control": "control.tar", "other_tar": "other.tar",
                   }.items():
    archive(name, file)
archive("space", "space.tar", member="r/a_test.csv", path="t/a.csv", bytes=60 << 30)
add("pinned_member", "/plain/r.zip", path="a/r.zip", **r_pin, members=[
    {"member": "r/b_test.csv", "path": "t/b.csv"},
    {"member": "r/a_test.csv", "path": "t/a.csv", "sha256": "0" * 64}])
json.dump({"sources": sources}, open("sources.json", "w"))
P

ours=(--sources sources.json --data-dir d)
fetch() { "$LETHE" fetch "${ours[@]}" "$@"; }
fresh() { rm -rf d; : >log; }
fail() { echo "FAILED: $*"; cat log; find d -type f; exit 1; }
requests() { [ "$(wc -l <log)" -eq "$1" ] || fail "$2: other requests"; }
same() { cmp www/big.bin d/f/big.bin; [ "$(ls d/f)" = big.bin ] || fail 'more is left'; }
# part URL BYTES [TOTAL]: what an earlier run left, with its note.
part() {
  fresh
  mkdir -p d/f
  head -c "$2" www/big.bin >d/f/big.bin.part
  printf '{"url": "%s", "validator": "\\"300000-0\\""%s}' "$U$1" \
    "${3:+, \"total\": $3}" >d/f/big.bin.part.json
}
kept() {
  cmp <(head -c "$1" www/big.bin) d/f/big.bin.part || fail "$2: the part is gone"
  [ -e d/f/big.bin.part.json ] || fail "$2: the note is gone"
  [ "$(ls d/f)" = $'big.bin.part\nbig.bin.part.json' ] || fail "$2: more is left"
}

# Ranges that are shorter than what was asked for: the next one is asked for.
part /pieces/50000/big.bin 1000
fetch pieces >out
same
requests 6 pieces
part /nothing/big.bin 1000
expect 1 'sends 0 of the 299000 bytes' fetch nothing
kept 1000 nothing
# A range where none was asked for.
fresh
expect 1 'answers with other bytes than it was asked for' fetch pieces
[ ! -e d/f/big.bin ] || fail 'a part passed for the file'

# Another release: by its ETag, by its length. Nothing of the old one is joined.
part /other/big.bin 1000
head -c 1000 /dev/zero >d/f/big.bin.part
fetch other >out
same
requests 2 other
part /plain/big.bin 1000 400000
head -c 1000 /dev/zero >d/f/big.bin.part
fetch plain >out
same
requests 2 total
fresh
expect 1 'ended after 100000 of 300000 bytes' fetch cut
grep -q '"total":300000' d/f/big.bin.part.json

# A web page in place of the file: what was there stays.
fresh
expect 1 'answered with a web page' fetch page
[ -z "$(ls d/f)" ] || fail 'the page is there'
part /html/page.html 1000
expect 1 'answered with a web page' fetch page
kept 1000 'a page of an unpinned file'
part /nolength/page.html 1000
expect 3 'gave 26 bytes, 300000 are wanted' fetch named_page
kept 1000 'a page without length'
part /plain/page.html 1000
expect 3 'has 26 bytes, 300000 are wanted' fetch sized_page
kept 1000 'a page of another length'
# As an archive: it is not noted, so that the true one is no change.
fresh
expect 3 'is no sound zip, tar or tar.gz' fetch page_zip
[ -z "$(ls d/a)" ] || fail 'the page is there'
[ ! -e d/fetched.json ] || ! grep -q page.zip d/fetched.json || fail 'noted'
cp www/page.zip page
cp www/r.zip www/page.zip
fetch page_zip >out
cp page www/page.zip
[ -e d/t/a_test.csv ]
# A new release that breaks off takes the old part's place when it is longer.
part /cut/200000/big.bin 1000
sed -i 's/300000-0/older/' d/f/big.bin.part.json
head -c 1000 /dev/zero >d/f/big.bin.part
expect 1 'ended after 200000 of 300000 bytes' fetch grown
kept 200000 grown
fetch grown >out
same
tail -1 log | grep -q 'bytes=200000- 206 100000$'

# What was downloaded whole is not lost while it is checked.
fresh
"$LETHE" fetch long "${ours[@]}" >out 2>err &
running=$!
for _ in $(seq 500); do
  [ "$(stat -c %s d/f/long.bin.part 2>/dev/null)" != 64000000 ] || break
  sleep 0.01
done
sleep 0.02
kill -TERM $running || true
wait $running || true
[ -e d/f/long.bin ] || [ -e d/f/long.bin.part.json ] || fail 'no note while it is checked'
fetch long >out
[ "$(ls d/f)" = long.bin ]
requests 1 'long, checked again'
# Nor an archive, when one of its members cannot be put in place.
fresh
mkdir -p d/t
echo mine >d/t/a_test.csv
expect 3 'a_test.csv: is there with sha256 .*: move it away' fetch zip
rm d/t/a_test.csv
fetch zip >out
[ -z "$(ls d/a)" ] || fail 'the archive stayed'

# Bytes that are no text: an ETag does without, a name is refused, and the
# sources behind are tried.
fresh
fetch rawtag >out 2>err
same
for name in latin control; do
  fresh
  expect 3 'member .* has a name that is not plain UTF-8' fetch $name plain
  [ -e d/f/big.bin ] || fail "$name: the next source was not tried"
  [ -z "$(ls d/t 2>/dev/null)" ] || fail "$name: left a member"
done
expect 2 'give a URL of http' fetch plain --from $'http://h/\xff'
fetch named >out
[ "$(cat d/t/é_test.csv)" = 5,6 ]

# Bodies without end, and errors that break off: the status decides.
fresh
expect 1 'answers with status 404' timeout 20 "$LETHE" fetch absent "${ours[@]}"
expect 1 'answers with status 302' timeout 20 "$LETHE" fetch lost "${ours[@]}"
expect 1 'answers with status 404' fetch broken
expect 1 'ended after 1000 bytes: run the same command again' fetch chunks

# Archives that announce more than is taken, or than the disk has.
fresh
expect 3 'holds more than 68719476736 bytes' fetch other_tar
free=$(df --output=avail -B1 . | tail -1)
[ "$free" -gt $((60 << 30)) ] || expect 1 'needs 64.4 GB more' fetch space
# A member that is there is compared with its own hash.
fresh
mkdir -p d/t
printf '1,2\n' >d/t/a.csv
expect 3 't/a.csv: is there with sha256 .*, wanted is 0{64}' fetch pinned_member

# Two at once.
fresh
mkdir d
exec 9>d/lock
flock -n 9
expect 1 'wait for it, or choose another folder' fetch plain
echo "fetch refusals: passed"
