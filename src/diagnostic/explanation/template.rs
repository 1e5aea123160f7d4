//! `template::`: what is wrong with a template, or with the data for it.

use super::example::file;
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::TemplateSyntax,
        "The text is not a template in Jinja's language. Values stand in `{{ ... }}`, statements in `{% ... %}`, comments in \
         `{# ... #}`; what looks like them and is text stands between `{% raw %}` and `{% endraw %}`.",
        Files(
            &[file("app/templates/config.j2", "port = {{ port port }}\n")],
            "extension validate app",
        ),
        Files(
            &[file("app/templates/config.j2", "port = {{ port }}\n")],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateUnclosed,
        "Statements such as `for`, `if`, `block` and `macro` go on until their end, which is named after them: `{% endfor %}`. \
         One of them has no end, or an end has no beginning.",
        Files(
            &[file(
                "app/templates/config.j2",
                "{% if tls %}\nport = 443\n",
            )],
            "extension validate app",
        ),
        Files(
            &[file(
                "app/templates/config.j2",
                "{% if tls %}\nport = 443\n{% endif %}\n",
            )],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateUnknownFilter,
        "What stands behind `|` is a filter, and there is none of that name. There are: abs, attr, b64decode, b64encode, basename, batch, bool, capitalize, center, chain, count, d, default, dictsort, dirname, e, escape, filesizeformat, first, float, format, groupby, indent, int, items, join, last, length, lines, list, lower, map, max, min, pluralize, pprint, quote, reject, rejectattr, replace, reverse, round, safe, select, selectattr, slice, sort, split, string, striptags, sum, ternary, title, to_json, to_nice_json, to_yaml, tojson, trim, truncate, unique, upper, urlencode, wordcount, zip.",
        Files(
            &[file(
                "app/templates/config.j2",
                "name = {{ name | upcase }}\n",
            )],
            "extension validate app",
        ),
        Files(
            &[file(
                "app/templates/config.j2",
                "name = {{ name | upper }}\n",
            )],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateUnknownTest,
        "What stands behind `is` is a test, and there is none of that name. There are: boolean, defined, divisibleby, endingwith, eq, equalto, escaped, even, false, filter, float, ge, greaterthan, gt, in, int, integer, iterable, le, lessthan, lower, lt, mapping, ne, none, number, odd, safe, sameas, sequence, startingwith, string, test, true, undefined, upper.",
        Files(
            &[file(
                "app/templates/config.j2",
                "{% if port is define %}port = {{ port }}{% endif %}\n",
            )],
            "extension validate app",
        ),
        Files(
            &[file(
                "app/templates/config.j2",
                "{% if port is defined %}port = {{ port }}{% endif %}\n",
            )],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateUnknownFunction,
        "A function, a macro or a method is called that is not there. Templates see nothing but their data: whatever has to be \
         looked up is looked up before, and given as data. Functions: cycler, dict, joiner, namespace, range. Methods: capitalize, center, count, endswith, find, format, get, isalnum, isalpha, isascii, isdigit, islower, isnumeric, isupper, items, join, keys, ljust, lower, lstrip, replace, rfind, rjust, rstrip, split, splitlines, startswith, strip, title, upper, values, zfill.",
        Files(
            &[file(
                "app/templates/config.j2",
                "home = {{ lookup('env', 'HOME') }}\n",
            )],
            "extension validate app",
        ),
        Files(
            &[file("app/templates/config.j2", "home = {{ home }}\n")],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateMissing,
        "`include`, `import` and `extends` name a template by its path below the extension's `templates/`, and there is none.",
        Files(
            &[file(
                "app/templates/config.j2",
                "{% include \"head.j2\" %}\nport = 80\n",
            )],
            "extension validate app",
        ),
        Files(
            &[
                file(
                    "app/templates/config.j2",
                    "{% include \"head.j2\" %}\nport = 80\n",
                ),
                file("app/templates/head.j2", "# made by app\n"),
            ],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateOutside,
        "Templates use others of their own directory only: no absolute names, no `..`, and no links that lead out.",
        Files(
            &[file(
                "app/templates/config.j2",
                "{% include \"../README.md\" %}\n",
            )],
            "extension validate app",
        ),
        Files(
            &[
                file(
                    "app/templates/config.j2",
                    "{% include \"parts/head.j2\" %}\n",
                ),
                file("app/templates/parts/head.j2", "# made by app\n"),
            ],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateCircle,
        "A template uses itself, or one that uses it, and nothing on the way can end it.",
        Files(
            &[
                file("app/templates/a.j2", "{% include \"b.j2\" %}\n"),
                file("app/templates/b.j2", "{% include \"a.j2\" %}\n"),
            ],
            "extension validate app",
        ),
        Files(
            &[
                file("app/templates/a.j2", "{% include \"b.j2\" %}\n"),
                file(
                    "app/templates/b.j2",
                    "{% if more %}{% include \"a.j2\" %}{% endif %}\n",
                ),
            ],
            "extension validate app",
        ),
    ),
    shown(
        Code::TemplateUnreadable,
        "The file is there and is no template: it is not UTF-8 text, larger than 1 MiB, no regular file, or may not be read.",
        Command("template render app"),
        Files(
            &[file("app/templates/config.j2", "port = {{ port }}\n")],
            "template render app/templates/config.j2 --data {port: 80}",
        ),
    ),
    shown(
        Code::TemplateLimit,
        "Rendering has limits, so that no template keeps a shell waiting or takes its memory: 10 seconds, 20 million steps, \
         512 MiB of memory, 32 MiB of output, 200 calls and includes inside of each other, 1,000 templates. A tag may have \
         4,000 words and signs.",
        Files(
            &[file(
                "example.j2",
                "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}\n",
            )],
            "template render example.j2",
        ),
        Files(
            &[file(
                "example.j2",
                "{% macro once() %}x{% endmacro %}{{ once() }}\n",
            )],
            "template render example.j2",
        ),
    ),
    shown(
        Code::TemplateUndefined,
        "The template uses a variable that is not in the data. Give it a value, or say in the template what holds without one: \
         `{{ port | default(80) }}`, `{% if port is defined %}`.",
        Files(
            &[file("example.j2", "port = {{ port }}\n")],
            "template render example.j2 --data {prot: 80}",
        ),
        Files(
            &[file("example.j2", "port = {{ port }}\n")],
            "template render example.j2 --data {port: 80}",
        ),
    ),
    shown(
        Code::TemplateUnused,
        "With `--strict`, data that no template uses are an error: mostly a name is mistyped, and its default was taken.",
        Files(
            &[file("example.j2", "port = {{ port | default(80) }}\n")],
            "template render example.j2 --data {prot: 8080} --strict",
        ),
        Files(
            &[file("example.j2", "port = {{ port | default(80) }}\n")],
            "template render example.j2 --data {port: 8080} --strict",
        ),
    ),
    shown(
        Code::TemplateFailed,
        "The template does something with the data that cannot be done, such as adding a number to a text.",
        Files(
            &[file("example.j2", "port = {{ port + 1 }}\n")],
            "template render example.j2 --data {port: \"80\"}",
        ),
        Files(
            &[file("example.j2", "port = {{ (port | int) + 1 }}\n")],
            "template render example.j2 --data {port: \"80\"}",
        ),
    ),
    shown(
        Code::TemplateWrite,
        "The file that was to hold the result cannot be written; what was there before stays as it was.",
        Files(
            &[file("example.j2", "port = 80\n")],
            "template render example.j2 --output nowhere/app.conf",
        ),
        Files(
            &[file("example.j2", "port = 80\n")],
            "template render example.j2 --output app.conf",
        ),
    ),
    not_shown(
        Code::TemplateInternal,
        "The template engine has failed in a way that it should not. The plugin goes on working.",
        "it takes a fault of the program",
    ),
];
