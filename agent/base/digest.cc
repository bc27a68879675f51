#include "agent/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <new>

#include "agent/base/text.h"

namespace agent::base {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string sha256(std::string_view data) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(bytes_of(data), data.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string sha256_hex(std::string_view data) {
  return hex(sha256(data));
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  unsigned int length = 0;
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(data),
                          data.size(), reinterpret_cast<unsigned char*>(digest.data()), &length);
  if (done == nullptr) throw std::bad_alloc();
  return digest;
}

std::string base64(std::string_view bytes) {
  auto result = base64url(bytes);
  std::ranges::replace(result, '-', '+');
  std::ranges::replace(result, '_', '/');
  result.append((4 - result.size() % 4) % 4, '=');
  return result;
}

std::string base64url(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : bytes) {
    pending = pending << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) result += alphabet[pending >> (bits - 6) & 63];
  }
  if (bits > 0) result += alphabet[pending << (6 - bits) & 63];
  return result;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string result;
  result.reserve(text.size() * 3 / 4);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    pending = pending << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result += static_cast<char>(pending >> bits & 255);
    }
  }
  if ((pending & ((1U << bits) - 1)) != 0) return std::nullopt;  // one spelling per value
  return result;
}

}  // namespace agent::base
