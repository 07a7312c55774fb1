//! A sequence of two: `hello`, then `greet`.

use serde::{Deserialize, Serialize};

use crate::contract::{Params, ParamsError};

/// What `hello` gives.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Greeting {
    greeting: String,
}

/// What `greet` gives.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Letter {
    text: String,
}

/// Greets the parameter `name`, or the world.
pub(crate) fn hello(params: &Params) -> Result<Greeting, ParamsError> {
    let name: Option<String> = params.get("name")?;
    let name = name.as_deref().unwrap_or("world");
    Ok(Greeting {
        greeting: format!("Hello, {name}!"),
    })
}

/// Adds to the greeting, which it gets under the name of the function that it depends on.
pub(crate) fn greet(params: &Params) -> Result<Letter, ParamsError> {
    let Greeting { greeting } = params
        .get("hello")?
        .ok_or_else(|| ParamsError::refused("hello", "it is missing: depend on \"hello\""))?;
    Ok(Letter {
        text: format!("{greeting} Raptor flies."),
    })
}

#[cfg(test)]
#[path = "hello_tests.rs"]
mod tests;
