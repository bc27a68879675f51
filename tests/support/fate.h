// When a host in memory dies, and what it does until then. Its network and its disk ask here at
// each thing that they do.
//
// Death is kill -9, or a loss of power, which takes along what was written and not synced. The
// coroutines of a dead host are left where they are; nothing that they do has an effect.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace support {

// Something that a host does and that can be its last.
struct Event {
  enum class What { request, write } what;
  std::size_t number;  // of its kind, from 0
  std::string name;    // "PollForJobs", "append", …
  bool idle = false;   // a poll that offered nothing: not worth dying at
};

struct Kill {
  enum class When {
    before,  // the request never arrived, nothing was written
    middle,  // it took effect and the answer was never read; half of it was written
    after,   // the answer was read, or all was written, and nothing came after
  };
  Event::What what;
  std::size_t number;
  When when;
  bool power = false;  // lost, too
};

std::string name(const Kill& kill);

class Fate {
 public:
  explicit Fate(std::optional<Kill> kill = {}) : kill_(kill) {}

  // Notes what the host does, and returns its number.
  std::size_t note(Event::What what, std::string name);
  void note_idle(Event::What what, std::size_t number);
  bool strikes(Event::What what, std::size_t number, Kill::When when) const;

  void die();
  bool is_dead() const { return dead_; }
  bool loses_power() const { return kill_ && kill_->power; }
  void at_death(std::function<void()> action) { at_death_ = std::move(action); }

  const std::vector<Event>& events() const { return events_; }
  std::string struck() const;  // the name of what it died at

 private:
  std::optional<Kill> kill_;
  bool dead_ = false;
  std::function<void()> at_death_;
  std::vector<Event> events_;
  std::size_t requests_ = 0;
  std::size_t writes_ = 0;
};

}  // namespace support
