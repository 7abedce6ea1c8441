//! What can be told of an expression before anything is delivered.

use cel::{
    ParseErrors, Program,
    common::ast::{
        CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr,
        SourceInfo,
    },
};

use super::{
    DEEPEST, DEEPEST_BRACKETS, EVENT, FIELDS, MOST_LOOPS, Mistake, PAYLOAD,
    kind::{Kind, kind},
    reads::Reads,
};
use crate::nearest::nearest;

/// The functions that may be used, none of which makes much of little.
const FUNCTIONS: [&str; 42] = [
    "bool",
    "charAt",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "hasValue",
    "indexOf",
    "int",
    "lastIndexOf",
    "lowerAscii",
    "matches",
    "max",
    "min",
    "none",
    "of",
    "ofNonZeroValue",
    "optMap",
    "optional.none",
    "optional.of",
    "optional.ofNonZeroValue",
    "or",
    "orValue",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "timestamp",
    "trim",
    "upperAscii",
];

/// What an expression is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// How deep its comprehensions nest.
    pub(super) loops: u32,
    /// Whether it makes lists of text.
    pub(super) splits: bool,
    /// What it reads of the event.
    pub(super) event: Reads,
    /// What it reads of the payload.
    pub(super) payload: Reads,
    /// The type of its value, where that is known.
    pub(super) kind: Option<Kind>,
    /// Where it is nothing but a member of the payload: the names that lead there.
    pub(super) path: Option<Vec<String>>,
}

impl Shape {
    pub(super) fn uses_event(&self) -> bool {
        self.event != Reads::Nothing
    }

    pub(super) fn uses_payload(&self) -> bool {
        self.payload != Reads::Nothing
    }
}

/// The shape of an expression that may be evaluated.
pub(super) fn shape(program: &Program) -> Result<Shape, Mistake> {
    let mut walk = Walk {
        source: program.source_info(),
        scopes: Vec::new(),
        depth: 0,
        loops: 0,
        shape: Shape::default(),
    };
    walk.expression(program.expression())?;
    walk.shape.path = path(program.expression());
    walk.shape.kind = kind(program.expression());
    Ok(walk.shape)
}

/// Whether the parser comes through with the stack that there is. Brackets in
/// texts count, too.
pub(super) fn brackets(source: &str) -> Result<(), Mistake> {
    let mut depth = 0_usize;
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST_BRACKETS {
            return Err(Mistake::TooDeep);
        }
    }
    Ok(())
}

/// Where the grammar is left.
pub(super) fn syntax(source: &str, errors: &ParseErrors) -> Mistake {
    let place = errors.errors.first().map(|error| error.pos);
    let column = position(source, place);
    Mistake::Syntax { column }
}

/// The character, counted from 1, at a line and a column.
fn position(source: &str, place: Option<(isize, isize)>) -> usize {
    let (line, column) = place.unwrap_or((1, 1));
    let before = usize::try_from(line - 1).unwrap_or_default();
    let lines = source.split_inclusive('\n').take(before);
    let above: usize = lines.map(|line| line.chars().count()).sum();
    above + usize::try_from(column).unwrap_or(1).max(1)
}

/// The names from the payload down, where that is all there is.
fn path(expression: &IdedExpr) -> Option<Vec<String>> {
    match &expression.expr {
        Expr::Ident(name) if name == PAYLOAD => Some(Vec::new()),
        Expr::Select(select) if !select.test => selected(select),
        Expr::Ident(_)
        | Expr::Select(_)
        | Expr::Unspecified
        | Expr::Call(_)
        | Expr::Comprehension(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_) => None,
    }
}

/// The names that lead to what is read of the payload, or looked for there.
fn read(expression: &IdedExpr) -> Option<Vec<String>> {
    if let Expr::Select(select) = &expression.expr {
        selected(select)
    } else {
        path(expression)
    }
}

fn selected(select: &SelectExpr) -> Option<Vec<String>> {
    let mut names = path(&select.operand)?;
    names.push(select.field.clone());
    Some(names)
}

struct Walk<'a> {
    source: &'a SourceInfo,
    /// The variables of the comprehensions around.
    scopes: Vec<&'a str>,
    depth: usize,
    loops: u32,
    shape: Shape,
}

impl<'a> Walk<'a> {
    fn column(&self, expression: &IdedExpr) -> usize {
        let start = self.source.offset_for(expression.id);
        start.map_or(1, |(start, _)| start as usize + 1)
    }

