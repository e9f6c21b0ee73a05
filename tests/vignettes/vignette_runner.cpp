// Promises: runs the vignette files that it is given; exit 0 when all came out as expected. Prints what came out when
// not, or with --show.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string_view>

#include "fhir/json/reader.hpp"
#include "vignette.hpp"

int main(int argc, char** argv) {
  using namespace cofactor;
  bool show = false, good = argc > 1;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--show") {
      show = true;
      continue;
    }
    std::ifstream file(argv[i]);
    std::stringstream text;
    text << file.rdbuf();
    const auto document = json::parse(text.str());
    vignettes::Vignette vignette;
    std::string output;
    std::vector<std::string> wrong;
    if (!document)
      wrong.push_back(document.error().text);
    else if (const std::string problem = vignettes::read_vignette(document->root(), vignette); !problem.empty())
      wrong.push_back(problem);
    else
      wrong = vignettes::judge(vignette, output);
    if (show || !wrong.empty()) std::cout << argv[i] << "\n" << output;
    for (const std::string& line : wrong) std::cout << "WRONG: " << line << "\n";
    good = good && wrong.empty();
  }
  return good ? 0 : 1;
}
