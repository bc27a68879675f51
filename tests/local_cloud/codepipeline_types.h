// Action types: those that the account registered, and AWS's own.
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

json::object create_custom_action_type(World& world, const Call& call);
json::object delete_custom_action_type(World& world, const Call& call);
json::object list_action_types(World& world, const Call& call);

// A type as its definition ("id", "actionConfigurationProperties" ...) describes it.
ActionType action_type(json::object definition);

// Nothing if there is none, or none any more.
const ActionType* find_type(const World& world, const TypeId& id);

// Deleted ones too: what is secret stays secret.
const ActionType* find_any_type(const World& world, const TypeId& id);

// "Category: 'Test', Owner: 'Custom', ..." as AWS's messages have it.
std::string shown(const TypeId& id);

}  // namespace local_cloud::codepipeline
