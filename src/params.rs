//! The parameters of an activation, from the command line.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::{Map, Value};

/// Why there are no parameters. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParamsError {
    #[error("read the parameters in {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("read the parameters in {}: {source}; it must hold one JSON object", path.display())]
    NotAnObject {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("read the parameter {0:?}: write it as KEY=VALUE")]
    NoKey(String),
}

/// The parameters in `input`, and over them the `KEY=VALUE`s of `pairs`, as a JSON object.
pub(crate) fn read(input: Option<&Path>, pairs: &[String]) -> Result<Bytes, ParamsError> {
    let mut params = match input {
        Some(path) => object(path)?,
        None => Map::new(),
    };
    for pair in pairs {
        let (key, value) = match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => (key, value),
            Some(_) | None => return Err(ParamsError::NoKey(pair.clone())),
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        params.insert(key.to_owned(), value);
    }
    Ok(Value::Object(params).to_string().into())
}

fn object(path: &Path) -> Result<Map<String, Value>, ParamsError> {
    let text = fs::read_to_string(path);
    let text = text.map_err(|source| ParamsError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|source| ParamsError::NotAnObject {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_if_it_can_be_and_a_string_otherwise() {
        let pairs = ["n=3", "s=three", "o={\"a\":1}", "e="].map(str::to_owned);
        let params = read(None, &pairs).expect("they have keys");
        assert_eq!(&params[..], br#"{"n":3,"s":"three","o":{"a":1},"e":""}"#);
    }

    #[test]
    fn a_pair_without_a_key_is_refused_by_name() {
        let error = read(None, &["three".to_owned()]).expect_err("it has no key");
        assert_eq!(
            error.to_string(),
            "read the parameter \"three\": write it as KEY=VALUE"
        );
    }
}
