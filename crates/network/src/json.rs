//! JSON with the fields in the order in which they were said.

use crate::list::format::json_text;

/// A JSON value to be written.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(&'static str, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The text, or null.
    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    pub(crate) fn count(number: usize) -> Self {
        Self::Number(number as u64)
    }

    pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.into())).collect())
    }

    /// Indented by two, with a line end.
    pub(crate) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => json_text(out, text),
            Self::List(items) => {
                block(out, indent, ['[', ']'], items, |out, item| item.write(out, indent + 2));
            }
            Self::Map(fields) => block(out, indent, ['{', '}'], fields, |out, (name, value)| {
                json_text(out, name);
                out.push_str(": ");
                value.write(out, indent + 2);
            }),
        }
    }
}

fn block<T>(
    out: &mut String,
    indent: usize,
    ends: [char; 2],
    items: &[T],
    mut each: impl FnMut(&mut String, &T),
) {
    out.push(ends[0]);
    for (place, item) in items.iter().enumerate() {
        out.push_str(if place == 0 { "\n" } else { ",\n" });
        pad(out, indent + 2);
        each(out, item);
    }
    if !items.is_empty() {
        out.push('\n');
        pad(out, indent);
    }
    out.push(ends[1]);
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}
