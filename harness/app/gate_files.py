"""Asserts that what lethe gate wrote is what its readers take, and says the
same everywhere. Usage: NAME VERDICT EXIT_CODE; reads NAME.json, .xml, .sarif
and .md. Of one name alone: that this file acts on no terminal.

The structure is that of the published schemas: JUnit as Jenkins (xunit plugin)
and Ant's junitreport define it, SARIF 2.1.0 as far as lethe uses it, and what
GitHub's code scanning wants besides.
"""

import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

name = sys.argv[1]
verdict, code = (sys.argv[2], int(sys.argv[3])) if len(sys.argv) > 2 else ("", 0)


def read(ending):
    """The file, without control characters and marks that reorder text."""
    with open(name + ending, encoding="utf-8") as file:
        text = file.read()
    bad = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
    assert not bad, (name + ending, bad)
    return text


def check_json():
    report = json.loads(read(".json"))
    assert report["verdict"] == verdict and report["exit_code"] == code
    keys = ["rule", "metric", "value", "ci95", "threshold", "n", "verdict", "reason"]
    for rule in report["rules"]:
        assert [k for k in rule if k in keys] == keys, rule
        assert (rule["verdict"] == "pass") or rule["reason"], rule
    return report


# Attributes: name -> (pattern, needed). Children in the order of Ant's schema.
NUMBER, TEXT = r"\d+", r"[\s\S]*"
SUITE = {"name": (TEXT, True), "id": (NUMBER, True), "package": (TEXT, True),
         "hostname": (r"\S+", True), "tests": (NUMBER, True), "failures": (NUMBER, True),
         "errors": (NUMBER, True), "skipped": (NUMBER, False), "time": (r"\d+(\.\d+)?", True),
         "timestamp": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", True)}
CASE = {"name": (TEXT, True), "classname": (TEXT, True), "time": (r"\d+(\.\d+)?", True)}
PROBLEM = {"message": (TEXT, False), "type": (r"\S+", True)}


def check_attributes(element, allowed):
    for key, value in element.attrib.items():
        assert key in allowed, (element.tag, key)
        assert re.fullmatch(allowed[key][0], value), (element.tag, key, value)
    for key, (_, needed) in allowed.items():
        assert not needed or key in element.attrib, (element.tag, key)


def check_junit(report):
    root = ElementTree.fromstring(read(".xml"))
    assert root.tag == "testsuites" and not root.attrib
    verdicts = []
    for suite in root:
        assert suite.tag == "testsuite"
        check_attributes(suite, SUITE)
        tags = [child.tag for child in suite]
        cases = [child for child in suite if child.tag == "testcase"]
        assert tags == ["properties"] + ["testcase"] * len(cases) + ["system-out", "system-err"]
        properties = {p.get("name"): p.get("value") for p in suite[0]}
        assert properties["verdict"] == verdict and properties["exit_code"] == str(code)
        names = [(c.get("classname"), c.get("name")) for c in cases]
        assert len(set(names)) == len(names), "names are not unique"
        problems = {"failure": 0, "error": 0}
        for case in cases:
            check_attributes(case, CASE)
            assert len(case) <= 1
            for problem in case:
                check_attributes(problem, PROBLEM)
                problems[problem.tag] += 1
            verdicts.append({"failure": "fail", "error": "undecidable"}[case[0].tag] if len(case) else "pass")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == problems["failure"]
        assert int(suite.get("errors")) == problems["error"]
    assert verdicts == [rule["verdict"] for rule in report["rules"]]


def check_sarif(report):
    log = json.loads(read(".sarif"))
    assert set(log) <= {"$schema", "version", "runs", "properties"} and log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) <= {"tool", "invocations", "results", "properties"}
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "lethe"
    for rule in rules:  # GitHub wants the texts
        assert set(rule) <= {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration"}
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
    assert len({rule["id"] for rule in rules}) == len(rules)
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == code and isinstance(invocation["executionSuccessful"], bool)
    for result in run["results"]:
        assert set(result) <= {"ruleId", "ruleIndex", "kind", "level", "message", "locations",
                               "partialFingerprints", "properties"}
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert (result["kind"], result["level"]) == ("fail", "error") and result["message"]["text"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9\-._~/%:]+", uri) and urllib.parse.urlparse(uri)
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert all(isinstance(v, str) for v in result["partialFingerprints"].values())
    prints = [r["partialFingerprints"]["primaryLocationLineHash"] for r in run["results"]]
    assert len(set(prints)) == len(prints)
    wanted = [rule["verdict"] for rule in report["rules"] if rule["verdict"] != "pass"]
    assert [r["properties"]["verdict"] for r in run["results"]] == wanted
    assert run["properties"]["gate"]["verdict"] == verdict


def check_markdown(report):
    text = read(".md")
    assert re.search(rf"^### Gate .*: {verdict}$", text, re.M), text
    found = re.findall(r"^\| (?:\*\*)?(pass|fail|undecidable)(?:\*\*)? \|", text, re.M)
    assert sorted(found) == sorted(rule["verdict"] for rule in report["rules"])
    assert "<img" not in text and "](http" not in text.replace("\\]", "")


if not verdict:
    read("")
    sys.exit()
report = check_json()
check_junit(report)
check_sarif(report)
check_markdown(report)
