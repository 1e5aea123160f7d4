//! The Nushell plugin: serves the commands or, started as a worker, does its job; nothing else.

mod commands;
mod shell;

use std::time::Duration;

use nu_plugin::{MsgPackSerializer, serve_plugin};
use provisioning::{nickel, nushell, template, worker};

/// How long calls may go on after the shell has gone, to write what they have begun to write.
const LAST_WORDS: Duration = Duration::from_millis(500);

fn main() {
    if worker::serve(&[
        (nickel::JOB, nickel::handler),
        (nushell::JOB, nushell::handler),
        (template::JOB, template::handler),
    ]) {
        return;
    }
    // Without a shell there is nobody to work for. Calls that are going on would keep this process for as long as they take.
    worker::end_with_the_caller(LAST_WORDS);
    // A panic is contained and reported as an error of its call; the default message would go to the user's terminal
    // as well, in the middle of whatever is shown there.
    std::panic::set_hook(Box::new(|_| {}));
    let plugin = shell::Provisioning::default();
    serve_plugin(&plugin, MsgPackSerializer {});
    plugin.end();
}
