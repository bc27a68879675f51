#include "actions/catalog.h"

#include "actions/create_image.h"

namespace actions {

std::vector<agent::run::Action> catalog() {
  return {create_image_action()};
}

}  // namespace actions
