//! The Nushell plugin: serves the commands, nothing else.

mod commands;
mod shell;

use nu_plugin::{MsgPackSerializer, serve_plugin};

/// Evaluating Nickel and passing tables allocate a great many small values.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // A panic is contained and reported as an error of its call; the default message would go to the user's terminal
    // as well, in the middle of whatever is shown there.
    std::panic::set_hook(Box::new(|_| {}));
    serve_plugin(&shell::Provisioning::default(), MsgPackSerializer {});
}
