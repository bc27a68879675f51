// Writing XML as AWS's services do.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace local_cloud {

std::string xml_escape(std::string_view text);

// <name>text</name>
std::string xml_element(std::string_view name, std::string_view text);

// An object's members as elements inside each other, an array as one element with an element
// `item` for each entry, a null as nothing.
void write_xml(std::string& out, std::string_view name, const boost::json::value& value,
               std::string_view item);
void write_xml_members(std::string& out, const boost::json::object& object, std::string_view item);

}  // namespace local_cloud
