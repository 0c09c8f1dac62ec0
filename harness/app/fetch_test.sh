#!/usr/bin/env bash
# fetch: a server on this machine that cuts, moves, lies and is busy.
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

# Files, archives and a sources file that names them under every habit.
python3 - "$U" <<'P'
import hashlib, io, json, random, sys, tarfile, zipfile
base = sys.argv[1]
random.seed(1)
big = random.randbytes(300_000)
def write(name, data):
    open(f"www/{name}", "wb").write(data)
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
pin = write("big.bin", big)
write("empty.txt", b"")
rows = "".join(json.dumps({"question": f"What colour is boat {i}?",
                           "colour": ["red", "blue", "green"][i % 3]}) + "\n"
               for i in range(6)).encode()
row_pin = write("boats.jsonl", rows)
def zipped(name, members, link=None):
    with zipfile.ZipFile(f"www/{name}", "w", zipfile.ZIP_DEFLATED) as z:
        for path, data in members: z.writestr(path, data)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            z.writestr(info, "/etc/passwd")
def tarred(name, mode, members, link=None):
    with tarfile.open(f"www/{name}", mode) as t:
        for path, data in members:
            info = tarfile.TarInfo(path); info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo(link); info.type = tarfile.SYMTYPE
            info.linkname = "/etc/passwd"; t.addfile(info)
parts = [("r/a_test.csv", b"1,2\n"), ("r/b_test.csv", b"3,4\n"),
         ("r/._a_test.csv", b"junk"), ("r/a_dev.csv", b"5,6\n"), ("other", b"x")]
zipped("r.zip", parts)
tarred("r.tar.gz", "w:gz", [("./" + n, d) for n, d in parts])
tarred("r.tar", "w", parts)
zipped("out.zip", [("../x_test.csv", b"x"), ("r/a_test.csv", b"y")])
tarred("link.tar", "w", [], link="r/a_test.csv")
zipped("link.zip", [], link="r/a_test.csv")
zipped("bomb.zip", [("r/a_test.csv", bytes(20_000_000))])
open("www/broken.zip", "wb").write(open("www/r.zip", "rb").read()[:150])
sources = {}
def add(name, url, path="f/" + "big.bin", source=None, **keys):
    sources[name] = {"description": name, "license": "ours", "files":
                     [dict({"url": base + url, "path": path}, **keys)], **(source or {})}
for name, url in {
        "whole": "/plain/big.bin", "cut": "/cut/100000/big.bin",
        "reset": "/reset/100000/big.bin", "norange": "/norange/big.bin",
        "busy": "/busy/2/big.bin", "moved": "/moved/5/big.bin",
        "loop": "/moved/6/big.bin", "absent": "/plain/absent.bin",
        "nolength": "/nolength/big.bin", "askew": "/askew/big.bin",
        "local": "/to?url=file:///etc/passwd", "ftp": "/to?url=ftp://127.0.0.1/x",
        "long": "/claims/400000/big.bin"}.items():
    add(name, url, **pin)
add("wrong", "/plain/big.bin", bytes=pin["bytes"], sha256="0" * 64)
add("stalls", "/busy/9/big.bin", **pin)
add("first", "/plain/big.bin")
add("newtag", "/newtag/big.bin")
add("notag", "/notag/big.bin")
add("short", "/claims/400000/big.bin", bytes=400000)
add("more", "/nolength/big.bin", bytes=1000)
add("huge", "/claims/99999999999/big.bin")
add("cap", "/claims/99999999999/big.bin", bytes=99999999999)
add("empty", "/plain/empty.txt", path="f/empty.txt")
add("boats", "/plain/boats.jsonl", path="boats/boats_test.jsonl", **row_pin,
    source={"tasks": ["boats"]})
some = [{"member": "r/*_test.csv", "path": "t/"}, {"member": "r/a_dev.csv", "path": "d/dev.csv"}]
for name, file in {"zip": "r.zip", "targz": "r.tar.gz", "tar": "r.tar", "broken": "broken.zip"}.items():
    add(name, "/plain/" + file, path="a/" + file, members=some)
one = [{"member": "r/a_test.csv", "path": "t/a.csv", "bytes": 5}]
add("out", "/plain/out.zip", path="a/out.zip", members=[{"member": "*/x_test.csv", "path": "t/"}])
for name, file in {"link": "link.tar", "zlink": "link.zip", "bomb": "bomb.zip"}.items():
    add(name, "/plain/" + file, path="a/" + file, members=one)
add("lacks", "/plain/r.zip", path="a/r.zip", members=[{"member": "r/none.csv", "path": "t/none.csv"}])
sources["hand"] = {"description": "h", "license": "ours", "by_hand": "write to the authors"}
json.dump({"sources": sources}, open("sources.json", "w"))
P

