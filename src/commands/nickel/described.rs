//! What `nickel query` and `nickel doc` have in common: the fields of a file.

use std::path::PathBuf;

use nu_protocol::{LabeledError, Signature, Spanned, SyntaxShape, Type};
use provisioning::nickel::{Field, Program};

use crate::shell::{Context, Nickel, SignatureExt as _};

/// The fields of a record in a file.
pub(super) struct Described {
    pub(super) file: PathBuf,
    /// The field that holds the record; empty for the file itself.
    pub(super) field: Vec<String>,
    pub(super) fields: Vec<Field>,
}

impl Described {
    /// Returns the signature of a command on the fields of a file.
    pub(super) fn signature(name: &str, output: Type) -> Signature {
        Signature::of(name)
            .required("file", SyntaxShape::Filepath, "Nickel file.")
            .field_flag("Only the fields of this field, such as ServerConfig.")
            .nickel_flags()
            .input_output_type(Type::Nothing, output)
    }

    /// Reads the arguments and asks the file.
    pub(super) fn of(context: &Context<'_>) -> Result<Self, LabeledError> {
        let file: Spanned<String> = context.call.req(0)?;
        let field = context
            .field_flag("field")?
            .map(|field| field.item)
            .unwrap_or_default();
        let path = context.path(&file)?.item;
        let nickel = Nickel::new(context)?;
        let program = nickel.with_imports(Program::file(&path));
        let fields = nickel.explained(
            nickel.evaluator().query(&program, &field),
            "this file",
            file.span,
        )?;
        Ok(Self {
            file: path,
            field,
            fields,
        })
    }
}
