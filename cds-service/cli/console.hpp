// Promises: how subcommands read their input and say what went wrong.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/dates/partial_date.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::cli {

/// "cofactor: <sentence>" on stderr; gives `exit_code` back.
int complain(int exit_code, std::string_view sentence);
/// 3 for what could not be read or reached, else 2.
int complain(const Failure& failure);

/// A whole file, or standard input for "-". Failure code unreadable.
Result<std::string> read_input(const std::string& file);
/// Line by line without line ends; blank lines are left out. Failure code unreadable.
Result<void> read_lines(const std::string& file, const std::function<void(std::string)>& line);

/// One line of output; buffered until the process ends or flush() is called.
void print_line(std::string_view line);
/// False when standard output could not take everything.
bool flush();

/// Today in UTC when `text` is empty; nullopt when it is no day.
std::optional<fhir::Day> day_or_today(const std::string& text);

}  // namespace cofactor::service::cli
