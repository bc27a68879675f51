// Pipelines' definitions and tags.
#pragma once

#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud::codepipeline {

json::object create_pipeline(World& world, const Call& call);
json::object get_pipeline(World& world, const Call& call);
json::object update_pipeline(World& world, const Call& call);
json::object delete_pipeline(World& world, const Call& call);
json::object list_pipelines(World& world, const Call& call);

json::object list_tags(World& world, const Call& call);
json::object tag_resource(World& world, const Call& call);
json::object untag_resource(World& world, const Call& call);

// Throws PipelineNotFoundException.
const std::shared_ptr<Pipeline>& pipeline_named(World& world, const std::string& name);

// The configuration with the values of secret properties as "****".
json::object masked(const World& world, const TypeId& type, json::object configuration);

// The part of a list that a page token and a page size ask for.
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string next;  // "" on the last one
};
Page page_of(const json::object& params, std::size_t count, std::size_t largest);

}  // namespace local_cloud::codepipeline
