//! The line that a function finds on its standard input.

/// The form of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The parameters and nothing else: a native program.
    Parameters,
    /// OpenWhisk's ActionLoop line, `{"value": parameters, "activation_id": ..., ...}`: the
    /// launcher turns each key beside `value` into a variable `__OW_<KEY>`.
    ActionLoop,
}

impl Input {
    /// The line, with its newline, for the JSON text `parameters` of an activation that is
    /// described by `fields` (`activation_id`, `action_name`, `namespace`, `deadline`, ...).
    pub fn line(self, parameters: &[u8], fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Vec<u8> {
        let mut line = Vec::with_capacity(parameters.len() + 256);
        match self {
            Self::Parameters => line.extend_from_slice(parameters),
            Self::ActionLoop => {
                line.extend_from_slice(b"{\"value\":");
                line.extend_from_slice(parameters);
                for (key, text) in fields {
                    let field =
                        format!(",{}:{}", json_text(key.as_ref()), json_text(text.as_ref()));
                    line.extend_from_slice(field.as_bytes());
                }
                line.push(b'}');
            }
        }
        // In JSON a raw line break is never part of a string, so a blank does as well.
        for byte in &mut line {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        line.push(b'\n');
        line
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
