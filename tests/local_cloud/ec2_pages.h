// Pages of the Describe operations, as MaxResults and NextToken ask for them, or as Settings says:
// a caller must cope with shorter pages than it asked for, and with empty ones.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud::ec2 {

struct PageRules {
  std::string_view ids = {};  // the parameter that MaxResults cannot be used with
  std::int64_t least = 5;     // of MaxResults
  std::int64_t most = 1000;
};

// What a token stands for is where the next page starts. Throws when it is none of ours.
std::string page_token(std::size_t start);
std::size_t page_start(const std::string& token);

// A page of candidates, of which only those that are shown count.
class Page {
 public:
  // Throws InvalidParameterCombination when ids were given too, and on values out of range.
  Page(const Settings& settings, const json::object& params, const PageRules& rules);

  std::size_t start() const { return start_; }
  std::size_t most() const { return most_; }  // none: nothing yet, but a token
  std::string token_for(std::size_t next) const;

 private:
  std::size_t start_ = 0;
  std::size_t most_ = 0;
};

// {name: [...], "nextToken": ...}. `show` is asked for the candidates from 0 to `count` that the
// page needs: an optional json::value, nothing for one that the filters leave out. There is a token
// only if something comes after the page.
template <class Show>
json::object paged_answer(std::string_view name, std::size_t count, const Page& page, Show show) {
  json::array items;
  auto at = page.start();
  while (at < count && items.size() < page.most()) {
    if (auto shown = show(at++)) items.push_back(std::move(*shown));
  }
  while (at < count && !show(at)) ++at;
  json::object answer;
  answer[name] = std::move(items);
  if (at < count) answer["nextToken"] = page.token_for(at);
  return answer;
}

// The same of a list that has all of them already.
json::object paged_answer(std::string_view name, json::array all, const Page& page);

}  // namespace local_cloud::ec2