    fn expression(&mut self, expression: &'a IdedExpr) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake::TooDeep);
        }
        self.kind(expression)?;
        self.depth -= 1;
        Ok(())
    }

    fn kind(&mut self, expression: &'a IdedExpr) -> Result<(), Mistake> {
        if !self.scopes.contains(&PAYLOAD)
            && let Some(names) = read(expression)
        {
            return self.member(&names);
        }
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.variable(name, expression),
            Expr::Call(call) => self.call(call, expression),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::List(list) => list.elements.iter().try_for_each(|it| self.expression(it)),
            Expr::Select(select) => {
                if matches!(&select.operand.expr, Expr::Ident(name) if name == EVENT)
                    && !self.scopes.contains(&EVENT)
                {
                    return self.field(&select.field, expression);
                }
                self.expression(&select.operand)
            }
            Expr::Map(map) => map.entries.iter().try_for_each(|it| self.entry(&it.expr)),
            Expr::Struct(_) => Err(Mistake::UnknownFunction {
                column: self.column(expression),
            }),
        }
    }

    fn member(&mut self, names: &[String]) -> Result<(), Mistake> {
        self.shape.payload.add(names);
        self.goes_down(names.len())
    }

    /// That many levels are there, which need not be looked at.
    fn goes_down(&self, levels: usize) -> Result<(), Mistake> {
        if self.depth + levels > DEEPEST {
            return Err(Mistake::TooDeep);
        }
        Ok(())
    }

    fn variable(&mut self, name: &'a str, expression: &IdedExpr) -> Result<(), Mistake> {
        if self.scopes.contains(&name) || name.starts_with('@') {
            return Ok(());
        }
        if name == EVENT {
            self.shape.event.add(&[]);
            return Ok(());
        }
        let column = self.column(expression);
        Err(Mistake::UnknownVariable { column })
    }

    fn field(&mut self, field: &str, expression: &IdedExpr) -> Result<(), Mistake> {
        if FIELDS.contains(&field) {
            self.shape.event.add(&[field.to_owned()]);
            return self.goes_down(1);
        }
        Err(Mistake::UnknownField {
            column: self.column(expression),
            nearest: nearest(field, FIELDS),
        })
    }

    fn call(&mut self, call: &'a CallExpr, expression: &IdedExpr) -> Result<(), Mistake> {
        let name = call.func_name.as_str();
        let column = self.column(expression);
        let is_operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_operator && !FUNCTIONS.contains(&name) {
            return Err(Mistake::UnknownFunction { column });
        }
        if name == "matches" && (self.loops > 1 || !is_literal(call.args.last())) {
            return Err(Mistake::Pattern { column });
        }
        self.shape.splits |= name == "split";
        // `optional.of` is a function of that whole name, and no variable.
        let target = call
            .target
            .as_deref()
            .filter(|target| !matches!(&target.expr, Expr::Ident(name) if name == "optional"));
        target
            .into_iter()
            .chain(&call.args)
            .try_for_each(|it| self.expression(it))
    }

    fn comprehension(&mut self, it: &'a ComprehensionExpr) -> Result<(), Mistake> {
        self.expression(&it.iter_range)?;
        self.expression(&it.accu_init)?;
        let scopes = self.scopes.len();
        self.scopes.push(&it.iter_var);
        self.scopes.extend(it.iter_var2.as_deref());
        self.scopes.push(&it.accu_var);
        self.loops += 1;
        if self.loops > MOST_LOOPS {
            return Err(Mistake::TooManyLoops);
        }
        self.shape.loops = self.shape.loops.max(self.loops);
        for part in [&it.loop_cond, &it.loop_step, &it.result] {
            self.expression(part)?;
        }
        self.loops -= 1;
        self.scopes.truncate(scopes);
        Ok(())
    }

    fn entry(&mut self, entry: &'a EntryExpr) -> Result<(), Mistake> {
        match entry {
            EntryExpr::MapEntry(entry) => {
                self.expression(&entry.key)?;
                self.expression(&entry.value)
            }
            EntryExpr::StructField(field) => self.expression(&field.value),
        }
    }
}

fn is_literal(pattern: Option<&IdedExpr>) -> bool {
    matches!(
        pattern.map(|it| &it.expr),
        Some(Expr::Literal(LiteralValue::String(_)))
    )
}
