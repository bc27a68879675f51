// Listing a bucket: prefix, delimiter and pages, for objects and for their versions.
#include <algorithm>
#include <charconv>
#include <set>

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "tests/local_cloud/s3_answer.h"
#include "tests/local_cloud/s3_operations.h"
#include "tests/local_cloud/times.h"
#include "tests/local_cloud/xml.h"

namespace local_cloud {

namespace {

using agent::base::cat;

constexpr std::size_t largest_page = 1000;

struct Question {
  std::string prefix;
  std::string delimiter;
  std::string after;  // keys and common prefixes up to this one were seen
  std::size_t limit = largest_page;
  bool encoded = false;

  std::string text(std::string_view name, std::string_view value) const {
    return xml_element(name,
                       encoded ? agent::base::percent_encode(value, "/") : std::string(value));
  }
};

Question read_question(const Call& call) {
  Question question{.prefix = param(call, "prefix"),
                    .delimiter = param(call, "delimiter"),
                    .encoded = param(call, "encoding-type") == "url"};
  const auto limit = param(call, "max-keys");
  if (limit.empty()) return question;
  const auto end = limit.data() + limit.size();
  const auto [stop, error] = std::from_chars(limit.data(), end, question.limit);
  if (error != std::errc() || stop != end) {
    throw ApiError(400, "InvalidArgument",
                   "Provided max-keys not an integer or within integer range");
  }
  question.limit = std::min(question.limit, largest_page);
  return question;
}

struct Page {
  std::vector<const std::pair<const std::string, Versions>*> entries;
  std::set<std::string> prefixes;
  std::string last;
  bool is_cut = false;
  std::size_t size() const { return entries.size() + prefixes.size(); }
};

// The part of the key that it shares with others up to the delimiter; "" when it stands for itself.
std::string common_prefix(const Question& question, const std::string& key) {
  if (question.delimiter.empty()) return "";
  const auto at = key.find(question.delimiter, question.prefix.size());
  return at == key.npos ? "" : key.substr(0, at + question.delimiter.size());
}

template <class Filter>
Page read_page(const Bucket& bucket, const Question& question, Filter is_shown) {
  Page page;
  for (auto entry = bucket.objects.lower_bound(question.prefix); entry != bucket.objects.end();
       ++entry) {
    const auto& key = entry->first;
    if (!key.starts_with(question.prefix)) break;
    const auto shared = common_prefix(question, key);
    const auto& name = shared.empty() ? key : shared;
    if (name <= question.after || page.prefixes.contains(name) || !is_shown(entry->second))
      continue;
    if (page.size() == question.limit) {
      page.is_cut = question.limit > 0;
      return page;
    }
    page.last = name;
    if (shared.empty()) {
      page.entries.push_back(&*entry);
    } else {
      page.prefixes.insert(shared);
    }
  }
  return page;
}

std::string describe(const ObjectVersion& version) {
  return cat(xml_element("LastModified", iso8601(version.modified)),
             xml_element("ETag", version.etag),
             xml_element("Size", std::to_string(version.body.size())),
             xml_element("StorageClass", "STANDARD"));
}

std::string describe(const Question& question, const Bucket& bucket, const Page& page) {
  auto inner = cat(xml_element("Name", bucket.name), question.text("Prefix", question.prefix),
                   xml_element("MaxKeys", std::to_string(question.limit)),
                   xml_element("IsTruncated", page.is_cut ? "true" : "false"));
  if (!question.delimiter.empty()) inner += question.text("Delimiter", question.delimiter);
  if (question.encoded) inner += xml_element("EncodingType", "url");
  for (const auto& shared : page.prefixes) {
    inner += cat("<CommonPrefixes>", question.text("Prefix", shared), "</CommonPrefixes>");
  }
  return inner;
}

std::string describe_versions(const Question& question, const std::string& key,
                              const Versions& versions, const std::string& owner) {
  std::string inner;
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    const auto* element = version->is_delete_marker ? "DeleteMarker" : "Version";
    inner +=
        cat('<', element, '>', question.text("Key", key), xml_element("VersionId", version->id),
            xml_element("IsLatest", version == versions.rbegin() ? "true" : "false"),
            version->is_delete_marker ? xml_element("LastModified", iso8601(version->modified))
                                      : describe(*version),
            "<Owner>", xml_element("ID", owner), "</Owner></", element, '>');
  }
  return inner;
}

std::string contents(const Question& question, const Page& page) {
  std::string inner;
  for (const auto* entry : page.entries) {
    inner += cat("<Contents>", question.text("Key", entry->first), describe(entry->second.back()),
                 "</Contents>");
  }
  return inner;
}

bool is_there(const Versions& versions) {
  return !versions.back().is_delete_marker;
}

}  // namespace

Response list_objects(const Request&, const Call& call, Bucket& bucket) {
  auto question = read_question(call);
  question.after = param(call, "marker");
  const auto page = read_page(bucket, question, is_there);
  auto inner = describe(question, bucket, page);
  inner += question.text("Marker", question.after);
  // Without a delimiter the last key says where to go on.
  if (page.is_cut && !question.delimiter.empty()) inner += question.text("NextMarker", page.last);
  return s3_xml("ListBucketResult", inner + contents(question, page));
}

Response list_objects_v2(const Request&, const Call& call, Bucket& bucket) {
  auto question = read_question(call);
  const auto token = param(call, "continuation-token");
  const auto start = param(call, "start-after");
  question.after = start;
  if (!token.empty()) {
    const auto decoded = agent::base::from_base64url(token);
    if (!decoded)
      throw ApiError(400, "InvalidArgument", "The continuation token provided is incorrect");
    question.after = *decoded;
  }
  const auto page = read_page(bucket, question, is_there);
  auto inner = describe(question, bucket, page);
  inner += xml_element("KeyCount", std::to_string(page.size()));
  if (!token.empty()) inner += xml_element("ContinuationToken", token);
  if (!start.empty()) inner += question.text("StartAfter", start);
  if (page.is_cut) {
    inner += xml_element("NextContinuationToken", agent::base::base64url(page.last));
  }
  return s3_xml("ListBucketResult", inner + contents(question, page));
}

// Pages end between keys, never between the versions of one.
Response list_object_versions(const Request&, const Call& call, Bucket& bucket) {
  auto question = read_question(call);
  question.after = param(call, "key-marker");
  const auto page = read_page(bucket, question, [](const Versions&) { return true; });
  auto inner = describe(question, bucket, page);
  inner += question.text("KeyMarker", question.after);
  if (page.is_cut) inner += question.text("NextKeyMarker", page.last);
  for (const auto* entry : page.entries) {
    inner += describe_versions(question, entry->first, entry->second, bucket.account);
  }
  return s3_xml("ListVersionsResult", inner);
}

}  // namespace local_cloud
