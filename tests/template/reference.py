"""Renders the cases of cases.json with Python's Jinja2, as Ansible sets it up for whitespace at the end and for variables
that are not defined, and writes what comes out beside each as `jinja2`. Needs `pip install jinja2`:

    python3 tests/template/reference.py
"""

import json
import pathlib

import jinja2

path = pathlib.Path(__file__).with_name("cases.json")
cases = json.loads(path.read_text())
for case in cases:
    templates = {"a.j2": case["template"], **case.get("others", {})}
    engine = jinja2.Environment(
        loader=jinja2.DictLoader(templates),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    case.pop("error", None)
    try:
        case["jinja2"] = engine.get_template("a.j2").render(case.get("data", {}))
    except Exception as error:
        case["jinja2"] = None
        case["error"] = type(error).__name__
lines = [json.dumps(case, ensure_ascii=False) for case in cases]
path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
print(f"{len(cases)} cases with Jinja2 {jinja2.__version__}")