fetch() { "$LETHE" fetch --sources sources.json --data-dir d "$@"; }
fresh() { rm -rf d; : >log; }
requests() { [ "$(wc -l <log)" -eq "$1" ] || { echo "FAILED: $2: requests:"; cat log; exit 1; }; }
same() { cmp www/big.bin d/f/big.bin; [ ! -e d/f/big.bin.part ] && [ ! -e d/f/big.bin.part.json ]; }
none() { [ ! -e d/f/big.bin ] && [ ! -e d/f/big.bin.part ] || { echo "FAILED: $1 left a file"; exit 1; }; }

# Whole; what is there is checked and not fetched again.
fresh
fetch whole >out
grep -q '^d/f/big.bin  300 kB  fetched, sha256 as pinned$' out
same
fetch whole >out
grep -q 'is there, sha256 as pinned' out
requests 1 whole
echo x >>d/f/big.bin
expect 3 'big.bin: is there with sha256 .*, wanted is .*: move it away' fetch whole
requests 1 'another file there'
grep -q x d/f/big.bin  # the user's file is never replaced

# Cut: an error that says that it goes on; then only the rest is sent.
fresh
expect 1 'ended after 100000 of 300000 bytes: run the same command again' fetch cut
[ "$(stat -c %s d/f/big.bin.part)" -eq 100000 ]
fetch cut >out
same
grep -q 'bytes=100000- 206 200000$' log
requests 2 cut

# Reset: tried again by itself, from where it broke off.
fresh
fetch reset >out 2>err
same
grep -q 'trying again' err
tail -1 log | grep -qE 'bytes=[0-9]+- 206'

# A part of another release starts over: Range ignored, ETag changed, no ETag.
for name in norange newtag notag; do
  fresh
  mkdir -p d/f
  head -c 1000 /dev/zero >d/f/big.bin.part
  printf '{"url": "%s/%s/big.bin", "validator": "\\"300000-0\\""}' "$U" $name >d/f/big.bin.part.json
  [ $name != notag ] || sed -i 's/"validator": .*/"validator": ""}/' d/f/big.bin.part.json
  fetch $name >out
  same
done
# Without its note, or with another URL's, a part is not trusted either.
fresh
mkdir -p d/f
head -c 1000 /dev/zero >d/f/big.bin.part
fetch whole >out
same
grep -q '^/plain/big.bin - 200 300000$' log
# A range that was not asked for: once more, from the start.
fresh
mkdir -p d/f
head -c 1000 www/big.bin >d/f/big.bin.part
printf '{"url": "%s/askew/big.bin", "validator": "\\"300000-0\\""}' "$U" >d/f/big.bin.part.json
fetch askew >out
same
requests 2 askew
# A complete part of unknown size (416), and one that is too long for it.
for size in 300000 300001; do
  fresh
  mkdir -p d/f
  cp www/big.bin d/f/big.bin.part
  truncate -s $size d/f/big.bin.part
  printf '{"url": "%s/plain/big.bin", "validator": "\\"300000-0\\""}' "$U" >d/f/big.bin.part.json
  fetch first >out
  same
done

# Hashes: wrong; not pinned, recorded, then changed.
fresh
expect 3 'has sha256 [0-9a-f]{64}, wanted is 0{64}, and was deleted' fetch wrong
none wrong
fetch first >out
grep -q "fetched, not pinned: recorded sha256 $(sha256sum <www/big.bin | cut -c1-64) in d/fetched.json" out
fetch first | grep -q 'is there, sha256 as first fetched'
rm d/f/big.bin
cp www/big.bin kept
printf x | dd of=www/big.bin conv=notrunc status=none
expect 3 'the first download had .*: take f/big.bin out of d/fetched.json' fetch first
none changed
cp kept www/big.bin

# Redirects.
fresh
fetch moved >out
same
fresh
expect 1 'Maximum \(5\) redirects' fetch loop
expect 1 '[Pp]rotocol "?file"?' fetch local
expect 1 '[Pp]rotocol "?ftp"?' fetch ftp
none redirects

# Sizes: said before anything is written, and kept to where nothing is said.
expect 3 'has 400000 bytes, 300000 are wanted' fetch long
expect 3 'gives more than 1000 bytes' fetch more
expect 3 'has 99999999999 bytes, at most 4294967296 are taken' fetch huge
none sizes
free=$(df --output=avail -B1 . | tail -1)
[ "$free" -gt 99999999999 ] || expect 1 'needs 100.0 GB more, .* free: free disk space' fetch cap
expect 1 'ended after 300000 of 400000 bytes' fetch short
fresh
fetch nolength empty >out
same
[ -e d/f/empty.txt ] && [ ! -s d/f/empty.txt ]

# Busy, absent.
fresh
fetch busy >out 2>err
same
requests 3 busy
rm -r d
expect 1 'answers with status 404: the file may have moved' fetch absent
fresh
expect 1 'answers with status 503, 4 times: try again later' fetch stalls
none absent

