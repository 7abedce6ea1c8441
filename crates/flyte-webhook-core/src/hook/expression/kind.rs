//! What is known of an expression's value before anything is delivered.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue};

use super::EVENT;
use crate::json::{Object, Value};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, or null where an event does not say.
    Text,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// Another number.
    Float,
    /// Nothing.
    Null,
    /// A list.
    List,
    /// Names and values.
    Object,
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Foreseen {
    /// All of it: it is the same for each delivery.
    Value(Value),
    /// Its type.
    Kind(Kind),
}

impl Kind {
    /// The word for it in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Float => "a number with a fraction",
            Self::Null => "null",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }

    /// Values of it that are as different as what may be made of them.
    pub fn samples(self) -> Vec<Value> {
        let text = |text: &str| Value::String(text.into());
        match self {
            Self::Text => {
                let texts = ["text", "2026-01-02T03:04:05Z", "PT1S", "s3://bucket/key"];
                texts.map(text).into()
            }
            Self::Boolean => vec![Value::Bool(true), Value::Bool(false)],
            Self::Integer => vec![Value::Int(1)],
            Self::Float => vec![Value::Float(0.5)],
            Self::Null => vec![Value::Null],
            Self::List => vec![Value::Array(Vec::new())],
            Self::Object => vec![Value::Object(Object::default())],
        }
    }
}

/// The type of an expression's value, where it is the same for each delivery.
pub(super) fn kind(expression: &IdedExpr) -> Option<Kind> {
    match &expression.expr {
        Expr::Literal(literal) => of_literal(literal),
        Expr::Select(select) if select.test => Some(Kind::Boolean),
        Expr::Select(select) => is_event(&select.operand).then_some(Kind::Text),
        Expr::List(_) => Some(Kind::List),
        Expr::Map(_) => Some(Kind::Object),
        Expr::Call(call) => of_call(call),
        Expr::Comprehension(comprehension) => of_comprehension(comprehension),
        Expr::Unspecified | Expr::Ident(_) | Expr::Struct(_) => None,
    }
}

fn is_event(operand: &IdedExpr) -> bool {
    matches!(&operand.expr, Expr::Ident(name) if name == EVENT)
}

fn of_literal(literal: &LiteralValue) -> Option<Kind> {
    match literal {
        LiteralValue::Boolean(_) => Some(Kind::Boolean),
        LiteralValue::Double(_) => Some(Kind::Float),
        LiteralValue::Int(_) | LiteralValue::UInt(_) => Some(Kind::Integer),
        LiteralValue::Null => Some(Kind::Null),
        LiteralValue::String(_) => Some(Kind::Text),
        LiteralValue::Bytes(_) => None,
    }
}

fn of_call(call: &CallExpr) -> Option<Kind> {
    let alike = |one: usize, other: usize| {
        let kind = kind(call.args.get(one)?)?;
        let is_alike = self::kind(call.args.get(other)?) == Some(kind);
        is_alike.then_some(kind)
    };
    let is_number = |kind: &Kind| matches!(kind, Kind::Integer | Kind::Float);
    match call.func_name.as_str() {
        "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" | "_&&_" | "_||_" | "!_" | "@in"
        | "bool" | "contains" | "endsWith" | "hasValue" | "matches" | "startsWith" => {
            Some(Kind::Boolean)
        }
        "getDate" | "getDayOfMonth" | "getDayOfWeek" | "getDayOfYear" | "getFullYear"
        | "getHours" | "getMilliseconds" | "getMinutes" | "getMonth" | "getSeconds" | "indexOf"
        | "int" | "lastIndexOf" | "size" => Some(Kind::Integer),
        // A time span is given as seconds.
        "double" | "duration" => Some(Kind::Float),
        "charAt" | "lowerAscii" | "string" | "substring" | "timestamp" | "trim" | "upperAscii" => {
            Some(Kind::Text)
        }
        "split" => Some(Kind::List),
        "_?_:_" => alike(1, 2),
        "_+_" => alike(0, 1),
        "_-_" | "_*_" | "_/_" | "_%_" => alike(0, 1).filter(is_number),
        "-_" => kind(call.args.first()?).filter(is_number),
        _ => None,
    }
}

/// `all` and `exists` come to what they begin with, `map` and `filter` likewise.
fn of_comprehension(it: &ComprehensionExpr) -> Option<Kind> {
    match &it.result.expr {
        Expr::Ident(name) if *name == it.accu_var => kind(&it.accu_init),
        Expr::Ident(_)
        | Expr::Unspecified
        | Expr::Call(_)
        | Expr::Comprehension(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Select(_)
        | Expr::Struct(_) => kind(&it.result),
    }
}
