//! Files and directories in a struct.

use crate::{
    json::{Object, Value},
    literal::blob::last_component,
};

/// The members of a file, as the SDK stores it, from an object or a URI.
pub(super) fn members(value: &Value, strict: bool) -> Option<Object> {
    let mut members = match (value.as_object(), value.as_str()) {
        (Some(members), _) => members.clone(),
        (None, Some(uri)) if !strict => {
            Object::from_iter([("uri".to_owned(), Value::String(uri.into()))])
        }
        (None, _) => return None,
    };
    if !strict
        && !members.contains_key("path")
        && let Some(uri) = members.shift_remove("uri")
    {
        members.insert("path".to_owned(), uri);
    }
    name_by_path(&mut members);
    Some(members)
}

/// Names a file by the end of its path, unless it has a name.
fn name_by_path(members: &mut Object) {
    if members.get("name").is_none_or(Value::is_null)
        && let Some(path) = members.get("path").and_then(Value::as_str)
    {
        let name = Value::String(last_component(path).into());
        members.insert("name".to_owned(), name);
    }
}
