//! A text as a template, without rendering it.
//!
//! The parser has a limit for nesting, but follows a chain of operators, of `elif` or of `not` with its own stack. So the
//! text is counted before, and parsed on a thread whose stack is large enough for whatever has been counted.

use std::panic::{AssertUnwindSafe, catch_unwind};

use minijinja::machinery::{Token, Tokenizer, ast, parse};
use minijinja::syntax::SyntaxConfig;

use super::facts::{Broken, Facts, Problem};
use super::{structure, walk};
use crate::diagnostic::{Code, Span, panic_message};

/// Most words and signs in one tag.
const MAX_TAG: usize = 4_000;
/// Most `elif` in a text.
const MAX_ELIF: usize = 500;
/// Stack of the thread that parses, in bytes. Only what is used is ever backed by memory.
const STACK: usize = 256 << 20;

/// Returns Jinja's syntax, in which the line break at the end of a file stays, as for Ansible.
pub(super) fn syntax() -> SyntaxConfig {
    let built = SyntaxConfig::builder().keep_trailing_newline(true).build();
    built.unwrap_or_default()
}

/// Reads a text: what it uses, or everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Facts, Broken> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("template".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                catch_unwind(AssertUnwindSafe(|| read_here(text)))
                    .unwrap_or_else(|panic| Err(failed(&panic_message(panic.as_ref()))))
            });
        match thread {
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|panic| Err(failed(&panic_message(panic.as_ref())))),
            Err(error) => Err(failed(&error.to_string())),
        }
    })
}

fn failed(reason: &str) -> Broken {
    let message = format!("the template cannot be read: {reason}");
    let problem = Problem::new(Code::TemplateInternal, message, Span::new(0, 0), "");
    Broken::from(problem.with_help("please report this"))
}

fn read_here(text: &str) -> Result<Facts, Broken> {
    if let Some(danger) = too_much(text) {
        return Err(Broken::from(danger));
    }
    match parse(text, "", syntax()) {
        Ok(ast::Stmt::Template(template)) => Ok(walk::facts(&template)),
        Ok(_) => Ok(Facts::default()),
        Err(error) => {
            let mut broken = structure::problems(text);
            if broken.problems.is_empty() {
                let problem = structure::problem(&error, text, 0..text.len());
                broken.problems.push(problem);
            }
            Err(broken)
        }
    }
}

/// Returns what is too much for a parser.
fn too_much(text: &str) -> Option<Problem> {
    let limit =
        |start: usize, message: String, label: &str| {
            let end = text[start..]
                .chars()
                .next()
                .map_or(start, |c| start + c.len_utf8());
            let problem = Problem::new(Code::TemplateLimit, message, Span::new(start, end), label);
            Some(problem.with_help(
                "split it: `{% set %}` gives a name to a part, and data come from outside",
            ))
        };
    let mut tokenizer = Tokenizer::new(text, "", false, syntax());
    let (mut start, mut in_tag, mut elif) = (0, 0, 0);
    // What cannot be read ends the text for the parser, too.
    while let Ok(Some((token, span))) = tokenizer.next_token() {
        match token {
            Token::VariableStart | Token::BlockStart => {
                (start, in_tag) = (span.start_offset as usize, 0)
            }
            Token::Ident("elif") => elif += 1,
            _ => {}
        }
        in_tag += 1;
        if in_tag > MAX_TAG {
            return limit(
                start,
                format!("a tag has more than {MAX_TAG} words and signs"),
                "this tag",
            );
        }
        if elif > MAX_ELIF {
            let at = span.start_offset as usize;
            return limit(
                at,
                format!("there are more than {MAX_ELIF} `elif`"),
                "one too many",
            );
        }
    }
    None
}
