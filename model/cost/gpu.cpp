#include "model/cost/gpu.hpp"

namespace kvsim {

std::string_view name_of(Place place) {
  switch (place) {
    case Place::kDevice:
      return "device";
    case Place::kHost:
      return "host";
    case Place::kDisk:
      break;
  }
  return "disk";
}

}  // namespace kvsim
