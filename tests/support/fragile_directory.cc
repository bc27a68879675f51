#include "tests/support/fragile_directory.h"

#include <fstream>

namespace support {

FragileDirectory::FragileDirectory(std::filesystem::path path, Fate& fate)
    : path_(std::move(path)), fate_(fate), disk_(agent::pipeline::open_state_directory(path_)) {
  fate_.at_death([this] { end(); });
  std::error_code none;
  const auto size = std::filesystem::file_size(file(), none);
  if (!none) size_ = synced_ = size;  // the disk has had time enough
}

std::string FragileDirectory::read() {
  return disk_ ? disk_->read() : "";
}

std::error_code FragileDirectory::append(std::string_view data) {
  const auto write = [this](std::string_view all) {
    size_ += all.size();
    return disk_->append(all);
  };
  return carry_out("append", data, write, write);
}

std::error_code FragileDirectory::sync() {
  const auto write = [this](std::string_view) {
    synced_ = size_;
    return disk_->sync();
  };
  return carry_out("sync", {}, write, [](std::string_view) { return std::error_code(); });
}

std::error_code FragileDirectory::replace(std::string_view data) {
  const auto write = [this](std::string_view all) {
    size_ = synced_ = all.size();
    return disk_->replace(all);
  };
  // The new file is there in part, and has not taken the old one's place.
  const auto half = [this](std::string_view part) {
    std::ofstream(path_ / "state.new", std::ios::binary) << part;
    return std::error_code();
  };
  return carry_out("replace", data, write, half);
}

std::string FragileDirectory::set_aside(std::string_view damaged) {
  return disk_ ? disk_->set_aside(damaged) : "";
}

std::error_code FragileDirectory::carry_out(std::string name, std::string_view data,
                                            const Write& write, const Write& half) {
  if (!disk_) return {};
  using enum Kill::When;
  const auto number = fate_.note(Event::What::write, std::move(name));
  const auto strikes = [&](Kill::When when) {
    return fate_.strikes(Event::What::write, number, when);
  };
  if (strikes(before)) fate_.die();
  if (!disk_) return {};
  if (strikes(middle)) {
    std::ignore = half(data.substr(0, data.size() / 2));
    fate_.die();
    return {};
  }
  const auto error = write(data);
  if (strikes(after)) fate_.die();
  return error;
}

// The lock goes with the process.
void FragileDirectory::end() {
  disk_.reset();
  if (!fate_.loses_power()) return;
  std::error_code ignored;
  if (std::filesystem::exists(file(), ignored)) std::filesystem::resize_file(file(), synced_);
}

}  // namespace support
