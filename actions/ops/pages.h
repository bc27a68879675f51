// Answers that come in pages: all of them.
#pragma once

#include <boost/json.hpp>
#include <string_view>
#include <vector>

#include "agent/run/operation.h"

namespace actions {

// Whether a thing that does not exist is an error.
enum class WhenGone { failure, nothing };

// What the call lists under `list`, over all pages. A page may be empty and have a next one. For
// EC2, Auto Scaling and SSM, which name the next page alike.
agent::run::Task<std::vector<boost::json::object>> all_pages(
    agent::run::Step& step, agent::run::Call call, std::string_view list,
    WhenGone when_gone = WhenGone::failure);

}  // namespace actions
