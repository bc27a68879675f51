#include "tests/local_cloud/checksum.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "agent/base/text.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

namespace {

using agent::base::cat;

std::string digest(const EVP_MD* kind, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  EVP_Digest(data.data(), data.size(), bytes.data(), &length, kind, nullptr);
  return {reinterpret_cast<const char*>(bytes.data()), length};
}

// Reflected, all ones before and after, as all three CRCs of S3 are; big-endian bytes.
template <class Word, Word polynomial>
std::string crc(std::string_view data) {
  static constexpr auto table = [] {
    std::array<Word, 256> all{};
    for (unsigned i = 0; i < 256; ++i) {
      Word word = i;
      for (int bit = 0; bit < 8; ++bit) {
        word = (word & 1) != 0 ? static_cast<Word>((word >> 1) ^ polynomial)
                               : static_cast<Word>(word >> 1);
      }
      all[i] = word;
    }
    return all;
  }();
  Word state = static_cast<Word>(~Word{0});
  for (const auto c : data) {
    state = table[(state ^ static_cast<unsigned char>(c)) & 0xFF] ^ (state >> 8);
  }
  state = static_cast<Word>(~state);
  std::string bytes;
  for (int shift = static_cast<int>(sizeof(Word)) * 8 - 8; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(state >> shift);
  }
  return bytes;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const auto length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
  if (length < 0) return {};
  const auto padding = text.ends_with("==") ? 2U : text.ends_with("=") ? 1U : 0U;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::string md5(std::string_view data) {
  return digest(EVP_md5(), data);
}

std::optional<std::string> checksum(std::string_view algorithm, std::string_view data) {
  if (algorithm == "crc32") return base64(crc<std::uint32_t, 0xEDB88320U>(data));
  if (algorithm == "crc32c") return base64(crc<std::uint32_t, 0x82F63B78U>(data));
  if (algorithm == "crc64nvme") return base64(crc<std::uint64_t, 0x9A6C9329AC4BC9B5U>(data));
  if (algorithm == "sha1") return base64(digest(EVP_sha1(), data));
  if (algorithm == "sha256") return base64(digest(EVP_sha256(), data));
  return {};
}

void check_checksums(const HeaderMap& headers, std::string_view data) {
  constexpr std::string_view prefix = "x-amz-checksum-";
  for (const auto& [name, value] : headers) {
    const auto lower = agent::base::lower(name);
    if (!lower.starts_with(prefix)) continue;
    const auto algorithm = lower.substr(prefix.size());
    const auto actual = checksum(algorithm, data);
    if (actual && *actual != value) {
      throw ApiError(400, "BadDigest",
                     cat("The ", agent::base::lower(algorithm),
                         " you specified did not match the calculated checksum."));
    }
  }
}

}  // namespace local_cloud
