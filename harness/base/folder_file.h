// The one door to the files of a model folder: what a downloaded folder links
// to must not be a file of somebody else.
#pragma once

#include <string>

namespace lethe {

// The path of the file `name` of `folder`; empty if there is none.
//
// A link is followed to a regular file inside the same folder and, in a Hugging
// Face cache, from models--ORG--NAME/snapshots/REVISION/FILE to exactly
// ../../blobs/HASH (one ../ more for each folder below REVISION). `folder`
// itself may be reached through links: the user named it.
// Throws: input error if `name` is no plain file name, if a link leads anywhere
// else or nowhere, or if it is a folder, pipe or device.
std::string folder_file(const std::string& folder, const std::string& name);

// The path of the folder `name` inside `folder`; empty if there is none.
// Throws: input error if `name` is no plain name, or is a link or a file.
std::string folder_inside(const std::string& folder, const std::string& name);

}  // namespace lethe