# Archives: the named members only; the archive goes.
for name in zip targz tar; do
  fresh
  fetch $name >out
  [ "$(cd d && find . -type f ! -name lock | sort | tr '\n' ' ')" = \
    "./d/dev.csv ./fetched.json ./t/a_test.csv ./t/b_test.csv " ] ||
    { echo "FAILED: $name:"; find d; exit 1; }
  [ "$(cat d/t/a_test.csv d/t/b_test.csv d/d/dev.csv)" = $'1,2\n3,4\n5,6' ]
  fetch $name >out
  [ "$(grep -c 'is there, sha256 as first fetched' out)" -eq 3 ]
  requests 1 $name
  rm d/t/b_test.csv
  fetch $name >out
  [ "$(cat d/t/b_test.csv)" = 3,4 ]
  requests 2 "$name again"
done
for name in out link zlink bomb lacks broken; do
  fresh
  case $name in
    out) wanted='member ../x_test.csv would leave the folder' ;;
    link | zlink) wanted='member r/a_test.csv is a link or a folder' ;;
    bomb) wanted='member r/a_test.csv has more than 5 bytes' ;;
    lacks) wanted='has no member r/none.csv' ;;
    broken) wanted='is no sound zip, tar or tar.gz' ;;
  esac
  expect 3 "$wanted" fetch $name
  [ ! -e d/t ] || [ -z "$(ls d/t)" ]
  [ ! -e x_test.csv ] && [ ! -e d/x_test.csv ]
done
# An archive that the user put there is taken and kept.
fresh
mkdir -p d/a
cp www/r.zip d/a/
fetch zip >out
[ -e d/t/a_test.csv ] && [ -e d/a/r.zip ]
requests 0 'own archive'

# A mirror; names; --list; --json.
fresh
"$LETHE" fetch gsm8k --data-dir d --from "$U/plain/none/" >out 2>err && exit 1
grep -q '^/plain/none/openai/grade-school-math/.*/train.jsonl - 404' log
expect 2 'unknown name: did you mean hellaswag' "$LETHE" fetch hellaswa --data-dir d
expect 2 'no name is given' "$LETHE" fetch
expect 2 'write to the authors' fetch hand
expect 2 'give a URL of http' fetch whole --from /tmp
expect 2 'absent.json: cannot open' "$LETHE" fetch x --sources absent.json
: >log
fetch boats absent whole --json >out 2>err && exit 1
fetch --list --json >list
"$LETHE" fetch --list --data-dir d >table
[ "$(awk 'length > 80' table)" = "" ]
"$LETHE" fetch --list wmdp --data-dir d | grep -q 'd/wmdp/bio_questions.json  is not there'
python3 - <<'P'
import json
boats, absent, whole = json.load(open("out"))["sources"]
assert whole["status"] == boats["status"] == "ok" and absent["status"] == "failed"
assert "404" in absent["message"], absent
assert whole["files"][0]["status"] == "fetched" and whole["files"][0]["checked"] == "pinned"
assert boats["files"][0]["path"] == "boats/boats_test.jsonl"
there = {s["name"]: [f["there"] for f in s["files"]] for s in json.load(open("list"))["sources"]}
assert there["boats"] == [True] and there["empty"] == [False], there
P

# Nothing listens there: what to put where.
"$LETHE" fetch rte --data-dir n --from http://127.0.0.1:1 2>err && exit 1
grep -qx '  n/RTE/RTE.zip' err
grep -qx '    from http://127.0.0.1:1/glue/superglue/data/v2/RTE.zip' err
grep -q 'checks and unpacks them' err

# eval finds what was fetched, and names the command where it finds nothing.
M=$LETHE_SOURCE_DIR/suites/data/tiny_llama
"$LETHE" train --config "$M/config.json" --data "$LETHE_SOURCE_DIR/suites/data/retain.jsonl" \
  --out model --set steps=1 --set batch=2 -q >/dev/null
[ -f model/tokenizer.json ] || cp "$M"/tokenizer*.json model/
echo '{"task": "boats", "version": 1, "kind": "multiple_choice",
  "prompt": "{{question}}\nAnswer:", "choices": ["red", "blue", "green"], "answer": "colour"}' >boats.json
"$LETHE" eval --model model --tasks ./boats.json --data-dir d -q --json >eval.json
grep -q '"n": *6' eval.json
eval_of() { "$LETHE" eval --model model --tasks "$@"; }
expect 2 '"lethe fetch arc --data-dir d" gets it; or give --data-file' eval_of arc_easy --data-dir d
expect 2 '"lethe fetch mmlu --data-dir data" gets it; or' eval_of mmlu_anatomy
expect 2 'nowhere: is no folder: "lethe fetch piqa --data-dir nowhere" gets it' eval_of piqa --data-dir nowhere
expect 2 'has no data .*: give --data-file' eval_of triviaqa --data-dir d
echo "fetch: passed"
