// Instances and what is done to them, for EC2's own operations and for services that act on them.
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

json::object show(const Region& region, const Instance& instance, Time now);

// In a reservation of their own kind: reservationId, ownerId, instancesSet.
json::object show_reservation(const Region& region, std::span<const Instance* const> instances,
                              Time now);

// Still there to be described: those terminated an hour ago are not.
bool is_shown(const Instance& instance, Time now);

// Of one that is stopped, or running.
void start(Region& region, Instance& instance, Time now);
void stop(Region& region, Instance& instance, Time now, const std::string& reason_code,
          const std::string& reason);

// Does nothing to one that is terminated.
void terminate(Region& region, Instance& instance, Time now, const std::string& reason_code,
               const std::string& reason);

}  // namespace local_cloud::ec2
