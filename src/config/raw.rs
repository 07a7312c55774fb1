//! A value before its key has parsed it.

use std::fmt;

use config::{Value, ValueKind};

/// A value as a file or the environment gives it. The environment gives only text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i128),
    /// Yes or no.
    Flag(bool),
    /// A list of texts.
    List(Vec<String>),
    /// Something that no key takes, as it is written.
    Other(String),
}

impl From<&Value> for Raw {
    fn from(value: &Value) -> Self {
        match &value.kind {
            ValueKind::String(text) => Self::Text(text.clone()),
            ValueKind::Boolean(flag) => Self::Flag(*flag),
            ValueKind::I64(number) => Self::Number((*number).into()),
            ValueKind::I128(number) => Self::Number(*number),
            ValueKind::U64(number) => Self::Number((*number).into()),
            ValueKind::Array(values) => values
                .iter()
                .map(|value| match &value.kind {
                    ValueKind::String(text) => Some(text.clone()),
                    _ => None,
                })
                .collect::<Option<_>>()
                .map_or_else(
                    || Self::Other("a list of other things".to_owned()),
                    Self::List,
                ),
            _ => Self::Other(value.to_string()),
        }
    }
}

impl fmt::Display for Raw {
    /// As it would be written in a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(texts) => write!(f, "{texts:?}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A default, written as it would be in a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Literal {
    /// A text.
    Text(&'static str),
    /// A whole number.
    Number(u32),
    /// Yes or no.
    Flag(bool),
    /// The empty list.
    EmptyList,
}

impl From<Literal> for Raw {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Text(text) => Self::Text(text.to_owned()),
            Literal::Number(number) => Self::Number(number.into()),
            Literal::Flag(flag) => Self::Flag(flag),
            Literal::EmptyList => Self::List(Vec::new()),
        }
    }
}
