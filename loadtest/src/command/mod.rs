//! What each word on the command line does.

pub(crate) mod compare;
pub(crate) mod predict;
pub(crate) mod run;
pub(crate) mod simulate;

use std::borrow::Cow;

/// The command that was given, as a shell reads it: it makes the same again, from the same
/// directory.
fn command() -> String {
    let words: Vec<_> = std::env::args().skip(1).collect();
    told(words.iter().map(String::as_str))
}

fn told<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words = std::iter::once("loadtest").chain(words).map(quoted);
    words.collect::<Vec<_>>().join(" ")
}

/// A word as a POSIX shell reads it back: between single quotes nothing means anything, and a
/// single quote stands between two such pairs.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_=./:,%+@".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_command_is_told_as_a_shell_reads_it() {
        let words = [
            "simulate",
            "--service",
            "exp mean=1s",
            "it's $HOME",
            "",
            "*",
        ];
        let told = told(words.into_iter());
        assert!(
            told.starts_with("loadtest simulate --service 'exp mean=1s' "),
            "{told}"
        );
        let script = format!("loadtest() {{ printf '%s\\n' \"$@\"; }}; {told}");
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read, words.join("\n") + "\n");
    }
}
