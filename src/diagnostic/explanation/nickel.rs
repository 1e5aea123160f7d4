//! `nickel::`: what is wrong with a Nickel file, or with data under its contracts.

use super::example::file;
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files, Nickel};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::NickelParse,
        "The text is not Nickel. Fields are `name = value` with commas in between, lists stand in brackets, functions are \
         `fun x => ...`.",
        Nickel("{ port = 80 host = \"a\" }\n"),
        Nickel("{ port = 80, host = \"a\" }\n"),
    ),
    shown(
        Code::NickelType,
        "A value is used as something that it is not: a text as a number, a number as a function. Values with a type \
         annotation are checked without being evaluated, others when they are.",
        Nickel("{ port = 80 + \"1\" }\n"),
        Nickel("{ port = 80 + 1 }\n"),
    ),
    shown(
        Code::NickelContract,
        "A contract (`| Type`) says what a value has to be. The finding tells where the contract stands and what was found \
         instead.",
        Nickel("{ port | Number = \"80\" }\n"),
        Nickel("{ port | Number = 80 }\n"),
    ),
    shown(
        Code::NickelImport,
        "Imports are looked for beside the file and in the configured import paths, and only below the extension, or the \
         directory of a file that belongs to none. The file is not there, or lies outside.",
        Nickel("(import \"ports.ncl\") & { host = \"a\" }\n"),
        Files(
            &[
                file("example.ncl", "(import \"ports.ncl\") & { host = \"a\" }\n"),
                file("ports.ncl", "{ port = 80 }\n"),
            ],
            "nickel eval example.ncl",
        ),
    ),
    shown(
        Code::NickelMissingDefinition,
        "The field has a contract and no value, and the value is asked for. Give it one, a `default`, or make it `optional`.",
        Nickel("{ port | Number }\n"),
        Nickel("{ port | Number | default = 80 }\n"),
    ),
    shown(
        Code::NickelMissingField,
        "The record has no field of that name; mostly it is mistyped.",
        Nickel("let server = { port = 80 } in server.prot\n"),
        Nickel("let server = { port = 80 } in server.port\n"),
    ),
    shown(
        Code::NickelMerge,
        "Merging (`&`) combines fields, and nothing says which of two values should win. Mark one of them as `default`, or \
         the other as `force`.",
        Nickel("{ port = 80 } & { port = 8080 }\n"),
        Nickel("{ port | default = 80 } & { port = 8080 }\n"),
    ),
    shown(
        Code::NickelUnbound,
        "The name is neither a variable nor a field of a record around it; mostly it is mistyped.",
        Nickel("let port = 80 in { server = prot }\n"),
        Nickel("let port = 80 in { server = port }\n"),
    ),
    shown(
        Code::NickelRecursion,
        "To know the value one has to know it already. Fields of a record see each other, also under the same name.",
        Nickel("{ port = port + 1 }\n"),
        Nickel("{ port = base + 1, base = 80 }\n"),
    ),
    shown(
        Code::NickelExport,
        "Functions, contracts and enum variants with an argument are no data: there is nothing that Nushell could hold for \
         them. Mark such fields as `not_exported`.",
        Nickel("{ next = fun x => x + 1 }\n"),
        Nickel("{ next | not_exported = fun x => x + 1, port = (next 79) }\n"),
    ),
    shown(
        Code::NickelEval,
        "The evaluation failed for a reason that has no code of its own, such as a division by zero or the first element of \
         an empty list.",
        Nickel("{ half = 1 / 0 }\n"),
        Nickel("{ half = 1 / 2 }\n"),
    ),
    shown(
        Code::NickelLimit,
        "Time, memory, depth and the size of files are limited, so that no file can hold up or take down the program that \
         looks at it. Look for a function that calls itself without an end; `--timeout` and `--max-memory` allow more.",
        Files(
            &[file(
                "example.ncl",
                "let rec count = fun n => count (n + 1) in count 0\n",
            )],
            "nickel eval example.ncl --timeout 500ms",
        ),
        Files(
            &[file(
                "example.ncl",
                "let rec count = fun n => if n == 10 then n else count (n + 1) in count 0\n",
            )],
            "nickel eval example.ncl --timeout 30sec",
        ),
    ),
    shown(
        Code::NickelIo,
        "The file that was named cannot be read: it is not there, it is a directory, or it belongs to somebody else.",
        Command("nickel eval nowhere.ncl"),
        Nickel("{ port = 80 }\n"),
    ),
    not_shown(
        Code::NickelInternal,
        "The evaluator itself has failed on this input, and was stopped. The file may be right; please report it.",
        "an input that does this would be a fault to be mended",
    ),
];
