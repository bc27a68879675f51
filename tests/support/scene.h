// A shop on the local cloud: a launch template, a group that follows it, and a pipeline whose last
// stage is CreateImage, set up as a user would. Its artifacts are in a bucket with CodePipeline's
// default policy.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "tests/support/machine.h"

namespace support {

class Scene {
 public:
  explicit Scene(Machine& machine) : machine_(&machine) {}

  // `configuration` of the CreateImage action, beside AutoScalingGroupName = web; `group` of
  // CreateAutoScalingGroup, beside or instead of what is said there.
  void set_up(boost::json::object configuration = {}, const std::string& follows = "$Latest",
              const boost::json::object& group = {});
  // Before set_up: what the pipeline's source finds (else artifacts are only names), that the
  // action has an output artifact, that it has no input artifact.
  void release(std::string archive);
  void want_output() { has_output_ = true; }
  void leave_out_input() { has_input_ = false; }
  bool exists() const { return exists_; }              // it was set up
  void use(Machine& machine) { machine_ = &machine; }  // look through another machine from now on

  Machine& machine() { return *machine_; }
  local_cloud::Cloud& cloud() { return machine_->cloud(); }

  // Changes the action's whole configuration.
  void configure(const boost::json::object& configuration);
  std::string start();  // a new execution's id
  void abandon();       // stops the newest execution without waiting for its actions
  void retry();         // the failed or abandoned actions of its last stage

  std::string status();  // of the newest execution: InProgress, Succeeded, Failed
  bool is_over() { return status() != "InProgress"; }
  boost::json::object action();            // latestExecution of the action, of GetPipelineState
  boost::json::object output_variables();  // of its newest execution
  // The account's own.
  std::vector<boost::json::object> images(const std::string& region = home_region);
  std::vector<boost::json::object> snapshots(const std::string& region = home_region);
  std::vector<boost::json::object> versions();  // of the launch template, newest first
  boost::json::object group();
  std::vector<boost::json::object> refreshes();        // of the group, newest first
  std::vector<std::string> instances_of(int version);  // of the group, in service
  std::string input_key();   // of the action's input artifact, in artifact_bucket
  std::string output_key();  // "" when there is none
  // The file of that name in the output artifact, as JSON; empty when there is none.
  boost::json::object output(const std::string& file);

  static constexpr const char* artifact_bucket = "shop-artifacts";

 private:
  // All pages of what EC2 lists.
  std::vector<boost::json::object> all(const std::string& operation, boost::json::object params,
                                       std::string_view list,
                                       const std::string& region = home_region);
  std::string newest_execution();
  boost::json::object pipeline(const boost::json::object& configuration) const;
  void create_group(const std::string& follows, const boost::json::object& more);

  boost::json::object execution_details();

  Machine* machine_;
  bool has_input_ = true;
  bool has_output_ = false;
  bool exists_ = false;
};

}  // namespace support
