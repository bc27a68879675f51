// The code, and the text about the data type, are those that people report of the real service; it
// is not known how it words that there is no such parameter.
#include "tests/local_cloud/ec2_image_references.h"

#include "agent/base/text.h"

namespace local_cloud::ec2 {

using agent::base::cat;

namespace {

constexpr std::string_view start = "resolve:ssm:";
constexpr std::string_view data_type = "aws:ec2:image";

ApiError invalid_parameter(const std::string& message) {
  return {400, "SsmInvalidParameter", message};
}

}  // namespace

bool is_image_reference(std::string_view image) {
  return image.starts_with(start);
}

std::string resolved_image(const Region& region, const std::string& image, Time now) {
  if (!is_image_reference(image)) return image;
  const auto selector = image.substr(start.size());
  const auto& read = region.world->read_parameter;
  const auto parameter = read ? read(region, selector, now) : std::nullopt;
  if (!parameter) throw invalid_parameter(cat("The parameter ", selector, " does not exist."));
  if (parameter->data_type != data_type) {
    throw invalid_parameter(cat(
        "Unsupported data type. The following parameter data types are supported: ", data_type));
  }
  return parameter->value;
}

}  // namespace local_cloud::ec2
