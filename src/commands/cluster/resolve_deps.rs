use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, PipelineMetadata, Signature, Span,
    Type, Value, record,
};
use provisioning::graph::{Placement, resolve, reversed, sort};

use super::given::{self, Given};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster resolve-deps`
pub(super) struct ResolveDeps;

impl PluginCommand for ResolveDeps {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster resolve-deps"
    }

    fn signature(&self) -> Signature {
        let output = || Type::one_of([Type::table(), Type::list(Type::table())]);
        given::flags(Signature::of(self.name()))
            .switch(
                "reverse",
                "The order of removal: what needs others goes before them.",
                Some('r'),
            )
            .switch("waves", "A list with one table for each wave.", None)
            .input_output_types(vec![
                (Type::Nothing, output()),
                (Type::table(), output()),
                (Type::List(Box::new(Type::Any)), output()),
                (Type::record(), output()),
                (Type::Any, output()),
            ])
    }

    fn description(&self) -> &str {
        "Order the components of a cluster by their dependencies."
    }

    fn extra_description(&self) -> &str {
        "Rows come back unchanged, in the order of deployment, with the columns `wave` (components of one wave do not \
         depend on each other) and `order`, which take the place of columns of that name. Within a wave the order is that \
         of declaration. A component has a `name` and may have `dependencies` (names, or records {name, version} with what \
         is asked of the other's version) and `enabled`; disabled ones are left out. Unknown names, circles, duplicates, \
         disabled dependencies and versions that do not fit are all reported at once. A version `latest` fits whatever is \
         asked of it; no version, or one that cannot be compared, fits nothing.\n\n\
         --reverse gives exactly the opposite order, with waves counted from the first to go. --check-extensions looks for \
         the taskserv of each component of that type among what is registered and what `extension discover` finds; the \
         component's `version` is one version, a range such as `1.7` or `>=1.6`, or `latest`; one that fits has to work with \
         this platform. --with-extensions does that \
         too, and puts the taskservs that those need, and no component is called, before them, each in the highest version \
         that fits; a column `implied` tells them apart. Dependencies of taskservs on each other count for the order then."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "topological",
            "sort",
            "order",
            "dependencies",
            "waves",
            "components",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let row = |name: &str, dependencies: &[&str], wave: i64, order: i64| {
            Value::test_record(record! {
                "name" => Value::test_string(name),
                "dependencies" => Value::test_list(dependencies.iter().copied().map(Value::test_string).collect()),
                "wave" => Value::test_int(wave),
                "order" => Value::test_int(order),
            })
        };
        vec![
            Example {
                description: "Order a list of components",
                example: "[{name: app, dependencies: [db]}, {name: db, dependencies: []}] | cluster resolve-deps",
                result: Some(Value::test_list(vec![
                    row("db", &[], 0, 0),
                    row("app", &["db"], 1, 1),
                ])),
            },
            Example {
                description: "Order the components of a Nickel file",
                example: "cluster resolve-deps extensions/clusters/buildkit/schemas/cluster.ncl | select name wave",
                result: Some(Value::test_list(
                    [("containerd", 0), ("registry", 0), ("buildkit", 1)]
                        .into_iter()
                        .map(|(name, wave)| {
                            Value::test_record(record! {
                                "name" => Value::test_string(name),
                                "wave" => Value::test_int(wave),
                            })
                        })
                        .collect(),
                )),
            },
            Example {
                description: "What is removed first",
                example: "cluster resolve-deps extensions/clusters/buildkit/schemas/cluster.ncl --reverse | get name",
                result: Some(Value::test_list(
                    ["buildkit", "registry", "containerd"]
                        .into_iter()
                        .map(Value::test_string)
                        .collect(),
                )),
            },
            Example {
                description: "What can be deployed at the same time",
                example: "[{name: app, dependencies: [db cache]}, {name: db}, {name: cache}] | cluster resolve-deps --waves | each { get name }",
                result: Some(Value::test_list(vec![
                    Value::test_list(vec![Value::test_string("db"), Value::test_string("cache")]),
                    Value::test_list(vec![Value::test_string("app")]),
                ])),
            },
            Example {
                description: "What is deployed besides, because a taskserv needs it",
                example: "[{name: buildkit, type: taskserv}] | cluster resolve-deps --with-extensions | select name implied",
                result: Some(Value::test_list(
                    [("containerd", true), ("buildkit", false)]
                        .into_iter()
                        .map(|(name, implied)| {
                            Value::test_record(record! {
                                "name" => Value::test_string(name),
                                "implied" => Value::test_bool(implied),
                            })
                        })
                        .collect(),
                )),
            },
            Example {
                description: "From the pipeline",
                example: "open extensions/clusters/buildkit/schemas/cluster.ncl | cluster resolve-deps --field buildkit_cluster | get name",
                result: Some(Value::test_list(
                    ["containerd", "registry", "buildkit"]
                        .into_iter()
                        .map(Value::test_string)
                        .collect(),
                )),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let given = Given::read(&context, input, self.name())?;
        let ordered = match resolve(&given.components, given.all) {
            Ok(placed) if given.faults.is_empty() => placed,
            result => {
                let mut found = given.faults.clone();
                found.extend(result.err().unwrap_or_default());
                sort(&mut found);
                return Err(given.error(&found));
            }
        };
        let ordered = if call.has_flag("reverse")? {
            reversed(ordered)
        } else {
            ordered
        };
        let (count, is_completed) = (given.given, given.is_completed);
        let mut rows: Vec<Option<Value>> = given.rows.into_iter().map(Some).collect();
        let ordered = ordered.into_iter().filter_map(|placement| {
            let row = rows.get_mut(placement.row)?.take()?;
            let implied = is_completed.then_some(placement.row >= count);
            Some((
                placement.wave,
                with_place(row, placement, implied, call.head),
            ))
        });
        if call.has_flag("waves")? {
            let mut waves: Vec<Vec<Value>> = Vec::new();
            for (wave, row) in ordered {
                if waves.len() <= wave {
                    waves.push(Vec::new());
                }
                if let Some(rows) = waves.last_mut() {
                    rows.push(row);
                }
            }
            let waves = waves
                .into_iter()
                .map(|rows| Value::list(rows, call.head))
                .collect();
            return Ok(Value::list(waves, call.head).into_pipeline_data());
        }
        let metadata = PipelineMetadata::default().with_table_width_priority_columns(
            call.head,
            ["name", "wave", "order", "type", "version"],
        );
        let rows = ordered.map(|(_, row)| row).collect();
        Ok(PipelineData::value(Value::list(rows, call.head), metadata))
    }
}

/// Returns a row with its place, and whether it was added.
fn with_place(row: Value, placement: Placement, implied: Option<bool>, head: Span) -> Value {
    let span = row.span();
    let Value::Record { val, .. } = row else {
        return row;
    };
    let mut record = val.into_owned();
    if let Some(implied) = implied {
        record.insert("implied", Value::bool(implied, head));
    }
    for (key, number) in [("wave", placement.wave), ("order", placement.order)] {
        record.insert(
            key,
            Value::int(i64::try_from(number).unwrap_or(i64::MAX), head),
        );
    }
    Value::record(record, span)
}
