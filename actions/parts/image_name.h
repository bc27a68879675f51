// The name of an image from a template such as "{group}-{execution}".
#pragma once

#include <string>
#include <string_view>

#include "agent/run/run.h"

namespace actions {

// Throws base::Failure(ConfigurationError) for a placeholder that does not exist.
void check_image_name(std::string_view name_template);

// Fills in {group}, {execution}, {pipeline}, {date} and {time} (of the first claim, UTC) and makes
// it fit the rules of CreateImage's Name: 3 to 128 of the characters A-Z a-z 0-9 ( ) [ ] space . /
// - ' @ _ (EC2 API Reference). What is too long is cut, but never {execution}.
std::string image_name(const agent::run::Run& run, std::string_view name_template,
                       std::string_view group);

}  // namespace actions
