"""Promises: each guard fails on a planted fault and names it, and passes the same tree without the fault."""
import pathlib
import subprocess
import tempfile
import unittest

import cards_are_pure
import files_explain_themselves
import headers_stand_alone
import invariants_have_tests
import layering
import log_events_are_explained
import rule_triplets
import service_decides_nothing_clinical
import sql_is_fixed


class Planted(unittest.TestCase):
    """A small clean tree in a temporary folder, to which a test adds its fault."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        for room in ("fhir", "cards", "cds-service", "tests"):
            (self.root / room).mkdir()

    def plant(self, name, text="// Promises: nothing in particular.\n"):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def assert_only_fault(self, found, *words):
        self.assertEqual(1, len(found), found)
        for word in words:
            self.assertIn(word, found[0])


class Layering(Planted):
    def judge(self, name, text):
        self.plant(name, text)
        return layering.faults(self.root)

    def test_a_clean_tree_passes(self):
        self.plant("fhir/json/reader.cpp", '#include <rapidjson/reader.h>\nvoid f() { reader.Parse<0>(stream, handler); }\n')
        self.plant("cards/engine/merge.cpp", '#include "fhir/issue.hpp"\n#include <tl/expected.hpp>\n#include <vector>\n')
        self.plant("cds-service/http/server.cpp", '#include <boost/beast.hpp>\nint f() { response.status = 503; }\n')
        self.plant("cards/card.hpp", '// #include <boost/asio.hpp> is what we never do; "cds-service/http/x.hpp" neither\n')
        self.assertEqual([], layering.faults(self.root))

    def test_an_include_up_the_stairs(self):
        self.assert_only_fault(self.judge("fhir/units/ucum.cpp", '#include "cards/card.hpp"\n'), "fhir/units/ucum.cpp:1", "cards/")
        self.plant("fhir/units/ucum.cpp", "")
        self.assert_only_fault(self.judge("cards/rendering/card_json.cpp", '\n#include "cds-service/http/message.hpp"\n'), "card_json.cpp:2")

    def test_a_heavy_library_in_a_public_header(self):
        self.assert_only_fault(self.judge("cds-service/audit/store.hpp", "#include <sqlite3.h>\n"), "store.hpp:1", "*_private.hpp")

    def test_a_private_header_may(self):
        self.assertEqual([], self.judge("cds-service/audit/store_private.hpp", "#include <sqlite3.h>\n"))

    def test_boost_below_the_service(self):
        self.assert_only_fault(self.judge("cards/engine/merge.cpp", "#include <boost/uuid.hpp>\n"), "merge.cpp:1", "not for cards/")

    def test_another_library_in_a_pure_room(self):
        self.assert_only_fault(self.judge("fhir/dates/age.cpp", "#include <absl/time/time.h>\n"), "age.cpp:1")

    def test_a_second_parser(self):
        self.assert_only_fault(self.judge("cds-service/config/config.cpp", "void f() { document.Parse(text); }\n"), "config.cpp:1", "reader.cpp")
        self.plant("cds-service/config/config.cpp", "")
        self.assert_only_fault(self.judge("cards/facts/facts_json.cpp", "\nrapidjson::Reader reader;\n"), "facts_json.cpp:2")

    def test_a_status_code_outside_the_edge(self):
        self.assert_only_fault(self.judge("cds-service/hooks/order_sign.cpp", "void f() { r.status = 412; }\n"), "order_sign.cpp:1", "status")

    def test_the_fhir_client_may_use_sockets_and_tls_in_its_own_files_only(self):
        self.plant("fhir/client/trust.cpp", "#include <openssl/ssl.h>\n#include <arpa/inet.h>\n")
        self.plant("fhir/client/http_transport.cpp", "#include <cpprest/http_client.h>\nbool f() { return r.status_code() == 200; }\n")
        self.assertEqual([], layering.faults(self.root))
        self.assert_only_fault(self.judge("fhir/json/reader.cpp", "#include <openssl/ssl.h>\n"), "fhir/json/reader.cpp:1", "not for fhir/")
        self.plant("fhir/json/reader.cpp")
        self.assert_only_fault(self.judge("fhir/client/trust.hpp", "#include <openssl/ssl.h>\n"), "fhir/client/trust.hpp:1")
        self.plant("fhir/client/trust.hpp")
        self.assert_only_fault(self.judge("cds-service/hooks/call_back.cpp", "#include <cpprest/uri.h>\n"), "call_back.cpp:1", "http_transport.cpp alone")
        self.plant("cds-service/hooks/call_back.cpp")
        self.assert_only_fault(self.judge("fhir/client/search.cpp", "bool f() { return status_code == 200; }\n"), "search.cpp:1", "status code")

    def test_a_rule_that_sees_too_much(self):
        self.assert_only_fault(self.judge("cards/rules/high_dose_ppi.cpp", '#include "fhir/resources/observation.hpp"\n'), "a rule sees")


class CardsArePure(Planted):
    def archive(self, code):
        self.plant("x.cpp", code)
        subprocess.run(["c++", "-std=c++20", "-c", "x.cpp", "-o", "x.o"], cwd=self.root, check=True)
        subprocess.run(["ar", "rc", "libx.a", "x.o"], cwd=self.root, check=True)
        return cards_are_pure.faults(self.root, [str(self.root / "libx.a")])

    def test_pure_code_passes(self):
        self.assertEqual([], self.archive('#include <string>\n#include <map>\n#include <sstream>\n#include <stdexcept>\n'
                                          'std::string f(int n) { std::map<int, std::string> m; std::ostringstream o; o << n; '
                                          'if (n < 0) throw std::runtime_error("x"); return m[n] + o.str(); }\n'))

    def test_the_clock(self):
        found = self.archive("#include <chrono>\nlong f() { return std::chrono::system_clock::now().time_since_epoch().count(); }\n")
        self.assert_only_fault(found, "libx.a(x.o)", "system_clock::now")

    def test_files_environment_chance_and_console(self):
        for code, word in (('#include <fstream>\nbool f() { return std::ifstream("x").good(); }', "fstream"),
                           ("#include <cstdio>\nvoid* f() { return std::fopen(\"x\", \"r\"); }", "fopen"),
                           ("#include <cstdlib>\nchar* f() { return std::getenv(\"TZ\"); }", "getenv"),
                           ("#include <cstdlib>\nint f() { return std::rand(); }", "rand"),
                           ("#include <random>\nunsigned f() { return std::random_device{}(); }", "random_device"),
                           ("#include <ctime>\nlong f() { return std::time(nullptr); }", "time"),
                           ("#include <unistd.h>\nlong f(char* b) { return read(0, b, 1); }", "read"),
                           ("#include <sys/socket.h>\nint f() { return socket(1, 1, 0); }", "socket"),
                           ('#include <iostream>\nvoid f() { std::cout << "x"; }', "std::cout")):
            with self.subTest(word):
                symbols = [fault.split("`")[1] for fault in self.archive(code + "\n")]
                self.assertTrue(any(word in symbol for symbol in symbols), symbols)

    def test_an_empty_archive_proves_nothing(self):
        self.assert_only_fault(self.archive("int f() { return 1; }\n"), "no symbols")


class RuleTriplets(Planted):
    def setUp(self):
        super().setUp()
        self.plant("cards/rules/high_dose_ppi.cpp", "Answer high_dose_ppi(const Situation& s, const RulePolicy& p) { return {}; }\n")
        self.plant("cards/knowledge/policy/high-dose-ppi.json", "{}")
        self.plant("tests/vignettes/high-dose-ppi/exactly-at-threshold.json", "{}")

    def test_a_whole_rule_passes(self):
        self.assertEqual([], rule_triplets.faults(self.root))

    def test_each_missing_third(self):
        (self.root / "cards/knowledge/policy/high-dose-ppi.json").unlink()
        self.assert_only_fault(rule_triplets.faults(self.root), "high_dose_ppi.cpp", "policy/high-dose-ppi.json")
        self.setUp()
        (self.root / "tests/vignettes/high-dose-ppi/exactly-at-threshold.json").unlink()
        self.assert_only_fault(rule_triplets.faults(self.root), "high_dose_ppi.cpp", "tests/vignettes/high-dose-ppi/")
        self.setUp()
        self.plant("cards/knowledge/policy/orphan.json", "{}")
        self.assert_only_fault(rule_triplets.faults(self.root), "policy/orphan.json")

    def test_a_function_of_another_name(self):
        self.plant("cards/rules/low_magnesium.cpp", "Answer lowMagnesium(const Situation& s);\n")
        self.assert_only_fault(rule_triplets.faults(self.root), "cards/rules/low_magnesium.cpp", "Answer low_magnesium")


class HeadersStandAlone(Planted):
    def test_a_header_that_leans_on_its_neighbour(self):
        self.plant("fhir/issue.hpp", "// Promises: a text.\n#pragma once\n#include <string>\ninline std::string text() { return {}; }\n")
        self.assertEqual([], headers_stand_alone.faults(self.root, "c++", ""))
        self.plant("fhir/result.hpp", "// Promises: a text.\n#pragma once\ninline std::string other() { return {}; }\n")
        self.assert_only_fault(headers_stand_alone.faults(self.root, "c++", ""), "fhir/result.hpp")

    def test_a_header_that_cannot_be_included_twice(self):
        self.plant("fhir/twice.hpp", "// Promises: a number.\nstruct Twice { int n; };\n")
        self.assert_only_fault(headers_stand_alone.faults(self.root, "c++", ""), "fhir/twice.hpp", "redefinition")


class FilesExplainThemselves(Planted):
    def judge(self, name, text):
        self.plant(name, text)
        return files_explain_themselves.faults(self.root)

    def test_a_clean_tree_passes(self):
        self.assertEqual([], self.judge("fhir/dates/age.cpp", "// Promises: an age from partial dates.\n"))
        self.assertEqual([], self.judge("deploy/run.sh", "#!/bin/sh\n# Promises: starts the service.\n"))

    def test_a_silent_file(self):
        self.assert_only_fault(self.judge("fhir/dates/age.cpp", "#include <string>\n"), "age.cpp", "promises")

    def test_a_long_file(self):
        self.assert_only_fault(self.judge("fhir/dates/age.cpp", "// Promises: an age from partial dates.\n" * 451), "451 lines")

    def test_a_drawer(self):
        self.assert_only_fault(self.judge("fhir/utils/age.cpp", "// Promises: an age from partial dates.\n"), "`utils`")

    def test_a_name_in_another_case(self):
        self.assert_only_fault(self.judge("fhir/dates/ageOf.cpp", "// Promises: an age from partial dates.\n"), "snake_case")


class ServiceDecidesNothingClinical(Planted):
    def judge(self, text):
        self.plant("cds-service/hooks/order_sign.cpp", text)
        return service_decides_nothing_clinical.faults(self.root)

    def test_keys_and_comments_pass(self):
        self.assertEqual([], self.judge('// vitamin D over 4000 IU/day is judged in cards/\nauto key = "magnesium"; auto h = "X-Request-Id";\n'))

    def test_a_code(self):
        self.assert_only_fault(self.judge('auto loinc = "19123-9";\n'), "order_sign.cpp:1", "clinical code")

    def test_an_amount(self):
        self.assert_only_fault(self.judge('\nauto text = "over 4000 IU a day";\n'), "order_sign.cpp:2", "amount")

    def test_a_sentence(self):
        self.assert_only_fault(self.judge('auto text = "consider a serum magnesium";\n'), "sentence")


class LogEventsAreExplained(Planted):
    def judge(self, code):
        self.plant("docs/operations.md", "| event | level | what |\n|---|---|---|\n| `ready` | info | takes calls |\n")
        self.plant("cds-service/cli/serve_command.cpp", code)
        return log_events_are_explained.faults(self.root)

    def test_what_is_explained_passes(self):
        self.assertEqual([], self.judge('void f() { ops::log(ops::Level::info,\n "ready", {{"a", "b"}}); }  // log(Level::warn, "gone")\n'))

    def test_an_event_without_a_row(self):
        self.assert_only_fault(self.judge('void f() { log(Level::info, "ready"); }\nvoid g() { log(Level::warn, "tired"); }\n'), "serve_command.cpp:2")

    def test_another_level(self):
        self.assert_only_fault(self.judge('void f() { log(Level::error, "ready"); }\n'), "has info")

    def test_a_row_that_nothing_logs(self):
        self.assert_only_fault(self.judge("// Promises: nothing.\n"), "nothing logs `ready`")


class SqlIsFixed(Planted):
    def judge(self, text, name="cds-service/report/figures.cpp"):
        self.plant(name, text)
        return sql_is_fixed.faults(self.root)

    def test_literals_and_constants_pass(self):
        self.assertEqual([], self.judge('constexpr std::string_view columns = R"sql(SELECT a FROM b WHERE )sql";\n'
                                        'void f() { auto s = database.prepare(std::string(columns) + "c = ?1 "\n  "ORDER BY d"); s->bind_text(1, name); }\n'
                                        'void g() { database_.execute("BEGIN"); out.integer(n + 1); task.execute(); writer.prepare(database); }\n'
                                        'void h() { for (const char* command : {"PRAGMA a=1", "COMMIT"}) database->execute(command); }\n'
                                        '// SELECT a FROM b WHERE c = \'" + name + "\'\n'))
        self.assertEqual([], self.judge("#include <sqlite3.h>\nint f() { return sqlite3_step(h); }\n", sql_is_fixed.SPEAKS_SQLITE))

    def test_a_value_in_the_text(self):
        for sql in ('database.prepare("SELECT a FROM b WHERE c = \'" + name + "\'")', "database->prepare_kept(sql)", "db.execute(text.c_str())", "for (const char* c : {\"BEGIN\", name}) db.execute(c)",
                    "reader.database().integer(query)", 'db_.prepare(std::string("SELECT a FROM b ORDER BY ") + column)', 'db.prepare(std::string(columns) + " LIMIT " + limit)'):
            with self.subTest(sql):
                self.assertTrue(any("figures.cpp:2" in fault for fault in self.judge(f"\nvoid f() {{ {sql}; }}\n")))

    def test_sql_put_together_elsewhere(self):
        for code in ('std::string sql = "SELECT a FROM b WHERE c = " + name;', 'sql += "ORDER BY d";', 'out << "DELETE FROM b";', 'sql.append("WHERE c = 1");',
                     'std::snprintf(to, n, "PRAGMA user_version = %d", v);'):
            with self.subTest(code):
                self.assert_only_fault(self.judge(f"void f() {{ {code} }}\n"), "figures.cpp:1")

    def test_another_file_that_speaks_to_sqlite(self):
        found = self.judge("#include <sqlite3.h>\nint f() { return sqlite3_exec(h, s, 0, 0, 0); }\n", "cds-service/security/tokens.cpp")
        self.assertEqual(2, len(found), found)


class InvariantsHaveTests(Planted):
    def judge(self, row):
        self.plant("tests/architecture/CMakeLists.txt", "cofactor_guard(layering)\n")
        self.plant("tests/cards/engine/merge_test.cpp", "// Promises: x\nTEST(Merge, KeepsTwoCards) {}\n")
        self.plant("docs/architecture.md", f"| id | invariant | guarded by |\n|---|---|---|\n{row}\n")
        return invariants_have_tests.faults(self.root)

    def test_named_tests_that_exist_pass(self):
        self.assertEqual([], self.judge("| I1 | one way | `layering`, `Merge.KeepsTwoCards`, `tests/cards/engine/merge_test.cpp` |"))

    def test_a_test_that_does_not_exist(self):
        self.assert_only_fault(self.judge("| I1 | one way | `no_such_test` |"), "I1", "no_such_test")

    def test_an_invariant_without_a_test(self):
        self.assert_only_fault(self.judge("| I1 | one way | reviewers |"), "I1", "no test")

    def test_a_page_without_invariants(self):
        self.assert_only_fault(self.judge("nothing"), "no table")


if __name__ == "__main__":
    unittest.main()
