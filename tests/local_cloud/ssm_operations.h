// SSM's operations: what each takes and who carries it out. ssm.cc puts them together.
#pragma once

#include <map>
#include <string>

#include "tests/local_cloud/codepipeline_shape.h"
#include "tests/local_cloud/ssm_world.h"

namespace local_cloud::ssm {

namespace shape = codepipeline;  // the language of constraints is that of all JSON services

struct Operation {
  shape::ShapePtr input;
  json::object (*carry_out)(World& world, Store& store, const Call& call);
};
using Operations = std::map<std::string, Operation, std::less<>>;

Operations parameter_operations();  // put, get, label, delete
Operations list_operations();       // describe
Operations tag_operations();

// Parameters that several of them share.
shape::ShapePtr name_shape();
shape::ShapePtr names_shape();
shape::ShapePtr tags_shape();

// Over those that it has. Throws TooManyTagsError and ValidationException.
void add_tags(Parameter& parameter, const json::object& params);

ApiError validation_error(const std::string& message);  // ValidationException

}  // namespace local_cloud::ssm
