#include "actions/ops/pages.h"

#include "agent/base/json.h"

namespace actions {

using agent::base::text;
using agent::run::ErrorClass;

agent::run::Task<std::vector<boost::json::object>> all_pages(agent::run::Step& step,
                                                             agent::run::Call call,
                                                             std::string_view list,
                                                             WhenGone when_gone) {
  std::vector<boost::json::object> all;
  for (std::string next = "first"; !next.empty();) {
    const auto reply = co_await step.attempt(call);
    if (!reply && reply.error().kind == ErrorClass::gone && when_gone == WhenGone::nothing) break;
    if (!reply) throw agent::aws::failure(reply.error());
    for (const auto* entry : agent::base::objects(reply->body, list)) all.push_back(*entry);
    // EC2 writes it small.
    auto token = text(reply->body, "nextToken");
    if (token.empty()) token = text(reply->body, "NextToken");
    if (token == next) break;  // a service that goes round in circles
    next = token;
    call.params["NextToken"] = next;
  }
  co_return all;
}

}  // namespace actions
