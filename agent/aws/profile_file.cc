// Lines: "[section]", "key = value", an indented line that belongs to the key above, a comment that
// begins with # or ;, or nothing. A value ends where a blank and # or ; follow.
#include "agent/aws/profile_file.h"

#include <algorithm>

#include "agent/base/text.h"

namespace agent::aws {
namespace {

std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool begins = text[i] == '#' || text[i] == ';';
    if (begins && (text[i - 1] == ' ' || text[i - 1] == '\t')) return text.substr(0, i);
  }
  return text;
}

// The profile that a section header names; "" when it is another kind of section.
std::string profile_name(std::string_view header, ProfileSyntax syntax) {
  header = base::trim(header);
  if (syntax == ProfileSyntax::credentials || header == "default") return std::string(header);
  constexpr std::string_view word = "profile";
  if (!header.starts_with(word)) return {};
  const auto name = header.substr(word.size());
  if (!name.starts_with(' ') && !name.starts_with('\t')) return {};
  auto result = std::string(base::trim(name));
  std::erase(result, '"');
  return result;
}

class Parser {
 public:
  explicit Parser(ProfileSyntax syntax) : syntax_(syntax) {}

  bool take(std::string_view line) {
    const bool indented = line.starts_with(' ') || line.starts_with('\t');
    const auto text = base::trim(line);
    if (text.empty() || text.starts_with('#') || text.starts_with(';')) return true;
    if (text.starts_with('[')) return open(text);
    if (indented && has_key_) return true;
    return add(text);
  }

  Profiles profiles;

 private:
  bool open(std::string_view text) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    const auto name = profile_name(text.substr(1, end - 1), syntax_);
    current_ = name.empty() ? nullptr : &profiles[name];
    has_section_ = true;
    has_key_ = false;
    return true;
  }

  bool add(std::string_view text) {
    const auto equals = text.find('=');
    if (!has_section_ || equals == std::string_view::npos || equals == 0) return false;
    const auto key = base::lower(base::trim(text.substr(0, equals)));
    const auto value = base::trim(without_comment(text.substr(equals + 1)));
    if (current_ != nullptr) current_->insert_or_assign(key, std::string(value));
    has_key_ = true;
    return true;
  }

  ProfileSyntax syntax_;
  Profile* current_ = nullptr;
  bool has_section_ = false;
  bool has_key_ = false;
};

}  // namespace

std::expected<Profiles, std::string> parse_profiles(std::string_view text, ProfileSyntax syntax) {
  Parser parser(syntax);
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    if (!parser.take(line))
      return std::unexpected(base::cat("line ", number, " is not understood"));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::move(parser.profiles);
}

}  // namespace agent::aws
