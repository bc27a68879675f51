// AWS's shared files, as config and as credentials file.
#include "agent/aws/profile_file.h"
#include "agent/base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::aws::Profiles;
using agent::aws::ProfileSyntax;
using fuzz::require;

std::string written(const Profiles& profiles, ProfileSyntax syntax) {
  std::string text;
  for (const auto& [name, profile] : profiles) {
    const bool config = syntax == ProfileSyntax::config;
    text += config ? "[profile \"" + name + "\"]\n" : "[" + name + "]\n";
    for (const auto& [key, value] : profile) text += key + "=" + value + "\n";
  }
  return text;
}

void check(const Profiles& profiles) {
  for (const auto& [name, profile] : profiles) {
    require(!name.empty(), "a profile has a name");
    for (const auto& [key, value] : profile) {
      require(key == agent::base::lower(key), "keys are in lower case");
      require(!value.contains('\n') && value == agent::base::trim(value), "a value is one line");
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  for (const auto syntax : {ProfileSyntax::config, ProfileSyntax::credentials}) {
    const auto profiles = agent::aws::parse_profiles(text, syntax);
    if (!profiles) {
      require(profiles.error().starts_with("line "), "an error says which line");
      continue;
    }
    check(*profiles);
    require(agent::aws::parse_profiles(written(*profiles, syntax), syntax) == *profiles,
            "what was read can be written and reads back the same");
  }
  return 0;
}
