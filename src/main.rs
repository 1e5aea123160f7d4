//! The Nushell plugin: serves the commands or, started as a worker, does its job; nothing else.

mod commands;
mod shell;

use nu_plugin::{MsgPackSerializer, serve_plugin};
use provisioning::{nickel, nushell, worker};

fn main() {
    if worker::serve(&[
        (nickel::JOB, nickel::handler),
        (nushell::JOB, nushell::handler),
    ]) {
        return;
    }
    // A panic is contained and reported as an error of its call; the default message would go to the user's terminal
    // as well, in the middle of whatever is shown there.
    std::panic::set_hook(Box::new(|_| {}));
    serve_plugin(&shell::Provisioning::default(), MsgPackSerializer {});
}
