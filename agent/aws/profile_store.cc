#include "agent/aws/profile_store.h"

#include <sys/stat.h>

#include <fstream>

#include "agent/aws/credentials.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::cat;

Error wrong(const std::string& message) {
  return {.kind = ErrorClass::refused, .code = "WrongProfile", .message = message};
}

// Changes whenever the file does; nothing when there is no such file.
std::optional<std::string> stamp_of(const std::filesystem::path& path) {
  struct stat status{};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return std::nullopt;
  return cat(status.st_ino, ' ', status.st_size, ' ', status.st_mtim.tv_sec, ' ',
             status.st_mtim.tv_nsec);
}

std::optional<std::string> contents_of(const std::filesystem::path& path) {
  constexpr std::size_t limit = 1 << 20;
  std::ifstream in(path, std::ios::binary);
  std::string text(limit, '\0');
  in.read(text.data(), static_cast<std::streamsize>(limit));
  if (!in.is_open() || in.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::filesystem::path path_of(const Environment& environment, std::string_view name,
                              std::string_view usual) {
  if (auto given = variable(environment, name); !given.empty()) return given;
  const auto home = variable(environment, "HOME");
  return home.empty() ? std::filesystem::path() : std::filesystem::path(home) / ".aws" / usual;
}

}  // namespace

ProfilePaths ProfilePaths::from(const Environment& environment) {
  auto name = variable(environment, "AWS_PROFILE");
  if (name.empty()) name = variable(environment, "AWS_DEFAULT_PROFILE");
  const bool named = !name.empty();
  return {.config = path_of(environment, "AWS_CONFIG_FILE", "config"),
          .credentials = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
          .profile = named ? name : "default",
          .named = named};
}

std::optional<Error> ProfileStore::refresh(File& file) {
  const auto stamp = stamp_of(file.path);
  if (stamp == file.stamp) return std::nullopt;
  Profiles profiles;
  if (stamp) {
    const auto text = contents_of(file.path);
    if (!text) return wrong(cat(file.path.string(), " cannot be read"));
    auto parsed = parse_profiles(*text, file.syntax);
    if (!parsed) return wrong(cat(file.path.string(), ": ", parsed.error()));
    profiles = std::move(*parsed);
  }
  file.profiles = std::move(profiles);
  file.stamp = stamp;
  return std::nullopt;
}

Result<Profile> ProfileStore::profile() {
  for (auto* file : {&config_, &credentials_}) {
    if (auto error = refresh(*file)) return std::unexpected(std::move(*error));
  }
  Profile result;
  bool found = false;
  for (const auto* file : {&credentials_, &config_}) {  // insert() leaves what is there
    const auto place = file->profiles.find(name_);
    if (place == file->profiles.end()) continue;
    found = true;
    result.insert(place->second.begin(), place->second.end());
  }
  if (found) return result;
  const auto message = cat("there is no profile ", base::printable(name_), " in ",
                           config_.path.string(), " or ", credentials_.path.string());
  return std::unexpected(named_ ? wrong(message) : not_configured(message));
}

}  // namespace agent::aws
