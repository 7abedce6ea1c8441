//! The `{{.variable}}` notation of a container's command.

/// Why an argument cannot be rendered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Error {
    #[error(
        "the command uses the template variable `{{{{.{name}}}}}`, which is not known here; known are {known}"
    )]
    Unknown { name: String, known: String },
}

/// A variable's name with the blanks around it is not longer, so that the end of each brace is not
/// looked for in all of the text.
const LONGEST: usize = 256;

/// Replaces every `{{.name}}` of `text` by `value(name)`.
///
/// What stands between braces but does not start with a dot is somebody else's notation (Jinja, Go
/// templates of a script) and stays as it is.
pub(super) fn render(
    text: &str,
    value: impl Fn(&str) -> Option<String>,
    known: &[&str],
) -> Result<String, Error> {
    let mut rendered = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        rendered.push_str(before);
        let Some((name, behind)) = variable(after) else {
            rendered.push_str("{{");
            rest = after;
            continue;
        };
        let found = value(name).ok_or_else(|| Error::Unknown {
            name: name.to_owned(),
            known: known.join(", "),
        })?;
        rendered.push_str(&found);
        rest = behind;
    }
    rendered.push_str(rest);
    Ok(rendered)
}

/// Splits `.name}} rest` into name and rest.
fn variable(text: &str) -> Option<(&str, &str)> {
    let near = text.get(..text.floor_char_boundary(LONGEST))?;
    let (inside, _) = near.split_once("}}")?;
    let behind = text.get(inside.len() + "}}".len()..)?;
    let name = inside.trim().strip_prefix('.')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (!name.is_empty() && name.chars().all(plain)).then_some((name, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_run_name(text: &str) -> Result<String, Error> {
        let value = |name: &str| (name == "runName").then(|| "r1".to_owned());
        render(text, value, &["runName"])
    }

    #[test]
    fn a_variable_is_replaced_wherever_it_stands() {
        let text = "a{{.runName}}b{{ .runName }}{{.runName}}";
        assert_eq!(with_run_name(text), Ok("ar1br1r1".to_owned()));
    }

    #[test]
    fn braces_of_another_notation_stay() {
        for text in [
            "{{ x }}",
            "{{.a b}}",
            "{{",
            "}}",
            "{{.runName",
            "{{.}}",
            "{ {.runName}}",
            "{{{",
        ] {
            assert_eq!(with_run_name(text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_brace_without_an_end_nearby_is_text_however_many_there_are() {
        let far = format!("{{{{.runName{}}}}}", " ".repeat(LONGEST));
        assert_eq!(with_run_name(&far), Ok(far.clone()));
        let many = "{{".repeat(1 << 20);
        assert_eq!(with_run_name(&many), Ok(many.clone()));
    }

    #[test]
    fn a_replaced_value_is_not_rendered_again() {
        let value = |_: &str| Some("{{.other}}".to_owned());
        assert_eq!(
            render("{{.runName}}", value, &[]),
            Ok("{{.other}}".to_owned())
        );
    }

    #[test]
    fn an_unknown_variable_is_named_with_the_known_ones() {
        let error = with_run_name("x {{.runNam}}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the command uses the template variable `{{.runNam}}`, which is not known here; known are runName"
        );
    }
}
