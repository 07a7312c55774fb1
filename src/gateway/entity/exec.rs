//! What an action executes.

use std::sync::Arc;

use raptor_core::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{ActionPath, EntityName, Malformed};
use crate::gateway::runtimes::Runtimes;

/// Code as it was sent, known by its hash. Documents do not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    #[serde(with = "hexadecimal")]
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
    /// Whether it is base64 of something that is no source (`Exec.isBinaryCode`).
    pub(crate) binary: bool,
}

impl Code {
    pub(crate) fn of(text: &str) -> Self {
        Self {
            digest: Digest::of(text.as_bytes()),
            bytes: text.len() as u64,
            binary: is_base64(text),
        }
    }
}

/// What an action executes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Exec {
    Code {
        kind: String,
        code: Code,
        main: Option<String>,
    },
    Blackbox {
        image: String,
        code: Option<Code>,
        main: Option<String>,
    },
    Sequence {
        components: Vec<ActionPath>,
    },
}

/// What a request says an action executes, with its code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExecPut {
    pub(crate) exec: Exec,
    pub(crate) text: Option<Arc<str>>,
}

impl Exec {
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Code { kind, .. } => kind,
            Self::Blackbox { .. } => "blackbox",
            Self::Sequence { .. } => "sequence",
        }
    }

    pub(crate) fn code(&self) -> Option<&Code> {
        match self {
            Self::Code { code, .. } => Some(code),
            Self::Blackbox { code, .. } => code.as_ref(),
            Self::Sequence { .. } => None,
        }
    }

    fn is_binary(&self) -> bool {
        self.code().is_some_and(|code| code.binary)
    }

    /// As clients see it, with the code's text where there is one.
    pub(crate) fn to_json(&self, text: Option<&str>) -> Value {
        let mut json = Map::new();
        json.insert("kind".to_owned(), json!(self.kind()));
        let (image, main) = match self {
            Self::Sequence { components } => {
                let names: Vec<_> = components.iter().map(ActionPath::qualified).collect();
                json.insert("components".to_owned(), json!(names));
                return Value::Object(json);
            }
            Self::Code { main, .. } => (None, main),
            Self::Blackbox { image, main, .. } => (Some(image), main),
        };
        if let Some(image) = image {
            json.insert("image".to_owned(), json!(image));
        }
        if let Some(text) = text {
            json.insert("code".to_owned(), json!(text));
        }
        if let Some(main) = main {
            json.insert("main".to_owned(), json!(main));
        }
        json.insert("binary".to_owned(), json!(self.is_binary()));
        Value::Object(json)
    }

    /// What lists say of it.
    pub(crate) fn summary(&self) -> Value {
        json!({ "binary": self.is_binary() })
    }
}

impl ExecPut {
    /// Reads `exec` of a request.
    ///
    /// # Errors
    ///
    /// If it is not one, or of a kind that no node runs.
    pub(crate) fn parse(
        value: &Value,
        own: &EntityName,
        runtimes: &Runtimes,
    ) -> Result<Self, Malformed> {
        let exec = value
            .as_object()
            .ok_or_else(|| Malformed::new("exec malformed"))?;
        let kind = exec.get("kind").and_then(Value::as_str);
        let kind =
            kind.ok_or_else(|| Malformed::new("'kind' must be a string defined in 'exec'"))?;
        let kind = kind.trim().to_lowercase();
        match kind.as_str() {
            "sequence" => sequence(exec, own),
            "blackbox" => blackbox(exec, runtimes),
            _ => code(exec, &kind, runtimes),
        }
    }
}

fn sequence(exec: &Map<String, Value>, own: &EntityName) -> Result<ExecPut, Malformed> {
    let components = match exec.get("components") {
        Some(Value::Array(components)) => components,
        Some(_) => return Err(Malformed::new("'components' must be an array")),
        None => {
            let text = "'components' must be defined for sequence kind";
            return Err(Malformed::new(text));
        }
    };
    let components = components.iter().map(|component| {
        let text = component.as_str().unwrap_or_default();
        ActionPath::parse_qualified(text, own)
            .map_err(|error| Malformed::refused(error.to_string()))
    });
    Ok(ExecPut {
        exec: Exec::Sequence {
            components: components.collect::<Result<_, _>>()?,
        },
        text: None,
    })
}

fn blackbox(exec: &Map<String, Value>, runtimes: &Runtimes) -> Result<ExecPut, Malformed> {
    let image = exec.get("image").and_then(Value::as_str).ok_or_else(|| {
        Malformed::new("'image' must be a string defined in 'exec' for 'blackbox' actions")
    })?;
    runtimes.check_image(image)?;
    let text = match exec.get("code") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.trim().is_empty() => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => return Err(Malformed::new("'code' must be a string")),
    };
    Ok(ExecPut {
        exec: Exec::Blackbox {
            image: image.to_owned(),
            code: text.map(|text| Code::of(text)),
            main: main(exec, "blackbox")?,
        },
        text: text.map(|text| text.as_str().into()),
    })
}

fn code(exec: &Map<String, Value>, kind: &str, runtimes: &Runtimes) -> Result<ExecPut, Malformed> {
    let kind = runtimes.resolve(kind)?;
    let text = exec.get("code").and_then(Value::as_str).ok_or_else(|| {
        Malformed::new(format!(
            "'code' must be a string or attachment object defined in 'exec' for '{kind}' actions"
        ))
    })?;
    Ok(ExecPut {
        exec: Exec::Code {
            code: Code::of(text),
            main: main(exec, &kind)?,
            kind,
        },
        text: Some(text.into()),
    })
}

fn main(exec: &Map<String, Value>, kind: &str) -> Result<Option<String>, Malformed> {
    match exec.get("main") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(main)) => Ok(Some(main.clone()).filter(|main| !main.is_empty())),
        Some(_) => Err(Malformed::new(format!(
            "if defined, 'main' be a string in 'exec' for '{kind}' actions"
        ))),
    }
}

/// Whether OpenWhisk takes code for binary: what is well-formed base64, also if it is short source.
pub(super) fn is_base64(text: &str) -> bool {
    let text = text.trim().as_bytes();
    if text.is_empty() || !text.len().is_multiple_of(4) {
        return false;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'+' || *byte == b'/';
    padding <= 2 && text[..text.len() - padding].iter().all(is_digit)
}

/// Hashes as 64 digits.
mod hexadecimal {
    use raptor_core::Digest;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        digest.to_string().serialize(to)
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(from)?;
        let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map(Digest::from_bytes)
            .ok_or_else(|| D::Error::custom("no hash"))
    }
}
