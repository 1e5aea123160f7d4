//! Deployments and their components, named in calls, and completed there.

use nu_plugin::{DynamicCompletionCall, EngineInterface};
use nu_protocol::ast::Expr;
use nu_protocol::engine::ArgType;
use nu_protocol::{DynamicSuggestion, Span};
use provisioning::diagnostic::safe_text;
use provisioning::lifecycle;

use crate::shell::Settings;

/// Completes the first argument with the deployments that there are, and the second one with the components of that deployment.
pub(super) fn complete(
    engine: &EngineInterface,
    call: &DynamicCompletionCall,
    argument: &ArgType<'_>,
) -> Option<Vec<DynamicSuggestion>> {
    let settings = Settings::new(engine, Span::unknown());
    let data_dir = settings.data_dir().ok()?.value;
    let offered = |value: &str, description: String| DynamicSuggestion {
        value: safe_text(value).into_owned(),
        description: Some(description),
        ..DynamicSuggestion::default()
    };
    match argument {
        ArgType::Positional(0) => {
            let names = lifecycle::names(&data_dir).ok()?;
            let all = names.iter().filter_map(|name| {
                let state = lifecycle::state(&data_dir, name).ok()?;
                let count = state.components.len();
                Some(offered(name, format!("{count} components")))
            });
            Some(all.collect())
        }
        ArgType::Positional(1) => {
            let (Expr::String(name) | Expr::RawString(name)) =
                &call.call.positional_iter().next()?.expr
            else {
                return None;
            };
            let state = lifecycle::state(&data_dir, name).ok()?;
            let all = state
                .components
                .iter()
                .map(|one| offered(&one.component.name, one.component.kind.as_str().to_owned()));
            Some(all.collect())
        }
        _ => None,
    }
}

/// The completion of a command whose first argument is a deployment: the trait asks for it in each command.
macro_rules! completes_deployments {
    () => {
        #[expect(
            deprecated,
            reason = "the marker says that this may change with Nushell, which is pinned"
        )]
        fn get_dynamic_completion(
            &self,
            _plugin: &Provisioning,
            engine: &EngineInterface,
            call: nu_plugin::DynamicCompletionCall,
            arg_type: nu_protocol::engine::ArgType<'_>,
            _experimental: nu_protocol::engine::ExperimentalMarker,
        ) -> Option<Vec<nu_protocol::DynamicSuggestion>> {
            super::named::complete(engine, &call, &arg_type)
        }
    };
}
pub(super) use completes_deployments;
