//! Nickel files in a shell.

use serde_json::json;

use crate::support::Shell;

#[test]
fn open_and_eval_give_native_values() {
    let shell = Shell::new();
    shell.file(
        "a.ncl",
        "{ int = 1 + 2, float = 0.5, text = \"x\", tag = 'Fast, none = null, list = [1, { k = true }], hidden | not_exported = 1 }",
    );
    let expected = json!({"int": 3, "float": 0.5, "text": "x", "tag": "Fast", "none": null, "list": [1, {"k": true}]});
    assert_eq!(shell.value("open a.ncl"), expected);
    assert_eq!(shell.value("nickel eval a.ncl"), expected);
    assert_eq!(
        shell.value("nickel eval a.ncl --field list"),
        json!([1, {"k": true}])
    );
    assert_eq!(
        shell.ok("open a.ncl | values | each { describe } | str join ' '"),
        "int float string string nothing list<oneof<int, record<k: bool>>>"
    );
}

#[test]
fn imports_start_in_the_directory_of_the_file() {
    let shell = Shell::new();
    shell.file("deep/lib.ncl", "{ base = 41 }");
    shell.file(
        "deep/main.ncl",
        "let lib = import \"lib.ncl\" in { answer = lib.base + 1 }",
    );
    for code in [
        "open deep/main.ncl",
        "nickel eval deep/main.ncl",
        "cd deep; open main.ncl",
        "cd deep; open --raw main.ncl | from ncl",
    ] {
        assert_eq!(shell.value(code), json!({"answer": 42}), "{code}");
    }
    assert_eq!(
        shell.value("'import \"deep/lib.ncl\"' | from ncl"),
        json!({"base": 41})
    );
}

#[test]
fn faults_show_file_line_column_and_excerpt() {
    let shell = Shell::new();
    shell.file("one.ncl", "{\n  port | Number = \"80\",\n}\n");
    shell.file(
        "many.ncl",
        "{\n  port | Number = \"80\",\n  name | String,\n  f = fun x => x,\n}\n",
    );
    shell.file("syntax.ncl", "{ a = }\n");
    shell.file("import.ncl", "import \"nowhere.ncl\"\n");
    insta::assert_snapshot!(
        [
            "nickel eval one.ncl",
            "open one.ncl",
            "nickel eval many.ncl",
            "nickel eval syntax.ncl",
            "nickel eval import.ncl",
            "nickel eval nowhere.ncl",
            "nickel eval one.ncl --field port.x",
            "nickel eval one.ncl --field 'a..b'"
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn a_deep_or_endless_file_is_an_error_and_the_next_command_works() {
    let shell = Shell::new();
    shell.file(
        "deep.ncl",
        format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000)),
    );
    shell.file("endless.ncl", "let rec f = fun x => f (x + 1) in f 1");
    shell.file("data.ncl", "let rec x = { y = x } in x");
    shell.file("good.ncl", "1");
    let result = shell.value(
        "$env.config.plugins.provisioning = {nickel: {timeout: 300ms}}
         [deep endless data] | each {|name| try { nickel eval $'($name).ncl'; 'fine' } catch {|error| $error.details.code } } | append (nickel eval good.ncl)",
    );
    assert_eq!(
        result,
        json!(["nickel::limit", "nickel::limit", "nickel::limit", 1])
    );
}

#[test]
fn a_type_without_an_end_is_an_error_and_the_plugin_lives() {
    let shell = Shell::new();
    shell.file("f.ncl", "(fun f => f f) : _");
    shell.file("r.ncl", "{ f : _ = fun r => [r, [r]] }");
    shell.file(
        "fine.ncl",
        "let f : Number -> Number = fun x => x + 1 in { a = f 1 }",
    );
    shell.file(
        "wrong.ncl",
        "let f : Number -> Number = fun x => x ++ \"a\" in f 1",
    );
    shell.extension("app", "taskserv", "1.0.0");
    shell.file(
        "app/schemas/version.ncl",
        "{ taskserv_version = (fun f => f f) : _ }",
    );
    let result = shell.value(
        "provisioning version | ignore
         let before = (plugin list | get 0.pid)
         [f r wrong] | each {|name| try { nickel eval $'($name).ncl'; 'fine' } catch {|error| $error.details.code } }
         | append (try { open f.ncl } catch { 'caught' })
         | append (extension register app | get warnings.code)
         | append (nickel eval fine.ncl | get a)
         | append ((plugin list | get 0.pid) == $before)",
    );
    assert_eq!(
        result,
        json!([
            "nickel::limit",
            "nickel::limit",
            "nickel::type",
            "caught",
            "nickel::limit",
            2,
            true
        ])
    );
    insta::assert_snapshot!(shell.fails("nickel eval r.ncl"));
}
