//! How a file gets at a command that another part of the extension defines (NUR-05).

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use nu_protocol::ast::Expr;
use nu_protocol::engine::StateWorkingSet;
use nu_protocol::{BlockId, Module, ModuleId, Span};

use super::definitions::{Definition, new_blocks};
use super::legacy;
use super::outcome::Place;
use super::parse::Found;
use super::texts::Files;
use super::walk;

/// Most modules within modules that are looked into.
const MAX_DEPTH: usize = 4;
/// Most places of commands that are taken down: modules may hold each other in many ways.
const MAX_OFFERS: usize = 100_000;

/// What is offered in the extension, and where.
pub(super) struct Ways<'a, 'b> {
    found: &'a Found<'a, 'b>,
    files: &'a Files,
    /// Definitions, by their name.
    named: HashMap<&'a str, Vec<(BlockId, &'a Definition, Place)>>,
    /// What files export, by the body: the file, and the modules in it.
    exported: HashMap<BlockId, Vec<Offer>>,
    /// What modules that are written within a file export: the name of the module.
    inline: HashMap<BlockId, String>,
    /// Modules that are written within a file, and given on.
    given_on: BTreeSet<(usize, String)>,
    /// The files that are read as modules.
    modules: BTreeSet<usize>,
    /// Which file imports which.
    imports: BTreeSet<(usize, usize)>,
    /// How many places were taken down.
    offers: usize,
}

/// Where a command is exported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    /// Modules in the file, the outermost first.
    within: Vec<String>,
    file: usize,
}

impl<'a, 'b> Ways<'a, 'b> {
    pub(super) fn new(found: &'a Found<'a, 'b>, files: &'a Files) -> Self {
        let mut ways = Self {
            found,
            files,
            named: HashMap::new(),
            exported: HashMap::new(),
            inline: HashMap::new(),
            given_on: BTreeSet::new(),
            modules: BTreeSet::new(),
            imports: BTreeSet::new(),
            offers: 0,
        };
        for (body, definition) in found.definitions.iter() {
            if let Some(place) = found.texts.place(definition.name_span) {
                let named = ways.named.entry(&definition.name).or_default();
                named.push((body, definition, place));
            }
        }
        let set = found.set;
        for id in set.permanent().num_modules()..set.num_modules() {
            let module = set.get_module(ModuleId::new(id));
            match file_of(module, found) {
                Some(file) => {
                    ways.modules.insert(file);
                    ways.learn(module, file, &mut Vec::new());
                }
                None => {
                    let name = String::from_utf8_lossy(&module.name).into_owned();
                    let bodies = bodies(module, set).map(|body| (body, name.clone()));
                    ways.inline.extend(bodies);
                }
            }
        }
        for block in new_blocks(set) {
            walk::expressions(block, &mut |expression| {
                if let Expr::Call(call) = &expression.expr
                    && set.get_decl(call.decl_id).name() == "export module"
                    && let Some(name) = call.positional_iter().next()
                    && let Some(place) = found.texts.place(name.span)
                {
                    ways.given_on
                        .extend(name.as_string().map(|name| (place.file, name)));
                }
            });
        }
        for (module, span) in legacy::import_heads(found) {
            let from = found.texts.place(span).map(|place| place.file);
            let to = module.and_then(|module| file_of(set.get_module(module), found));
            ways.imports.extend(from.zip(to));
        }
        ways
    }

    fn learn(&mut self, module: &Module, file: usize, within: &mut Vec<String>) {
        let set = self.found.set;
        for body in bodies(module, set) {
            let offer = Offer {
                within: within.clone(),
                file,
            };
            self.exported.entry(body).or_default().push(offer);
            self.offers += 1;
        }
        for (name, inner) in &module.submodules {
            let inner_file = file_of(set.get_module(*inner), self.found);
            self.imports.extend(inner_file.map(|inner| (file, inner)));
            self.offers += 1;
            if within.len() >= MAX_DEPTH || self.offers > MAX_OFFERS {
                continue;
            }
            within.push(String::from_utf8_lossy(name).into_owned());
            self.learn(set.get_module(*inner), file, within);
            within.pop();
        }
    }

