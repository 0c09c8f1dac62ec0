// pytorch_model.bin to safetensors, without executing anything.
#pragma once

#include <string>
#include <vector>

namespace lethe {

struct Conversion {
  std::string folder;                // where the result lies
  std::vector<std::string> files;    // the new weight files in it
  size_t tensors = 0;                // written
  size_t bytes = 0;                  // of them
  std::vector<std::string> dropped;  // names left out, see below
};

// Writes the weights of `from`, pytorch_model.bin or the shards that
// pytorch_model.bin.index.json names, as model.safetensors, or as many shards
// with their index, and copies config.json, the tokenizer's files, the
// generation config and chat templates. Names, shapes, dtypes and values stay
// as they are, so the folder computes the same numbers.
//
// `to` must not exist or be empty. An empty `to` means `from` itself: the
// safetensors are put beside the old files, of which none is changed. Nothing
// is ever overwritten. The result grows in TO.partial (FROM/convert.partial)
// and then appears at once; what a killed conversion leaves there, the next
// clears.
//
// Two names of the same storage are written twice, each with its bytes: what
// reads by name finds both. Only the head of a model whose config ties it to
// the embedding is left out when it is the same view, as save_pretrained does:
// both readers tie it again. The written bytes are at most four times those
// read: files that share more are refused.
//
// Memory: the pickle, the header and some MB; the source is mapped and its
// pages are given back. Shows progress with the time left.
// Throws: usage error if there is nothing to convert or something in the way;
// input error if a file is refused (see torch_file.h), damaged (CRC), or
// contradicts the index; WriteError.
Conversion convert_folder(const std::string& from, const std::string& to = "");

}  // namespace lethe
