//! From the merged tree to typed values, with every mistake reported at once.
//!
//! A deserializer of our own, for three reasons: an error knows the place of the
//! value it speaks of; a value of a variable takes the type that is expected of
//! it; and reading goes on after a mistake, with the default in its place.

use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

use super::{
    fault::Fault,
    node::{Key, Node, Step, Value},
    problem::{Error, Problem},
    yaml,
};

/// Beyond this many mistakes the file is not a configuration.
const MOST_PROBLEMS: usize = 100;

/// Reads the tree, or says all that is wrong with it.
pub(super) fn read<T: DeserializeOwned>(
    mut tree: Node,
    defaults: &Node,
) -> Result<T, Vec<Problem>> {
    let mut problems = Vec::new();
    loop {
        let fault = match T::deserialize(&tree) {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(problems),
            Err(fault) => fault,
        };
        let repaired = repair(&mut tree, defaults, &fault);
        problems.push(fault.into_problem(&tree));
        if !repaired || problems.len() == MOST_PROBLEMS {
            return Err(problems);
        }
    }
}

/// Puts the default in the place of what is wrong, so that reading can go on.
fn repair(tree: &mut Node, defaults: &Node, fault: &Fault) -> bool {
    let names: Vec<&String> = fault.path().map_while(name).collect();
    let Some((last, sections)) = names.split_last() else {
        return false;
    };
    let (mut node, mut default) = (tree, Some(defaults));
    for section in sections {
        let Some(child) = node.get_mut(section) else {
            return false;
        };
        node = child;
        default = default.and_then(|it| it.get(section));
    }
    match (node.get_mut(last), default.and_then(|it| it.get(last))) {
        (Some(value), Some(default)) if value != default => *value = default.clone(),
        (Some(_), Some(_)) | (None, _) => return false,
        (Some(_), None) => node.remove(last),
    }
    true
}

fn name(step: &Step) -> Option<&String> {
    match step {
        Step::Key(name) => Some(name),
        Step::Index(_) => None,
    }
}

impl Node {
    /// The value that text of a variable, or expanded text, stands for.
    fn parsed(&self, text: &str) -> Self {
        let text_node = || Self {
            value: Value::Text(text.to_owned()),
            origin: self.origin.clone(),
        };
        let mut node = yaml::parse(&"value".into(), text).unwrap_or_else(|_not_yaml| text_node());
        node.place(&self.origin);
        node
    }

    /// This node as a scalar or list of its own type.
    fn settled(&self) -> Self {
        if let Value::Outside(text) = &self.value {
            return self.parsed(text);
        }
        if let Value::Expanded { value, .. } = &self.value {
            let parsed = self.parsed(value);
            // Only a scalar: a variable that became a list could widen an allowlist unseen.
            if !matches!(parsed.value, Value::List(_) | Value::Map(_)) {
                return parsed;
            }
        }
        self.clone()
    }

    /// Whether this is `null`, for a key that may be.
    pub(super) fn is_null(&self) -> bool {
        let outside = |text: &str| matches!(text.trim(), "null" | "~");
        self.value == Value::Null || matches!(&self.value, Value::Outside(text) if outside(text))
    }

    fn is_empty(&self) -> bool {
        self.value == Value::Empty
            || matches!(&self.value, Value::Outside(text) if text.trim().is_empty())
    }

    fn wrong(&self, expected: &'static str, advice: &'static str) -> Fault {
        if self.is_empty() {
            return Error::Empty.into();
        }
        let found = match &self.value {
            Value::Empty | Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a fraction",
            Value::Text(_) | Value::Expanded { .. } | Value::Outside(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a section",
        };
        Fault::from(Error::WrongType {
            expected,
            found,
            advice,
        })
    }

    fn whole<T: TryFrom<i128>>(&self, expected: &'static str) -> Result<T, Fault> {
        let node = self.settled();
        let Value::Integer(number) = node.value else {
            return Err(node.wrong(expected, "write digits without quotes"));
        };
        T::try_from(number).map_err(|_out_of_range| {
            Fault::from(Error::Invalid {
                reason: format!("is out of range; write {expected}"),
            })
        })
    }

    fn text(&self) -> Result<&str, Fault> {
        if let Value::Text(text) | Value::Outside(text) | Value::Expanded { value: text, .. } =
            &self.value
        {
            return Ok(text);
        }
        Err(self.wrong("text", "put it in quotes"))
    }
}

impl<'de> Deserializer<'de> for &Node {
    type Error = Fault;

    /// What has no expected type is nothing this configuration has.
    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Fault> {
        Err(self.wrong("nothing", "remove it"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let node = self.settled();
        let Value::Bool(value) = node.value else {
            return Err(node.wrong("true or false", "write it without quotes"));
        };
        visitor.visit_bool(value)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_u16(self.whole("a whole number from 0 to 65535")?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_u64(self.whole("a whole number from 0")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.settled().value {
            Value::Float(number) => visitor.visit_f64(number),
            // Small enough to be exact, or out of every range.
            Value::Integer(number) => visitor.visit_i64(i64::try_from(number).unwrap_or(i64::MAX)),
            Value::Empty
            | Value::Null
            | Value::Bool(_)
            | Value::Text(_)
            | Value::Expanded { .. }
            | Value::Outside(_)
            | Value::List(_)
            | Value::Map(_) => Err(self.wrong("a number", "write digits without quotes")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_null() {
            visitor.visit_none()
        } else if self.is_empty() {
            Err(Error::Empty.into())
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let node = self.settled();
        let Value::List(items) = &node.value else {
            return Err(node.wrong(
                "a list",
                "write [one, two], or one entry a line after a dash",
            ));
        };
        visitor.visit_seq(Items { items, next: 0 })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Map(rest) = &self.value else {
            return Err(self.wrong("a section", "write its keys one by one"));
        };
        visitor.visit_map(Entries { rest, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u32 u128 f32 char bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<'a> {
    items: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let index = self.next;
        let Some(node) = self.items.get(index) else {
            return Ok(None);
        };
        self.next += 1;
        let place = |fault: Fault| fault.within(Step::Index(index), &node.origin);
        seed.deserialize(node).map(Some).map_err(place)
    }
}

struct Entries<'a> {
    rest: &'a [(Key, Node)],
    value: Option<(&'a Key, &'a Node)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some(((key, node), rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        (self.rest, self.value) = (rest, Some((key, node)));
        let place = |fault: Fault| fault.within(Step::Key(key.name.clone()), &key.origin);
        let name = IntoDeserializer::<Fault>::into_deserializer(key.name.as_str());
        seed.deserialize(name).map(Some).map_err(place)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, node) = self.value.take().expect("serde asks for a key first");
        let place = |fault: Fault| fault.within(Step::Key(key.name.clone()), &node.origin);
        seed.deserialize(node).map_err(place)
    }
}
