//! Everything of Nushell's plugin API that is not a command: the plugin itself, its settings, paths, values, errors,
//! completion.

mod arguments;
mod author;
mod context;
mod data;
mod error;
mod fields;
mod guard;
mod loading;
mod nickel;
mod offers;
mod plugin;
mod progress;
mod registered;
mod runner;
mod settings;
mod stop;
mod subject;
mod surroundings;
mod updates;
mod validator;
mod value;
mod violations;

pub(crate) use arguments::SignatureExt;
pub(crate) use author::this_year;
pub(crate) use context::{Context, LINKED_NUSHELL};
pub(crate) use data::{span_at, to_data, to_text_data};
pub(crate) use error::{invalid, labeled, labeled_all, real_span};
pub(crate) use fields::complete_field_flag;
pub(crate) use guard::{Guarded, fault_injection, panic_error};
pub(crate) use loading::{
    extension_columns, extension_value, loaded_columns, loaded_key_value, loaded_value,
};
pub(crate) use nickel::{Nickel, NickelFlags, piped_program};
pub(crate) use offers::offers;
pub(crate) use plugin::Provisioning;
pub(crate) use progress::Progress;
pub(crate) use registered::{
    complete_name_argument, complete_name_flag, complete_operation_argument,
};
pub(crate) use settings::{Candidate, Explained, Settings, Told};
pub(crate) use surroundings::{available, catalog, environment};
pub(crate) use value::{
    data_value, date_value, diagnostic_columns, duration_value, fields_value, filesize_value,
    finding_value, findings_value, is_list, metadata_value, opt_date, opt_number, opt_string,
    path_value, registered_value, requirements_value,
};
pub(crate) use violations::{Verdict, violations_error};
