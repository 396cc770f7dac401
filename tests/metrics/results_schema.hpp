#pragma once
// JSON held to the project's schemas.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "tests/traces/support.hpp"

namespace kvsim::test {

class SchemaCheck {
 public:
  explicit SchemaCheck(const nlohmann::json& schema) {
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), schema_);
  }

  /// What does not fit, or "".
  std::string complaint(const nlohmann::json& json) {
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter(json), &results)) {
      return "";
    }
    std::string text;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
      for (const std::string& step : error.context) text += step;
      text += ": " + error.description + "\n";
    }
    return text;
  }

 private:
  valijson::Schema schema_;
};

/// What does not fit the schema of results files, or "".
inline std::string results_complaint(const nlohmann::json& results) {
  const std::string schema =
      read_file(std::string(KVSIM_SOURCE_DIR) + "/reports/schema/results.schema.json");
  return SchemaCheck(nlohmann::json::parse(schema)).complaint(results);
}

}  // namespace kvsim::test
