//! `extension validate --format`: documents for other programs.

use serde_json::{Value, json};

use crate::support::{Shell, texts};

/// A shell with two extensions that are wrong, and one that is not, in a directory whose name is hard to write down.
fn shell() -> Shell {
    let shell = Shell::new();
    let directory = "a b/100% & <ü>";
    shell.extension(&format!("{directory}/one"), "taskserv", "1.0.0");
    shell.extension(&format!("{directory}/two"), "template", "1.0.0");
    shell.file(
        &format!("{directory}/three/metadata.toml"),
        "[extension]\nname = \"Three\"\ntype = \"template\"\nversion = \"1\"\n",
    );
    shell
}

const PATHS: &str = "ls 'a b/100% & <ü>' | sort-by name | extension validate --rule structure";

#[test]
fn several_paths_give_one_text() {
    let shell = shell();
    for format in ["sarif", "junit", "github"] {
        let code = format!("{PATHS} --format {format}");
        assert_eq!(
            shell.ok(&format!("{code} | describe")),
            "string",
            "{format}"
        );
    }
    let shown = shell.ok(&format!("{PATHS} --format github"));
    assert!(
        shown.starts_with("::error file=a b/100%25 & <ü>/one/nulib/mod.nu,title="),
        "{shown}"
    );
}

#[test]
fn sarif_leads_from_the_base_to_the_files() {
    let shell = shell();
    let run = shell.value(&format!("{PATHS} --format sarif | from json | get runs.0"));
    let base = run["originalUriBaseIds"]["BASE"]["uri"].as_str().unwrap();
    assert_eq!(base, "file://[HOME]/");
    let uris: std::collections::BTreeSet<&str> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert!(
        uris.contains("a%20b/100%25%20%26%20%3C%C3%BC%3E/three/metadata.toml"),
        "{uris:?}"
    );
    // From another directory, the same files are told by where they are.
    let elsewhere = shell.value(
        "let paths = (glob 'a b/*/three'); mkdir x; cd x; extension validate ...$paths --rule structure --format sarif | from json | get runs.0.results.0.locations.0.physicalLocation.artifactLocation",
    );
    assert_eq!(
        elsewhere,
        json!({"uri": "file://[HOME]/a%20b/100%25%20%26%20%3C%C3%BC%3E/three/metadata.toml"})
    );
}

#[test]
fn junit_is_xml_with_a_suite_for_each_extension_and_a_case_for_each_rule() {
    let shell = shell();
    let xml = shell.value(&format!(
        "{PATHS} --format junit | from xml | select attributes content"
    ));
    assert_eq!(xml["attributes"]["tests"], "3");
    assert_eq!(xml["attributes"]["failures"], "2");
    let suites = xml["content"].as_array().unwrap();
    let names: Vec<&Value> = suites
        .iter()
        .map(|suite| &suite["attributes"]["name"])
        .collect();
    // The metadata of one of them do not tell what it is.
    assert_eq!(names, ["taskserv.one", "Three", "template.two"]);
    let case = suites[0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["tag"] == "testcase")
        .unwrap();
    assert_eq!(case["attributes"]["name"], "structure");
    let failure = &case["content"][0];
    assert_eq!(failure["tag"], "failure");
    assert_eq!(failure["attributes"]["type"], "structure::missing");
    let text = failure["content"][0]["content"].as_str().unwrap();
    assert!(text.contains("a b/100% & <ü>/one/nulib/mod.nu"), "{text}");
}

#[test]
fn with_strict_the_text_is_written_before_the_error_is_raised() {
    let shell = shell();
    shell.file("report.sarif", "old");
    let error = shell.fails(&format!(
        "{PATHS} --format sarif --strict --output report.sarif | ignore"
    ));
    assert!(error.contains("validation::failed"), "{error}");
    assert!(error.contains("2 extensions are invalid"), "{error}");
    let saved =
        shell.value("open --raw report.sarif | from json | get runs.0.results.ruleId | uniq");
    assert!(texts(&saved).contains(&"structure::missing"), "{saved}");
    // One that is right has nothing to raise, and the text is returned as well.
    let two = "extension validate 'a b/100% & <ü>/two' --strict --format junit --output two.xml";
    let shown = shell.ok(two);
    assert!(shown.ends_with("</testsuites>"), "{shown}");
    assert_eq!(shell.ok("open --raw two.xml"), shown);
    // Nothing else is left behind.
    assert_eq!(
        shell.value("ls | where type == file | get name"),
        json!(["report.sarif", "two.xml"])
    );
}

#[test]
fn flags_of_formats_that_do_not_go_together_are_refused() {
    let shell = shell();
    insta::assert_snapshot!(
        [
            "extension validate . --format sarif --strict",
            "extension validate . --output report.txt",
            "extension validate 'a b/100% & <ü>/two' --format github --output /dev/null",
            "extension validate 'a b/100% & <ü>/two' --format github --output nowhere/report.txt",
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn a_format_that_is_mistyped_gets_a_suggestion() {
    let shell = shell();
    insta::assert_snapshot!(
        ["sarf", "html"]
            .map(|format| shell.fails(&format!("extension validate . --format {format}")))
            .join("\n\n")
    );
}
