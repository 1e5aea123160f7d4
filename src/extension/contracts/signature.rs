//! The contracts as Nushell text.

use std::fmt;

use super::{Contract, Flag, Operation, Parameter};

impl Contract {
    /// Returns a module to fill in: every operation and helper with its signature, and a body that raises an error.
    pub fn stubs(&self) -> String {
        let stubs: Vec<String> = self
            .operations
            .iter()
            .chain(self.helpers)
            .map(Operation::stub)
            .collect();
        stubs.join("\n")
    }
}

impl Operation {
    /// Returns the operation as Nushell code that can be called and says that it is not written yet. The `return` is for
    /// the parser, which otherwise takes the error for an output of the wrong type.
    pub fn stub(&self) -> String {
        format!(
            "{}\n    return (error make {{msg: \"`{}` is not implemented\"}})\n}}\n",
            self.signature(),
            self.name
        )
    }

    /// Returns the operation's signature as an author would write it, with comments and without a body:
    ///
    /// ```text
    /// # Create a server
    /// export def create-server [
    ///     config: record # Settings of the server
    ///     --check # Return the plan and change nothing
    /// ]: nothing -> record {
    /// ```
    pub fn signature(&self) -> String {
        let mut text = format!("# {}\nexport def {} [", self.purpose, self.name);
        for parameter in self.parameters {
            text.push_str(&format!("\n    {parameter} # {}", parameter.purpose));
        }
        for flag in self.flags {
            text.push_str(&format!("\n    {flag} # {}", flag.purpose));
        }
        if !self.parameters.is_empty() || !self.flags.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("]: nothing -> {} {{", self.output));
        text
    }

    /// Returns the operation in one line, such as `create-server [config: record, --check, --wait]: nothing -> record`.
    pub fn usage(&self) -> String {
        let parts: Vec<String> = self
            .parameters
            .iter()
            .map(ToString::to_string)
            .chain(self.flags.iter().map(ToString::to_string))
            .collect();
        format!(
            "{} [{}]: nothing -> {}",
            self.name,
            parts.join(", "),
            self.output
        )
    }
}

/// As in a signature: `config: record = {}`.
impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.kind)?;
        match self.default {
            Some(default) => write!(f, " = {default}"),
            None => Ok(()),
        }
    }
}

/// As in a signature: `--version: string`.
impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{}", self.name)?;
        match self.kind {
            Some(kind) => write!(f, ": {kind}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::extension::{Contract, ExtensionType};

    #[test]
    fn a_signature_can_be_pasted() {
        let contract = Contract::of(ExtensionType::Taskserv);
        let texts: Vec<String> = ["install", "status"]
            .iter()
            .map(|name| contract.command(name).unwrap().signature())
            .collect();
        insta::assert_snapshot!(texts.join("\n\n"));
        assert_eq!(
            contract.command("restart").unwrap().stub(),
            "# Restart the service\nexport def restart []: nothing -> nothing {\n    return (error make {msg: \"`restart` is not implemented\"})\n}\n"
        );
        assert_eq!(
            contract.command("uninstall").unwrap().usage(),
            "uninstall [config: record = {}, --force, --keep-data]: nothing -> nothing"
        );
    }
}
