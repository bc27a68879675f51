// What EC2's operations have in common when they read: pages, tags, states. For actions/ops and
// actions/parts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actions/ops/ec2.h"

namespace actions::ec2 {

Call ec2_call(std::string operation, json::object params);

// {"ResourceType": type, "Tag": [...]}
json::object tag_specification(std::string_view type, const std::vector<agent::run::Tag>& tags);

// Matches any of the values, at most 200 in all filters of a request.
json::object filter_any(std::string_view name, std::span<const std::string> values);

// Filters that match what this execution made, and the same as a question.
json::array own_tags(const Key& key);
bool has_own_tags(const Key& key, const json::object& resource);
// "" when the resource has no such tag.
std::string tag_of(const json::object& resource, std::string_view key);

// States of an image that never becomes available: EC2 API Reference, Image, imageState.
bool is_lost(const std::string& state);

// EC2 is eventually consistent: what it does not show so long after it was made is gone. (EC2 API
// Reference, "Eventual consistency": wait times up to about five minutes.)
inline constexpr std::chrono::minutes shown_after{5};

// What an answer must have. One without it is no answer: what it was about is looked for again.
std::string required_text(const json::object& object, std::string_view key);

Task<std::vector<json::object>> describe_images(Step& step, json::object params);
// Nothing when EC2 does not know it (any more, or not yet).
Task<std::optional<json::object>> describe_image(Step& step, const std::string& image);
std::vector<std::string> snapshots_of(const json::object& image);

// Done when it is gone already, or when something else uses it and goes on to. Right after its
// image was deregistered EC2 may still call it in use.
Task<> delete_snapshot(Step& step, const std::string& snapshot);
// Gone already is done.
Task<> deregister(Step& step, const std::string& image);

// All versions of the template that start the image.
Task<std::vector<json::object>> versions_that_start(Step& step, const std::string& launch_template,
                                                    const std::string& image);

// A version of that template (name or lt-…); `version` is a number, $Latest or $Default. Nothing
// when there is no such template or version.
Task<std::optional<json::object>> describe_version(Step& step, const std::string& launch_template,
                                                   const std::string& version,
                                                   bool resolve_alias = false);

}  // namespace actions::ec2
