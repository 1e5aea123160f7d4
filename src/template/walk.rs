//! What a parsed template uses.

use std::collections::BTreeSet;

use minijinja::machinery::ast::{self, BinOpKind, CallArg, CallType, Expr, Spanned, Stmt};

use super::facts::{Call, Facts, How, Include, Kind, Use};
use super::names::FUNCTIONS;
use crate::diagnostic::Span;

/// Names that the language gives.
const GIVEN: [&str; 6] = ["self", "super", "caller", "varargs", "kwargs", "loop"];

/// Returns what a template uses.
pub(super) fn facts(template: &ast::Template<'_>) -> Facts {
    let mut walk = Walk {
        facts: Facts::default(),
        scopes: vec![BTreeSet::new()],
        is_certain: true,
        extends: template
            .children
            .iter()
            .any(|child| matches!(child, Stmt::Extends(_))),
    };
    walk.body(&template.children);
    walk.facts
}

struct Walk<'a> {
    facts: Facts,
    scopes: Vec<BTreeSet<&'a str>>,
    /// Whether rendering always comes by.
    is_certain: bool,
    /// Whether blocks are put into another template, which need not have them.
    extends: bool,
}

fn span(place: minijinja::machinery::Span) -> Span {
    Span::new(place.start_offset as usize, place.end_offset as usize)
}

/// Where a name begins that is followed by something else.
fn named(place: minijinja::machinery::Span, name: &str) -> Span {
    let start = place.start_offset as usize;
    Span::new(start, start + name.len())
}

