#include "tests/local_cloud/aws_chunked.h"

#include <charconv>

#include "agent/base/digest.h"
#include "agent/base/text.h"
#include "tests/local_cloud/checksum.h"
#include "tests/local_cloud/refusal.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using agent::base::sha256_hex;

[[noreturn]] void malformed() {
  throw ApiError(400, "InvalidRequest", "The chunked upload's framing is not valid.");
}

struct Line {
  std::size_t size = 0;
  std::string signature;
};

class Reader {
 public:
  Reader(std::string_view body, const Signed& made, std::string_view key, bool is_signed)
      : rest_(body), made_(made), key_(key), is_signed_(is_signed), previous_(made.signature) {}

  std::string data() {
    std::string all;
    for (;;) {
      const auto line = read_line();
      if (rest_.size() < line.size) malformed();
      const auto chunk = rest_.substr(0, line.size);
      check("PAYLOAD", cat(sha256_hex(""), '\n', sha256_hex(chunk)), line.signature);
      rest_.remove_prefix(line.size);
      if (line.size == 0) return all;
      all += chunk;
      if (!rest_.starts_with("\r\n")) malformed();
      rest_.remove_prefix(2);
    }
  }

  HeaderMap trailers() {
    HeaderMap trailers;
    std::string signed_text;
    while (!rest_.empty()) {
      const auto line = take_line();
      if (line.empty()) continue;
      const auto colon = line.find(':');
      if (colon == line.npos) malformed();
      const std::string name(line.substr(0, colon));
      const std::string value(agent::base::trim(line.substr(colon + 1)));
      if (name == "x-amz-trailer-signature") {
        check("TRAILER", sha256_hex(signed_text), value);
        return trailers;
      }
      signed_text += cat(name, ':', value, '\n');
      trailers.emplace(name, value);
    }
    if (is_signed_ && !trailers.empty()) malformed();
    return trailers;
  }

 private:
  std::string_view take_line() {
    const auto end = rest_.find("\r\n");
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 2);
    return line;
  }

  Line read_line() {
    const auto text = take_line();
    Line line;
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + text.size(), line.size, 16);
    if (error != std::errc()) malformed();
    const auto extension = text.substr(static_cast<std::size_t>(stop - text.data()));
    constexpr std::string_view signature = ";chunk-signature=";
    if (extension.starts_with(signature)) line.signature = extension.substr(signature.size());
    if (is_signed_ == line.signature.empty()) malformed();
    return line;
  }

  void check(std::string_view kind, std::string_view hashes, const std::string& signature) {
    if (!is_signed_) return;
    const auto expected = sign(key_, cat("AWS4-HMAC-SHA256-", kind, '\n', made_.time, '\n',
                                         made_.scope(), '\n', previous_, '\n', hashes));
    if (signature != expected) throw refuse(Flavour::s3, Refusal::signature_mismatch);
    previous_ = signature;
  }

  std::string_view rest_;
  const Signed& made_;
  std::string_view key_;
  bool is_signed_;
  std::string previous_;
};

}  // namespace

std::string decode_aws_chunked(const Request& request, const Signed& made,
                               std::string_view signing_key, std::string_view payload) {
  Reader reader(request.body, made, signing_key, payload.starts_with("STREAMING-AWS4-HMAC-SHA256"));
  auto data = reader.data();
  const auto announced = header(request.headers, "x-amz-decoded-content-length");
  if (!announced.empty() && announced != std::to_string(data.size())) {
    throw ApiError(
        400, "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header");
  }
  const auto trailers = reader.trailers();
  for (const auto& name : agent::base::split(header(request.headers, "x-amz-trailer"), ',')) {
    if (!trailers.contains(name)) {
      throw ApiError(400, "MalformedTrailerError",
                     "The request contained trailing data that was not well-formed or did not "
                     "conform to our published schema.");
    }
  }
  check_checksums(trailers, data);
  return data;
}

}  // namespace local_cloud
