//! The body of `/init`.

use std::borrow::Cow;
use std::ffi::OsString;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::column::Column;
use super::refusal::Refusal;

/// `{"value": {"name", "main", "binary", "code", "env"}}` (`Container.scala`, `WhiskAction.scala`).
#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    value: Option<Request<'a>>,
}

#[derive(Default, Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
    main: Option<Value>,
    binary: Option<Value>,
    env: Option<Value>,
}

/// Code of up to 48 MB, which is not copied unless it has escapes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(serde::de::IgnoredAny),
}

/// What `/init` asks for.
pub(super) struct Initialization<'a> {
    pub(super) code: Cow<'a, str>,
    pub(super) main: String,
    pub(super) is_binary: bool,
    pub(super) env: Vec<(OsString, OsString)>,
}

impl<'a> Body<'a> {
    pub(super) fn understand(self, column: Column) -> Result<Initialization<'a>, Refusal> {
        let request = self.value.unwrap_or_default();
        let code = match (request.code, column) {
            (Some(Text::Text(code)), _) if !code.is_empty() => code,
            (Some(Text::Other(_)), Column::ActionLoop) => {
                return Err(malformed("code", "a string"));
            }
            _ => return Err(Refusal::Missing),
        };
        let main = match (request.main, column) {
            (Some(Value::String(main)), _) if !main.is_empty() => main,
            (None | Some(Value::Null | Value::String(_)), Column::ActionLoop) => "main".to_owned(),
            (Some(_), Column::ActionLoop) => return Err(malformed("main", "a string")),
            (_, Column::Node) => return Err(Refusal::Missing),
        };
        let is_binary = match (request.binary, column) {
            (Some(Value::Bool(is)), _) => is,
            (None | Some(Value::Null), _) => false,
            (Some(_), Column::ActionLoop) => return Err(malformed("binary", "a bool")),
            (Some(_), Column::Node) => true,
        };
        let env = match (request.env, column) {
            (Some(Value::Object(env)), _) => variables(env, column),
            (None | Some(Value::Null), _) | (Some(_), Column::Node) => Vec::new(),
            (Some(_), Column::ActionLoop) => return Err(malformed("env", "an object")),
        };
        Ok(Initialization {
            code,
            main,
            is_binary,
            env,
        })
    }
}

fn malformed(field: &str, wanted: &str) -> Refusal {
    Refusal::Malformed(format!("value.{field} must be {wanted}"))
}

/// Texts as they are, all else as JSON; of nothing, Node.js makes an empty text.
fn variables(env: Map<String, Value>, column: Column) -> Vec<(OsString, OsString)> {
    let text = |value| match value {
        Value::String(text) => text,
        Value::Null if column == Column::Node => String::new(),
        other => other.to_string(),
    };
    env.into_iter()
        .map(|(name, value)| (name.into(), text(value).into()))
        .collect()
}