impl<'a> Walk<'a> {
    fn assign(&mut self, name: &'a str) {
        self.facts.declared.insert(name.to_owned());
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name);
        }
    }

    fn assign_to(&mut self, target: &'a Expr<'a>) {
        match target {
            Expr::Var(var) => self.assign(var.id),
            Expr::List(list) => list.items.iter().for_each(|item| self.assign_to(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.assign_to(item)),
            // A field of a namespace.
            other => self.expr(other),
        }
    }

    fn is_assigned(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(name))
    }

    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        self.scopes.push(BTreeSet::new());
        inside(self);
        self.scopes.pop();
    }

    fn uncertain(&mut self, inside: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_certain, false);
        inside(self);
        self.is_certain = before;
    }

    fn body(&mut self, statements: &'a [Stmt<'a>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'a Stmt<'a>) {
        match statement {
            Stmt::Template(it) => self.body(&it.children),
            Stmt::EmitExpr(it) => self.expr(&it.expr),
            Stmt::EmitRaw(_) | Stmt::Continue(_) | Stmt::Break(_) => {}
            Stmt::ForLoop(it) => {
                self.expr(&it.iter);
                self.uncertain(|walk| {
                    walk.scoped(|walk| {
                        walk.assign_to(&it.target);
                        walk.optional(it.filter_expr.as_ref());
                        walk.body(&it.body);
                    });
                    walk.scoped(|walk| walk.body(&it.else_body));
                });
            }
            Stmt::IfCond(it) => {
                self.expr(&it.expr);
                self.uncertain(|walk| {
                    walk.body(&it.true_body);
                    walk.body(&it.false_body);
                });
            }
            Stmt::WithBlock(it) => {
                it.assignments
                    .iter()
                    .for_each(|(_, value)| self.expr(value));
                self.scoped(|walk| {
                    it.assignments
                        .iter()
                        .for_each(|(target, _)| walk.assign_to(target));
                    walk.body(&it.body);
                });
            }
            Stmt::Set(it) => {
                self.expr(&it.expr);
                self.assign_to(&it.target);
            }
            Stmt::SetBlock(it) => {
                self.optional(it.filter.as_ref());
                self.scoped(|walk| walk.body(&it.body));
                self.assign_to(&it.target);
            }
            Stmt::AutoEscape(it) => {
                self.expr(&it.enabled);
                self.scoped(|walk| walk.body(&it.body));
            }
            Stmt::FilterBlock(it) => {
                self.expr(&it.filter);
                self.scoped(|walk| walk.body(&it.body));
            }
            Stmt::Block(it) => {
                let is_certain = self.is_certain && !self.extends;
                let before = std::mem::replace(&mut self.is_certain, is_certain);
                self.scoped(|walk| walk.body(&it.body));
                self.is_certain = before;
            }
            Stmt::Extends(it) => self.include(&it.name, How::Extend, false),
            Stmt::Include(it) => self.include(&it.name, How::Include, it.ignore_missing),
            Stmt::Import(it) => {
                self.include(&it.expr, How::Import, false);
                self.assign_to(&it.name);
            }
            Stmt::FromImport(it) => {
                self.include(&it.expr, How::Import, false);
                for (name, alias) in &it.names {
                    self.assign_to(alias.as_ref().unwrap_or(name));
                }
            }
            Stmt::Macro(it) => {
                self.assign(it.name);
                self.macro_body(it);
            }
            Stmt::CallBlock(it) => {
                self.call(&it.call);
                self.macro_body(&it.macro_decl);
            }
            Stmt::Do(it) => self.call(&it.call),
        }
    }

    fn macro_body(&mut self, it: &'a Spanned<ast::Macro<'a>>) {
        self.uncertain(|walk| {
            walk.scoped(|walk| {
                it.defaults.iter().for_each(|default| walk.expr(default));
                it.args.iter().for_each(|argument| walk.assign_to(argument));
                walk.body(&it.body);
            });
        });
    }

    fn include(&mut self, name: &'a Expr<'a>, how: How, is_optional: bool) {
        let text = |expr: &Expr<'_>| match expr {
            Expr::Const(it) => it.value.as_str().map(str::to_owned),
            _ => None,
        };
        let names: Option<Vec<String>> = match name {
            Expr::Const(_) => text(name).map(|name| vec![name]),
            Expr::List(list) => list.items.iter().map(text).collect(),
            Expr::Tuple(tuple) => tuple.items.iter().map(text).collect(),
            _ => None,
        };
        if names.is_none() {
            self.expr(name);
        }
        self.facts.includes.push(Include {
            names: names.unwrap_or_default(),
            span: span(name.span()),
            how,
            is_optional,
            is_certain: self.is_certain,
        });
    }

    fn optional(&mut self, expr: Option<&'a Expr<'a>>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn arguments(&mut self, arguments: &'a [CallArg<'a>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(it)
                | CallArg::Kwarg(_, it)
                | CallArg::PosSplat(it)
                | CallArg::KwargSplat(it) => self.expr(it),
            }
        }
    }

    fn expr(&mut self, expr: &'a Expr<'a>) {
        self.value(expr, false);
    }

    /// Looks at an expression, whose own value may be undefined.
    fn value(&mut self, expr: &'a Expr<'a>, is_optional: bool) {
        match expr {
            Expr::Const(_) => {}
            Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) => self.path(expr, is_optional),
            Expr::Slice(it) => {
                self.expr(&it.expr);
                [&it.start, &it.stop, &it.step]
                    .into_iter()
                    .for_each(|part| self.optional(part.as_ref()));
            }
            Expr::UnaryOp(it) => self.expr(&it.expr),
            Expr::BinOp(it) => {
                self.expr(&it.left);
                match it.op {
                    BinOpKind::ScAnd | BinOpKind::ScOr => {
                        self.uncertain(|walk| walk.expr(&it.right));
                    }
                    _ => self.expr(&it.right),
                }
            }
            Expr::Compare(it) => {
                self.expr(&it.expr);
                self.uncertain(|walk| it.ops.iter().for_each(|op| walk.expr(&op.expr)));
            }
            Expr::IfExpr(it) => {
                self.expr(&it.test_expr);
                self.uncertain(|walk| {
                    walk.value(&it.true_expr, is_optional);
                    walk.optional(it.false_expr.as_ref());
                });
            }
            Expr::Filter(it) => {
                self.called(Kind::Filter, it.name, named(expr.span(), it.name));
                if let Some(value) = &it.expr {
                    self.value(value, matches!(it.name, "default" | "d"));
                }
                self.arguments(&it.args);
            }
            Expr::Test(it) => {
                self.called(Kind::Test, it.name, named(expr.span(), it.name));
                self.value(&it.expr, matches!(it.name, "defined" | "undefined"));
                self.arguments(&it.args);
            }
            Expr::Call(it) => self.call(it),
            Expr::List(it) => it.items.iter().for_each(|item| self.expr(item)),
            Expr::Tuple(it) => it.items.iter().for_each(|item| self.expr(item)),
            Expr::Map(it) => {
                it.keys.iter().for_each(|key| self.expr(key));
                it.values.iter().for_each(|value| self.expr(value));
            }
        }
    }

    fn called(&mut self, kind: Kind, name: &str, span: Span) {
        self.facts.calls.push(Call {
            kind,
            name: name.to_owned(),
            span,
        });
    }

    fn call(&mut self, call: &'a Spanned<ast::Call<'a>>) {
        match call.identify_call() {
            CallType::Function(name) => {
                if !self.is_assigned(name) && !GIVEN.contains(&name) {
                    self.called(Kind::Function, name, named(call.expr.span(), name));
                }
            }
            CallType::Method(value, name) => {
                // What an imported template or a macro offers is known to nobody here.
                let is_data = matches!(value, Expr::Const(_))
                    || self
                        .base(value)
                        .is_some_and(|base| !self.is_assigned(base) && !GIVEN.contains(&base));
                if is_data {
                    let end = call.expr.span().end_offset as usize;
                    let place = Span::new(end.saturating_sub(name.len()), end);
                    self.called(Kind::Method, name, place);
                }
                self.expr(value);
            }
            CallType::Block(_) => {}
            CallType::Object(value) => self.expr(value),
        }
        self.arguments(&call.args);
    }

    /// Returns the variable that a path begins with.
    fn base(&self, mut expr: &'a Expr<'a>) -> Option<&'a str> {
        loop {
            expr = match expr {
                Expr::Var(var) => return Some(var.id),
                Expr::GetAttr(it) => &it.expr,
                Expr::GetItem(it) => &it.expr,
                _ => return None,
            };
        }
    }

    /// Looks at a variable with fields.
    fn path(&mut self, expr: &'a Expr<'a>, is_optional: bool) {
        let mut parts = Vec::new();
        let mut at = expr;
        let mut end = expr.span().end_offset;
        let mut is_whole = true;
        loop {
            match at {
                Expr::Var(var) => {
                    if self.is_assigned(var.id)
                        || GIVEN.contains(&var.id)
                        || FUNCTIONS.contains(&var.id)
                    {
                        return;
                    }
                    parts.push(var.id.to_owned());
                    break;
                }
                Expr::GetAttr(it) => {
                    parts.push(it.name.to_owned());
                    at = &it.expr;
                }
                Expr::GetItem(it) => {
                    let field = match &it.subscript_expr {
                        Expr::Const(it) => it.value.as_str().map(str::to_owned),
                        subscript => {
                            self.expr(subscript);
                            None
                        }
                    };
                    match field {
                        Some(field) => parts.push(field),
                        // Which one of a list is meant does not matter.
                        None => {
                            parts.clear();
                            is_whole = false;
                            end = it.expr.span().end_offset;
                        }
                    }
                    at = &it.expr;
                }
                other => return self.expr(other),
            }
        }
        parts.reverse();
        let start = at.span().start_offset as usize;
        self.facts.uses.push(Use {
            path: parts,
            span: Span::new(start, end as usize),
            is_optional: is_optional && is_whole,
            is_certain: self.is_certain,
        });
    }
}
