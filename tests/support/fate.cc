#include "tests/support/fate.h"

#include <algorithm>

#include "agent/base/text.h"

namespace support {

std::string name(const Kill& kill) {
  using enum Kill::When;
  return agent::base::cat(kill.power ? "power lost " : "killed ",
                          kill.when == before   ? "before "
                          : kill.when == middle ? "in the middle of "
                                                : "after ",
                          kill.what == Event::What::request ? "request " : "write ", kill.number);
}

std::size_t Fate::note(Event::What what, std::string name) {
  auto& count = what == Event::What::request ? requests_ : writes_;
  if (!dead_) events_.push_back({what, count, std::move(name)});
  return count++;
}

void Fate::note_idle(Event::What what, std::size_t number) {
  for (auto& event : events_) {
    if (event.what == what && event.number == number) event.idle = true;
  }
}

bool Fate::strikes(Event::What what, std::size_t number, Kill::When when) const {
  return kill_ && kill_->what == what && kill_->number == number && kill_->when == when;
}

void Fate::die() {
  if (dead_) return;
  dead_ = true;
  if (at_death_) at_death_();
}

std::string Fate::struck() const {
  if (!dead_ || !kill_) return {};
  const auto place = std::ranges::find_if(events_, [&](const Event& event) {
    return event.what == kill_->what && event.number == kill_->number;
  });
  return place == events_.end() ? "" : place->name;
}

}  // namespace support
