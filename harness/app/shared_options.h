// Options that several commands take.
#pragma once

#include "harness/app/arguments.h"

namespace lethe {

inline const OptionSpec kAdapter = {"--adapter", "DIR",
                                    "LoRA adapter on top of it"};
inline const OptionSpec kData = {
    "--data", "FILE",
    "rows: .jsonl .json .csv .tsv .txt, or with .gz; "
    ".parquet .arrow .npy"};
inline const OptionSpec kOut = {"--out", "DIR", "where to write"};
inline const OptionSpec kSet = {"--set", "K=V", "an option; lists are JSON",
                                true};
inline const OptionSpec kRedact = {"--redact", "",
                                   "texts as hashes and lengths; numbers stay"};
inline const OptionSpec kHashIds = {"--hash-ids", "",
                                    "redact: ids of items too"};
inline const OptionSpec kSalt = {
    "--salt", "TEXT", "redact: equal texts get equal hashes (random)"};

}  // namespace lethe