    /// Returns what to write so that a file knows a command that is defined somewhere in the extension.
    pub(super) fn to(&self, name: &str, call: Place) -> Option<String> {
        let defined = self.named.get(name)?;
        self.import(defined, call.file)
            .map(|words| format!("another file defines it: write `use {words} *`"))
            .or_else(|| self.beside(defined, call.file))
            .or_else(|| self.kept(name, defined, call.file))
    }

    /// Returns what follows `use` to get what another file exports.
    fn import(&self, defined: &[(BlockId, &Definition, Place)], here: usize) -> Option<String> {
        let of_modules = defined.iter().flat_map(|(body, ..)| {
            let offers = self.exported.get(body).into_iter().flatten();
            offers.cloned().collect::<Vec<_>>()
        });
        // A file that nobody imports is not read as a module.
        let of_others = defined.iter().filter_map(|(body, definition, place)| {
            let is_free = definition.is_exported && !self.modules.contains(&place.file);
            let within = match self.inline.get(body) {
                None => Vec::new(),
                Some(inner) => {
                    let is_given_on = self.given_on.contains(&(place.file, inner.clone()))
                        && self.depth(definition) == 1;
                    is_given_on.then(|| vec![inner.clone()])?
                }
            };
            is_free.then_some(Offer {
                within,
                file: place.file,
            })
        });
        let offers = of_modules.chain(of_others);
        let usable = offers.filter(|offer| self.may_import(here, offer.file));
        let is_there = |offer: &Offer| defined.iter().any(|(.., place)| place.file == offer.file);
        let best = usable.min_by_key(|offer| {
            let path = self.path(offer.file).map(Path::to_owned);
            (offer.within.len(), !is_there(offer), path)
        })?;
        let mut words = vec![self.relative(here, best.file)?];
        words.extend(best.within);
        Some(words.join(" "))
    }

    /// Returns what to write so that a module exports a command that one of its files defines.
    pub(super) fn out(
        &self,
        body: BlockId,
        definition: &Definition,
        module: &Path,
    ) -> Option<String> {
        let name = &definition.name;
        let here = self.files.all.iter().position(|file| file.path == module)?;
        let place = self.found.texts.place(definition.name_span)?;
        if place.file == here {
            return Some(match self.inline.get(&body) {
                Some(inner) => format!("write `export use {inner} *` after the module `{inner}`"),
                None if self.depth(definition) > 0 => {
                    format!("move it out of where it is defined, as `export def {name}`")
                }
                None => format!("write `export def {name}`"),
            });
        }
        let defined = [(body, definition, place)];
        let file_name = module.file_name().unwrap_or_default().display();
        if let Some(words) = self.import(&defined, here) {
            return Some(format!("write `export use {words} *` in {file_name}"));
        }
        let file = self.relative(here, place.file)?;
        let file = file.trim_start_matches("./");
        if !self.may_import(here, place.file) {
            return Some(format!(
                "`{file}` imports {file_name}: move the command to a file that does not, and export it from there"
            ));
        }
        let first = if self.depth(definition) > 0 {
            format!("move it to the top of {file}, as `export def {name}`")
        } else {
            format!("write `export def {name}`")
        };
        Some(format!("{first}, and `export use {file} *` in {file_name}"))
    }

    /// What is written in the same file, and not known there.
    fn beside(&self, defined: &[(BlockId, &Definition, Place)], here: usize) -> Option<String> {
        let (body, definition, _) = defined.iter().find(|(.., place)| place.file == here)?;
        Some(match self.inline.get(body) {
            Some(module) if self.depth(definition) == 1 => {
                format!(
                    "the module `{module}` of this file exports it: write `use {module} *` after it"
                )
            }
            _ => {
                "it is known only where it is defined: move it out of there, to the top of the file"
                    .to_owned()
            }
        })
    }

