//! Flags and arguments that several commands share, declared once.

use nu_protocol::{Category, Completion, Flag, PositionalArg, Signature, SyntaxShape};
use provisioning::extension::ExtensionType;

/// What all commands of the plugin are listed under in `help commands`.
const CATEGORY: &str = "provisioning";

/// Shared parts of signatures.
pub(crate) trait SignatureExt {
    /// Starts the signature of a command of the plugin.
    fn of(name: &str) -> Signature;
    /// `--type`, with the types offered for completion.
    fn type_flag(self, description: &str) -> Signature;
    /// An optional `type` argument, with the types offered for completion.
    fn type_argument(self, description: &str) -> Signature;
    /// `--version`, a version or a range.
    fn version_flag(self, description: &str) -> Signature;
    /// A required `name` argument of a registered extension; the command completes it.
    fn name_argument(self) -> Signature;
    /// `--field`, a path into a record.
    fn field_flag(self, description: &str) -> Signature;
    /// `--import-path`, `--timeout` and `--max-memory` of Nickel evaluations.
    fn nickel_flags(self) -> Signature;
}

impl SignatureExt for Signature {
    fn of(name: &str) -> Signature {
        Signature::build(name).category(Category::Custom(CATEGORY.to_owned()))
    }

    fn type_flag(self, description: &str) -> Signature {
        self.param(
            Flag::new("type")
                .short('t')
                .arg(SyntaxShape::String)
                .desc(description)
                .completion(Completion::new_list(&ExtensionType::WORDS)),
        )
    }

    fn type_argument(self, description: &str) -> Signature {
        self.param(
            PositionalArg::new("type", SyntaxShape::String)
                .desc(description)
                .completion(Completion::new_list(&ExtensionType::WORDS))
                .optional(),
        )
    }

    fn version_flag(self, description: &str) -> Signature {
        self.named("version", SyntaxShape::String, description, Some('v'))
    }

    fn name_argument(self) -> Signature {
        self.required(
            "name",
            SyntaxShape::String,
            "Name of a registered extension.",
        )
    }

    fn field_flag(self, description: &str) -> Signature {
        self.named("field", SyntaxShape::String, description, Some('f'))
    }

    fn nickel_flags(self) -> Signature {
        self.named(
            "import-path",
            SyntaxShape::OneOf(vec![
                SyntaxShape::Directory,
                SyntaxShape::List(Box::new(SyntaxShape::Directory)),
            ]),
            "Look for imports in this directory too, or in these.",
            Some('I'),
        )
        .named(
            "timeout",
            SyntaxShape::Duration,
            "Longest time of an evaluation, such as 5sec.",
            None,
        )
        .named(
            "max-memory",
            SyntaxShape::Filesize,
            "Most memory of an evaluation, such as 256MiB.",
            None,
        )
    }
}
