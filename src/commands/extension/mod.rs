//! `extension`: what is registered, what can be found, what it says, whether it is right.

mod asked;
mod build;
mod cache;
mod cache_clear;
mod call;
mod call_errors;
mod call_record;
mod contract;
mod discover;
mod docs;
mod document;
mod explain;
mod fix;
mod graph;
mod info;
mod install;
mod is_loaded;
mod keygen;
mod list;
mod load;
mod loaded;
mod loaded_names;
mod lock;
mod needs;
mod new;
mod outdated;
mod packages;
mod publish;
mod register;
mod reload;
mod remotes;
mod report;
mod resolve;
mod search;
mod test;
mod tree;
mod uninstall;
mod unload;
mod unregister;
mod update;
mod validate;
mod verify;
mod watch;
mod why;
mod yank;

pub(super) use build::Build;
pub(super) use new::New;
pub(super) use publish::Publish;
pub(super) use validate::Validate;
pub(super) use verify::Verify;

pub(super) use test::Test;

use super::Command;
use super::parent::Parent;

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "extension",
            description: "Register, find, inspect and validate extensions.",
            search_terms: &["provider", "taskserv", "cluster", "registry"],
        }),
        Box::new(new::New),
        Box::new(register::Register),
        Box::new(unregister::Unregister),
        Box::new(list::List),
        Box::new(info::Info),
        Box::new(discover::Discover),
        Box::new(validate::Validate),
        Box::new(Test {
            name: "extension test",
        }),
        Box::new(call::Call),
        Box::new(contract::Show),
        Box::new(docs::Docs),
        Box::new(explain::Explain),
        Box::new(resolve::Resolve),
        Box::new(why::Why),
        Box::new(tree::Show),
        Box::new(graph::Graph),
        Box::new(lock::Write),
        Box::new(outdated::Show),
        Box::new(update::Update),
        Box::new(build::Build),
        Box::new(verify::Verify),
        Box::new(keygen::Keygen),
        Box::new(search::Search),
        Box::new(install::Install),
        Box::new(uninstall::Uninstall),
        Box::new(publish::Publish),
        Box::new(yank::Yank),
        Box::new(yank::Unyank),
        Box::new(load::Load),
        Box::new(loaded::Loaded),
        Box::new(is_loaded::IsLoaded),
        Box::new(reload::Reload),
        Box::new(unload::Unload),
        Box::new(watch::Watch),
        Box::new(cache::Cache),
        Box::new(cache_clear::Clear),
    ]
}