    /// What another file keeps to itself.
    fn kept(
        &self,
        name: &str,
        defined: &[(BlockId, &Definition, Place)],
        here: usize,
    ) -> Option<String> {
        let (body, definition, place) = defined
            .iter()
            .min_by_key(|(.., place)| self.path(place.file))?;
        let file = self.relative(here, place.file)?;
        let shown = file.trim_start_matches("./");
        if !self.may_import(here, place.file) {
            return Some(format!(
                "`{shown}` defines it, and imports this file: move it to a file that both can import"
            ));
        }
        if let Some(inner) = self.inline.get(body)
            && self.depth(definition) == 1
        {
            return Some(format!(
                "`{shown}` keeps the module `{inner}` to itself: write `export module {inner}` there, and `use {file} {inner} *` here"
            ));
        }
        if self.depth(definition) > 0 {
            return Some(format!(
                "`{shown}` knows it only where it is defined: move it to the top of that file, as `export def {name}`, and write `use {file} *` here"
            ));
        }
        Some(format!(
            "`{shown}` keeps it to itself: write `export def {name}` there, and `use {file} *` here"
        ))
    }

    /// Returns in how many blocks a definition stands, besides the whole of its file.
    fn depth(&self, definition: &Definition) -> usize {
        let around = new_blocks(self.found.set)
            .filter_map(|block| block.span)
            .filter(|span| span.contains_span(definition.name_span) && !self.is_whole(*span));
        let around: BTreeSet<(usize, usize)> = around.map(|span| (span.start, span.end)).collect();
        around.len()
    }

    /// Whether a block is the whole of its file, but for what begins it.
    fn is_whole(&self, span: Span) -> bool {
        self.found.texts.place(span).is_some_and(|place| {
            let text = self.files.whole(place.file);
            let before = text.get(..place.start).unwrap_or_default();
            !before.contains(['{', '[', '('])
        })
    }

    /// Whether a file may import another one without a circle.
    fn may_import(&self, here: usize, other: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = vec![other];
        while let Some(file) = next.pop() {
            if file == here {
                return false;
            }
            if seen.insert(file) {
                let of_file = self.imports.range((file, 0)..=(file, usize::MAX));
                next.extend(of_file.map(|(_, to)| *to));
            }
        }
        true
    }

    fn path(&self, file: usize) -> Option<&Path> {
        self.files.all.get(file).map(|file| file.path.as_path())
    }

    /// Returns the path from one file to another, as `use` takes it.
    fn relative(&self, here: usize, other: usize) -> Option<String> {
        let (from, to) = (self.path(here)?.parent()?, self.path(other)?);
        let request = self.found.request;
        if !to.starts_with(&request.root) {
            let mut within = request.lib_dirs.iter();
            let library = within.find_map(|library| to.strip_prefix(library).ok())?;
            return Some(written(library.display().to_string()));
        }
        // Up to what both have in common, and down again.
        let common = from.ancestors().find(|ancestor| to.starts_with(ancestor))?;
        let up = from.strip_prefix(common).ok()?.components().count();
        let down = to.strip_prefix(common).ok()?.display();
        Some(written(match up {
            0 => format!("./{down}"),
            up => format!("{}{down}", "../".repeat(up)),
        }))
    }
}

/// Returns a path as it is written in code: in quotes where it needs them.
fn written(path: String) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if path.chars().all(is_plain) {
        path
    } else if path.contains('\'') {
        format!("{path:?}")
    } else {
        format!("'{path}'")
    }
}

/// Returns the file that a module is, when it may be shown.
fn file_of(module: &Module, found: &Found<'_, '_>) -> Option<usize> {
    let (_, file) = module.file.as_ref()?;
    let span = found.set.get_span_for_file(*file);
    found.texts.place(span).map(|place| place.file)
}

/// Returns the bodies of the commands that a module exports.
fn bodies(module: &Module, set: &StateWorkingSet<'_>) -> impl Iterator<Item = BlockId> {
    let ids = module.decls.values();
    ids.filter_map(|id| set.get_decl(*id).block_id())
}
