//! Deployments in the real shell, of components that are files and do what a test tells them to.

mod commands;
mod ended;
mod failures;
pub(crate) mod lab;
mod refused;
mod secrets;
mod waiting;
