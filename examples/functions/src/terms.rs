//! Text that is made of terms: `mean=200ms slow=0.1`.

use std::collections::BTreeMap;

/// Terms, each a key and its value, in any order, no key twice.
///
/// What is wrong with them is told in texts that fit after "read such and such: ".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms(BTreeMap<String, String>);

impl Terms {
    /// Reads them; `example` shows one to whoever mistypes.
    ///
    /// # Errors
    ///
    /// If a word is no term, or a key stands there twice.
    pub fn read(text: &str, example: &str) -> Result<Self, String> {
        let mut terms = BTreeMap::new();
        for word in text.split_whitespace() {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| format!("{word:?} is no term such as {example}"))?;
            if terms.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(format!("{key} stands there twice"));
            }
        }
        Ok(Self(terms))
    }

    /// The value of a key, if it stands there; it then counts as used.
    pub fn take(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    /// The finite number of a key, if it stands there.
    ///
    /// # Errors
    ///
    /// If it is no number, or none that fits: `range` says which would.
    pub fn number(
        &mut self,
        key: &str,
        fits: impl Fn(f64) -> bool,
        range: &str,
    ) -> Result<Option<f64>, String> {
        let Some(text) = self.take(key) else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|it: &f64| it.is_finite());
        match number.filter(|it| fits(*it)) {
            Some(number) => Ok(Some(number)),
            None => Err(format!("{key}={text} must be a number {range}")),
        }
    }

    /// A key that was not used, if there is one: nobody knows it.
    pub fn left(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
