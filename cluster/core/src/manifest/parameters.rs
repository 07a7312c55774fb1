//! What is handed to functions and to the client: JSON texts made of the values' own texts.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::Manifest;
use crate::{FunctionIndex, Value};

/// The key of the activation's parameters, for functions with dependencies that ask for them.
const PARAMS_KEY: &str = "$params";

/// A text that should be JSON is not. Nothing was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpliceError {
    /// The activation's parameters.
    #[error("read the activation's parameters as JSON: {0}")]
    Parameters(String),
    /// The value of a function, which then came from a member that does not keep the contract.
    #[error("read the value of function {name:?} as JSON: {why}")]
    Value {
        /// The function.
        name: String,
        /// What is wrong with its value.
        why: String,
    },
}

impl Manifest {
    /// What an attempt of `function` is given, as one line of JSON (`ARCHITECTURE.md`): the
    /// activation's parameters, or `{"dep": value of dep, ...}` in the order of its dependencies,
    /// then `$params` if it asks for them.
    ///
    /// `value_of` is asked for the value of each dependency.
    ///
    /// # Errors
    ///
    /// If a text that goes into it is not JSON.
    ///
    /// # Panics
    ///
    /// If there is no such function.
    pub fn parameters<'a>(
        &self,
        function: FunctionIndex,
        activation: &Bytes,
        value_of: impl Fn(FunctionIndex) -> &'a Value,
    ) -> Result<Bytes, SpliceError> {
        let function = self.function(function);
        if function.depends.is_empty() {
            parse_parameters(activation)?;
            return Ok(one_line(activation.clone()));
        }
        let mut members = self.members(&function.depends, value_of)?;
        if function.params {
            members.push((PARAMS_KEY, parse_parameters(activation)?));
        }
        Ok(one_line(object(&members)))
    }

    /// What the client is given, as one line of JSON: the values of the sinks by name, in the order
    /// of the file; or, for an action without a manifest, its function's value as it stands.
    ///
    /// `value_of` is asked for the value of each sink.
    ///
    /// # Errors
    ///
    /// If a value that goes into an object is not JSON.
    pub fn result<'a>(
        &self,
        value_of: impl Fn(FunctionIndex) -> &'a Value,
    ) -> Result<Bytes, SpliceError> {
        if self.is_single {
            return Ok(value_of(self.sinks()[0]).body().clone());
        }
        let members = self.members(self.sinks(), value_of)?;
        Ok(one_line(object(&members)))
    }

    /// Names and texts of the values of `functions`.
    fn members<'a>(
        &self,
        functions: &[FunctionIndex],
        value_of: impl Fn(FunctionIndex) -> &'a Value,
    ) -> Result<Vec<(&str, &'a RawValue)>, SpliceError> {
        let members = functions.iter().map(|&at| {
            let name = self.function(at).name.as_str();
            let text =
                serde_json::from_slice(value_of(at).body()).map_err(|why| SpliceError::Value {
                    name: name.to_owned(),
                    why: why.to_string(),
                })?;
            Ok((name, text))
        });
        members.collect()
    }
}

fn parse_parameters(activation: &Bytes) -> Result<&RawValue, SpliceError> {
    serde_json::from_slice(activation).map_err(|why| SpliceError::Parameters(why.to_string()))
}

/// An object of texts that are JSON already.
fn object(members: &[(&str, &RawValue)]) -> Bytes {
    let size: usize = members
        .iter()
        .map(|(name, text)| name.len() + text.get().len() + r#""":,"#.len())
        .sum();
    let mut text = Vec::with_capacity(size + "{}".len());
    for (at, (name, value)) in members.iter().enumerate() {
        text.push(if at == 0 { b'{' } else { b',' });
        serde_json::to_writer(&mut text, name).expect("a name can be written to memory");
        text.push(b':');
        text.extend_from_slice(value.get().as_bytes());
    }
    text.push(b'}');
    text.into()
}

/// The same JSON without line breaks, which launchers take for its end. They can only stand
/// between its tokens: inside a JSON string they are escaped.
pub(crate) fn one_line(text: Bytes) -> Bytes {
    let is_break = |byte: u8| matches!(byte, b'\n' | b'\r');
    let text = text.slice_ref(text.trim_ascii());
    if !text.iter().copied().any(is_break) {
        return text;
    }
    let flat = |&byte: &u8| if is_break(byte) { b' ' } else { byte };
    text.iter().map(flat).collect()
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
