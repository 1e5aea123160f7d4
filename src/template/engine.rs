//! The engine: what templates can do.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::parse::syntax;
use super::{filters, jinja};

/// Most instructions of one rendering: a loop over a million rows with a dozen fields each.
const FUEL: u64 = 20_000_000;
/// Deepest nesting of calls, loops and includes.
const DEPTH: usize = 200;

/// Returns an engine that knows no templates yet.
pub(super) fn engine() -> Environment<'static> {
    let mut engine = Environment::new();
    minijinja_contrib::add_to_environment(&mut engine);
    filters::add(&mut engine);
    jinja::add(&mut engine);
    engine.set_syntax(syntax());
    // What cannot be told from a mistake is one, as for Ansible.
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    // Configuration is no web page: nothing is escaped unless it is asked for.
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_unknown_method_callback(jinja::method);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(DEPTH);
    engine.set_debug(true);
    // It would show all data.
    engine.remove_global("debug");
    engine
}
